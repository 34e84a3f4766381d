"""A caption data set for experiments: its words, and a split's image features and sentences.

Words are a table of word vectors; a sentence is a run of rows of that table.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.arrays.vectors import open_vectors
from rnnfv.data.captions.table import CaptionSet, read_caption_set
from rnnfv.errors import InputError
from rnnfv.features.words.corpora import plain
from rnnfv.features.words.tokens import tokenize
from rnnfv.features.words.vocabulary import build_vocabulary, coverage, encode, reversed_words
from rnnfv.features.words.word_vectors import WordTable, word_table


@dataclass(frozen=True)
class Words:
    """The words of a data set: the end token, those of training captions, those of corpora only.

    Attributes:
        words: V words.
        values: (V, D) float32, unit rows.
        n_vocabulary: how many of them sentences of the data set may use: the end token and the
            training captions' words.
        label: what made the vectors, for tables.
    """

    words: list[str]
    values: np.ndarray
    n_vocabulary: int
    label: str

    @property
    def vocabulary(self) -> list[str]:
        """The words of the data set's sentences."""
        return self.words[: self.n_vocabulary]

    def sentences(
        self, ids: list[str], tokens: list[list[str]], *, of_corpus: bool = False
    ) -> Sequences:
        """Tokenised sentences as rows of the table: (T_i, D) each; other words are dropped.

        Args:
            ids: n ids.
            tokens: the words of each sentence.
            of_corpus: whether words that only corpora have may be used.
        """
        known = slice(None if of_corpus else self.n_vocabulary)
        encoded = encode(tokens, self.words[known])
        return Sequences(ids, encoded.offsets, TableRows(self.values[known], encoded.index))

    def of_corpus(self, path: str | Path, *, reverse: bool = False) -> Sequences:
        """The sentences of a corpus that have a word with a vector, one a line; others are counted.

        Raises:
            InputError: there is none.
        """
        tokens = [line.split() for line in plain(path)]
        seen = coverage(encode(tokens, self.words))
        dropped, empty = seen["dropped_percent"], seen["empty_sentences"]
        print(f"{path}: {dropped} % of words have no vector; {empty} of {len(tokens)} sentences")
        sentences = self.sentences([str(i) for i in range(len(tokens))], tokens, of_corpus=True)
        known = np.flatnonzero(sentences.lengths > 1)
        if not len(known):
            advice = "Train on another, or use other word vectors."
            raise InputError(f"{path}: no word of this corpus has a vector. {advice}")
        sentences = sentences.select(known)
        return reversed_words(sentences) if reverse else sentences


def read_words(path: str | Path) -> Words:
    """The table of words of a data set, scaled to unit length.

    Raises:
        InputError: the file is no such table.
    """
    with open_vectors(path) as (words, values, made_by):
        if "n_vocabulary" not in made_by:
            problem = "no table of words: attribute n_vocabulary is missing"
            raise InputError(f"{path}: {problem}. Make it again.")
        label, n_vocabulary = str(made_by["words"]), int(made_by["n_vocabulary"])
        return Words(words, l2_normalize(values[:]), n_vocabulary, label)


def words_attributes(n_vocabulary: int, label: str, dim: int) -> dict[str, Any]:
    """The attributes of a table of words beside its provenance; see :class:`Words`.

    Args:
        n_vocabulary: words that sentences are predicted from.
        label: of the word vectors, for tables.
        dim: dimensions of the word vectors.
    """
    return {"n_vocabulary": n_vocabulary, "words": f"{label}, {dim}-d"}


def look_up_words(
    captions: CaptionSet,
    corpora: Sequence[str | Path],
    vectors: str | Path,
    *,
    allow_pickle: bool = False,
) -> tuple[WordTable, int, dict[str, Any]]:
    """The vectors of the words of a data set's training captions, and of corpora.

    Words of validation and test captions are not looked up: they shape nothing.

    Args:
        captions: the data set.
        corpora: files of tokenised sentences, one a line.
        vectors: file of word vectors.
        allow_pickle: whether the file may be gensim's ``.kv``, which can run any program.

    Returns:
        The table; how many of its words the training captions have, the end token among them; and
        for each split how much of its text has vectors, for JSON.

    Raises:
        InputError: no word of the training captions has a vector.
    """
    parts = {split: captions.part(split) for split in ("train", "val", "test")}
    tokens = {split: list(map(tokenize, part.sentences["text"])) for split, part in parts.items()}
    vocabulary = build_vocabulary(tokens["train"])
    of_corpora = build_vocabulary(line.split() for path in corpora for line in plain(path))
    words = [*vocabulary, *of_corpora]
    table = word_table(vectors, words, allow_pickle=allow_pickle)
    n_vocabulary = 1 + len(set(vocabulary) & set(table.words))
    if n_vocabulary == 1:
        none = f"none of the {len(vocabulary)} words of the training captions has a vector"
        raise InputError(f"{vectors}: {none}. Are they vectors of another language?")
    known = table.words[:n_vocabulary]
    report = {split: coverage(encode(texts, known)) for split, texts in tokens.items()}
    counts = {"vocabulary": len(vocabulary), "with_vector": n_vocabulary - 1}
    return table, n_vocabulary, report | counts | {"end_token": table.end}


@dataclass(frozen=True)
class Part:
    """One split of a caption data set.

    Attributes:
        images: m names.
        features: (m, q) float32.
        sentences: n sequences of words.
        image_of: (n,) int64, the image of every sentence.
    """

    images: list[str]
    features: np.ndarray
    sentences: Sequences
    image_of: np.ndarray


def load_part(
    captions: CaptionSet, vectors: str | Path, words: Words, split: str, *, reverse: bool = False
) -> Part:
    """The images of a split that have features, with their sentences.

    Args:
        captions: the data set.
        vectors: file of image features; images that are not in it have been left out, and counted,
            before.
        words: the table of words.
        split: ``train``, ``val`` or ``test``.
        reverse: whether to reverse the words of every sentence; the end token stays last.

    Raises:
        InputError: the split is empty.
    """
    part = captions.part(split)
    with open_vectors(vectors) as (ids, values, _):
        place = {name: i for i, name in enumerate(ids)}
        part = part.keep(place.keys() & set(part.images["image"]))
        images = list(part.images["image"])
        if not images:
            message = f"{vectors}: no image of the {split} split has features."
            if split == "val":
                message += " Set captions.<name>.validation to a number of training images."
            raise InputError(message)
        rows = np.array([place[name] for name in images])
        # HDF5 reads increasing rows only, and is slow at picking: read the range, pick in memory.
        features = values[rows.min() : rows.max() + 1][rows - rows.min()].astype(np.float32)
    tokens = [tokenize(text) for text in part.sentences["text"]]
    sentences = words.sentences(list(part.sentences["id"]), tokens)
    number = {name: i for i, name in enumerate(images)}
    image_of = np.array([number[name] for name in part.sentences["image"]], np.int64)
    return Part(images, features, reversed_words(sentences) if reverse else sentences, image_of)


def load_parts(files: Any, splits: Iterable[str], *, reverse: bool) -> tuple[Words, list[Part]]:
    """The words of a data set, and some of its splits.

    Args:
        files: paths ``images`` and ``sentences`` (tables), ``vectors`` (features) and ``words``.
        splits: see :func:`load_part`.
        reverse: whether to reverse the words of every sentence.
    """
    captions, words = read_caption_set(files.images, files.sentences), read_words(files.words)
    parts = [load_part(captions, files.vectors, words, one, reverse=reverse) for one in splits]
    return words, parts
