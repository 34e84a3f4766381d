"""Word vectors: of a vocabulary, or a random sample; the table in which sentences look up."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnfv.arrays.checks import flaws, peaks_of, real_array
from rnnfv.errors import InputError
from rnnfv.features.words.tokens import END
from rnnfv.features.words.vector_files import open_vector_file
from rnnfv.progress import progress

_OLD_END = "</s>"  # word2vec's own end of sentence
_END_SEED = 46  # of the direction that stands for the end token where a file has none


@dataclass(frozen=True)
class WordTable:
    """Vectors of known words, the end token first.

    Attributes:
        words: V words; ``words[0]`` is END.
        values: (V, D) float32, their vectors.
        end: where the end token's vector comes from, in words.
    """

    words: list[str]
    values: np.ndarray
    end: str = ""


def spellings(word: str) -> list[str]:
    """Spellings of a lower-case ``word``, best first: itself, capitalised, with ``#`` for digits.

    GoogleNews keeps capitals, so some words have only a capitalised vector, and it writes numbers
    of several digits as so many ``#``. In files of lower-case words the first is the only one that
    can match, apart from numbers.
    """
    forms = [word, word.capitalize()]
    if re.search(r"\d\d", word):
        forms.append(re.sub(r"\d", "#", word))
    return list(dict.fromkeys(forms))


def word_table(
    source: str | Path | Mapping[str, np.ndarray],
    words: Iterable[str],
    *,
    allow_pickle: bool = False,
) -> WordTable:
    """The table of END and the ``words`` that have a vector, in the order asked for.

    A word that is not there may be found under another of its :func:`spellings`.

    A file is read once, and no more of it is held than a buffer and what was asked for.

    Args:
        source: a file, see :func:`rnnfv.features.words.vector_files.open_vector_file`, or vectors
            by word: a dictionary, or gensim's ``KeyedVectors``.
        words: lower-case words.
        allow_pickle: whether the file may be gensim's ``.kv``, which can run any program.

    Raises:
        InputError: the file cannot be read, none of the words is in it, or a vector cannot be
            used (:func:`rnnfv.arrays.checks.flaws`).
    """
    asked = [word for word in dict.fromkeys(words) if word != END]
    forms = {word: spellings(word) for word in asked}
    wanted = {END, _OLD_END}.union(*forms.values())
    if isinstance(source, str | Path):
        path: str | Path = source
        vectors = _scan(path, wanted, allow_pickle)
    else:
        path = "the word vectors given"
        vectors = _given(source, wanted)
    # A vector of zeros says nothing of a word.
    vectors = {key: vector for key, vector in vectors.items() if vector.any()}
    found = {word: [form for form in several if form in vectors] for word, several in forms.items()}
    known = {word: several[0] for word, several in found.items() if several}
    if not known:
        problem = f"none of the {len(asked)} words asked for is in it ({', '.join(asked[:5])} ...)"
        advice = "Are they vectors of another language, or of words written in another way?"
        raise InputError(f"{path}: {problem}. {advice}")
    dim = len(vectors[next(iter(known.values()))])
    values = np.empty((1 + len(known), dim), np.float32)
    for row, form in enumerate(known.values(), 1):
        values[row] = vectors[form]
    _check_vectors(path, list(known), values[1:])
    values[0], source = end_vector(vectors, values[1:])
    _check_vectors(path, [END, *known], values)
    return WordTable([END, *known], values, source)


def _given(source: Mapping[str, np.ndarray], wanted: Iterable[str]) -> dict[str, np.ndarray]:
    """The vectors of a dictionary, or of the like.

    Raises:
        InputError: it is none, or they are not vectors of real numbers, all of one dimension.
    """
    if not (hasattr(source, "__contains__") and hasattr(source, "keys")) and not hasattr(
        source, "key_to_index"
    ):
        kinds = "a file, a dictionary or gensim's KeyedVectors"
        raise InputError(f"word vectors are {kinds}, not a {type(source).__name__}.")
    found = {w: real_array(source[w], f"the vector of {w!r}") for w in wanted if w in source}
    shapes = sorted({vector.shape for vector in found.values()})
    if len(shapes) > 1 or any(len(shape) != 1 for shape in shapes):
        raise InputError(f"word vectors are all (D,) of one D; got shapes {shapes}.")
    return found


def _check_vectors(path: str | Path, words: Sequence[str], values: np.ndarray) -> None:
    for row, flaw in flaws(peaks_of(values)).items():
        what = flaw.partition(": ")[2]
        problem = f"the vector of {words[row]!r} holds {what}: the file is damaged"
        raise InputError(f"{path}: {problem}. Copy it again.")


def end_vector(vectors: Mapping[str, np.ndarray], values: np.ndarray) -> tuple[np.ndarray, str]:
    """The end token's vector, (D,), and where it comes from.

    The period's vector where there is one, else that of word2vec's ``</s>``, unless they are zero.
    Else a fixed random direction, as long as the mean of the word vectors ``values`` (V, D): the
    end token must be a vector that no word has.
    """
    for word in (END, _OLD_END):
        if word in vectors and np.any(vectors[word]):
            return vectors[word], f"the file's {word!r}"
    direction = np.random.default_rng(_END_SEED).standard_normal(values.shape[1])
    length = np.linalg.norm(values, axis=1).mean(dtype=np.float64)
    vector = length * direction / np.linalg.norm(direction)
    return vector.astype(np.float32), "a fixed random direction"


def sample_vectors(
    path: str | Path, n: int, seed: int = 0, *, allow_pickle: bool = False
) -> np.ndarray:
    """The vectors of ``n`` random words of a file, or of all: (n, D) float32, in the file's order.

    FastICA is fitted on 300,000 of the vocabulary's vectors (section "LMM and HGLMM" of the
    method).

    Args:
        path: see :func:`rnnfv.features.words.vector_files.open_vector_file`.
        n: how many words.
        seed: of the draw.
        allow_pickle: see :func:`word_table`.

    Raises:
        InputError: the file cannot be read, or a vector cannot be used.
    """
    with open_vector_file(path, allow_pickle=allow_pickle) as file:
        rows = np.random.default_rng(seed).choice(file.count, min(n, file.count), replace=False)
        chosen = np.zeros(file.count, bool)
        chosen[rows] = True
        values = np.empty((len(rows), file.dim), np.float32)
        row = 0
        records = progress(file.records, f"words of {Path(path).name} read", file.count)
        # The records go first: asked for one more than there are, they check that the file ends
        # there.
        for (_word, stored), wanted in zip(records, chosen.tolist(), strict=True):
            if wanted:
                values[row] = file.parse(stored)
                row += 1
    for flaw in flaws(peaks_of(values)).values():
        if not flaw.startswith("zero"):
            what = flaw.partition(": ")[2]
            problem = f"a vector holds {what}: the file is damaged"
            raise InputError(f"{path}: {problem}. Copy it again.")
    return values


def _scan(path: str | Path, keys: Iterable[str], allow_pickle: bool) -> dict[str, np.ndarray]:
    """The vectors of the ``keys`` in the file; of a word that is there twice, the first."""
    # Compared as bytes: no need to decode millions of words, some of which, in GoogleNews, are not
    # UTF-8. Either form of Unicode is the word.
    keys = list(keys)
    wanted = {unicodedata.normalize("NFD", key).encode(): key for key in keys}
    wanted |= {key.encode(): key for key in keys}
    found: dict[str, np.ndarray] = {}
    with open_vector_file(path, allow_pickle=allow_pickle) as file:
        for word, stored in progress(file.records, f"words of {Path(path).name} read", file.count):
            key = wanted.get(word)
            if key is not None and key not in found:
                found[key] = file.parse(stored)
    return found
