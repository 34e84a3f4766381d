"""What retrieval is trained and tested on: the sentences of a split as word numbers, and the features of their images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnnfv.arrays.hdf5 import create_h5, open_h5, open_vectors, write_ids
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.sequences import Sequences
from rnnfv.data.captions import CaptionSet
from rnnfv.errors import InputError
from rnnfv.features.words.corpora import plain
from rnnfv.features.words.tokens import tokenize
from rnnfv.features.words.vocabulary import coverage, encode, reversed_words, to_sequences


@dataclass(frozen=True)
class Words:
    """The words of a data set: the end token, then those of the training captions, then those of corpora only.

    Attributes:
        words: V words.
        values: (V, D) float32, unit rows.
        n_vocabulary: how many of them sentences of the data set may use; the end token and the training captions' words.
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
        """Tokenised sentences as rows of the table: (T_i, D) each; words that are not in it are dropped."""
        known = slice(None if of_corpus else self.n_vocabulary)
        return to_sequences(encode(tokens, self.words[known]), ids, self.values[known])

    def of_corpus(self, path: str | Path, *, reverse: bool = False) -> Sequences:
        """The sentences of a corpus, one a line, that have at least one word with a vector; the others are counted.

        Raises:
            InputError: there is none.
        """
        tokens = [line.split() for line in plain(path)]
        seen = coverage(encode(tokens, self.words))
        print(
            f"{path}: {seen['dropped_percent']} % of words have no vector; "
            f"{seen['empty_sentences']} of {len(tokens)} sentences"
        )
        sentences = self.sentences([str(i) for i in range(len(tokens))], tokens, of_corpus=True)
        sentences = sentences.select(np.flatnonzero(sentences.lengths > 1))
        if not len(sentences):
            raise InputError(
                f"{path}: no word of this corpus has a vector. "
                "Train on another, or use other word vectors."
            )
        return reversed_words(sentences) if reverse else sentences


@dataclass(frozen=True)
class Part:
    """One split of a caption data set.

    Attributes:
        images: m names.
        features: (m, q) float32.
        sentences: n sequences of words.
        texts: the n sentences as they were written.
        image_of: (n,) int64, the image of every sentence.
    """

    images: list[str]
    features: np.ndarray
    sentences: Sequences
    texts: list[str]
    image_of: np.ndarray


def read_words(path: str | Path) -> Words:
    """The table of words of a data set, scaled to unit length.

    Raises:
        InputError: the file is no such table.
    """
    with open_vectors(path) as (words, values, made_by):
        if "n_vocabulary" not in made_by:
            raise InputError(
                f"{path}: no table of words: attribute n_vocabulary is missing. Make it again."
            )
        return Words(
            words, l2_normalize(values[:]), int(made_by["n_vocabulary"]), str(made_by["words"])
        )


def load_part(
    captions: CaptionSet, vectors: str | Path, words: Words, split: str, *, reverse: bool = False
) -> Part:
    """The images of a split that have features, with their sentences.

    Args:
        captions: the data set.
        vectors: file of image features; images that are not in it have been left out, and counted, before.
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
            raise InputError(
                f"{vectors}: no image of the {split} split has features."
                + (
                    " Set captions.<name>.validation to a number of training images."
                    if split == "val"
                    else ""
                )
            )
        rows = np.array([place[name] for name in images])
        # HDF5 reads increasing rows only, and is slow at picking: read what lies between and pick in memory.
        features = values[rows.min() : rows.max() + 1][rows - rows.min()].astype(np.float32)
    texts = list(part.sentences["text"])
    sentences = words.sentences(list(part.sentences["id"]), [tokenize(text) for text in texts])
    number = {name: i for i, name in enumerate(images)}
    image_of = np.array([number[name] for name in part.sentences["image"]], np.int64)
    return Part(
        images, features, reversed_words(sentences) if reverse else sentences, texts, image_of
    )


def words_attributes(n_vocabulary: int, label: str, dim: int) -> dict[str, Any]:
    """What a table of words says about itself beside its provenance."""
    return {"n_vocabulary": n_vocabulary, "words": f"{label}, {dim}-d"}


@dataclass(frozen=True)
class Projected:
    """Test items in the common space of one model.

    Attributes:
        images, sentences: names of m images and n sentences.
        image_vectors, sentence_vectors: (m, k) and (n, k) float32, unit rows: inner products are cosine similarities.
        image_of: (n,) int64.
    """

    images: list[str]
    sentences: list[str]
    image_vectors: np.ndarray
    sentence_vectors: np.ndarray
    image_of: np.ndarray


def write_projected(
    path: str | Path,
    part: Part,
    image_vectors: np.ndarray,
    sentence_vectors: np.ndarray,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Store a split's items in the common space; see :class:`Projected`."""
    with create_h5(path, attributes) as file:
        for name, ids, values in (
            ("images", part.images, image_vectors),
            ("sentences", part.sentences.ids, sentence_vectors),
        ):
            group = file.create_group(name)
            write_ids(group, ids)
            group.create_dataset("values", data=values.astype(np.float32))
        file.create_dataset("image_of", data=part.image_of)


def read_projected(path: str | Path) -> Projected:
    """Read what :func:`write_projected` wrote.

    Raises:
        InputError: not such a file.
    """
    with open_h5(path, ["images", "sentences", "image_of"]) as file:
        images, sentences = (
            [name.decode() for name in file[group]["ids"][:].tolist()]
            for group in ("images", "sentences")
        )
        vectors = file["images"]["values"][:], file["sentences"]["values"][:]
        return Projected(images, sentences, *vectors, file["image_of"][:])
