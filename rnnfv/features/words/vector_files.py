"""Files of word vectors, read one word at a time.

Three formats: word2vec's binary (``.bin``) and text (``.txt``, ``.vec``) formats, plain or gzipped,
and gensim's ``.kv``. GoogleNews has 3 million vectors of 300 dimensions, 3.6 GB, of which a caption
set needs some ten thousand: a file is scanned through a small buffer, and the caller keeps what it
wants. (gensim itself reads all of a word2vec file, or its first words.)
"""

import gzip
import pickle
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np

from rnnfv.arrays.hdf5 import atomic_path
from rnnfv.errors import InputError

BUFFER_BYTES = 4 * 2**20
"""How much of a binary file is in memory at a time."""

Readable = BufferedReader | gzip.GzipFile
_ERRORS = (AttributeError, EOFError, ImportError, IndexError, OSError)
_UNPICKLING_ERRORS = (pickle.UnpicklingError, *_ERRORS)
_LONGEST_WORD = 4096  # bytes; what goes on for longer without a space is no word


@dataclass(frozen=True)
class VectorFile:
    """An open file of word vectors.

    Attributes:
        count: number of words.
        dim: D, the dimension of the vectors.
        records: every word, as UTF-8, with its vector as it is stored; in the file's order, once. A
            stored vector is valid until the next one is asked for.
        parse: makes a (D,) float32 array of a stored vector.
    """

    count: int
    dim: int
    records: Iterator[tuple[bytes, Any]]
    parse: Callable[[Any], np.ndarray]


@contextmanager
def open_vector_file(path: str | Path) -> Iterator[VectorFile]:
    """Open word vectors in the format that the name's ending says.

    A ``.kv`` file is a pickle, and loading a pickle can run any program: open only those whose
    source you trust.

    Raises:
        InputError: no such file, an unknown ending, or other contents. Also while the records are
            read: the file ends early or goes on after its last word.
    """
    path = Path(path)
    if not path.is_file():
        advice = "Check the path in the configuration."
        raise InputError(f"{path}: no such file of word vectors. {advice}")
    ending = "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
    if ending == ".kv":
        yield _open_gensim(path)
    elif ending in (".bin", ".bin.gz", ".txt", ".txt.gz", ".vec", ".vec.gz"):
        with gzip.open(path) if ending.endswith(".gz") else open(path, "rb") as file:
            count, dim = _header(file, path)
            if ending.startswith(".bin"):
                yield VectorFile(count, dim, _binary_records(file, path, count, dim), _parse_binary)
            else:
                yield VectorFile(count, dim, _text_records(file, path, count, dim), _parse_text)
    else:
        known = ".bin (word2vec binary), .txt and .vec (word2vec text), each also with .gz"
        problem = "the ending says no format of word vectors"
        raise InputError(f"{path}: {problem}; known are {known}, and .kv (gensim).")


def write_word2vec(path: str | Path, words: Sequence[str], values: np.ndarray) -> None:
    """Write ``words`` and their vectors (V, D) in word2vec's binary format, as float32.

    Args:
        path: of the file.
        words: V words.
        values: (V, D), their vectors.

    Raises:
        InputError: another number of words than vectors, or a word that is empty, repeated or holds
            white space.
    """
    if values.ndim != 2 or len(values) != len(words):
        found = f"{len(words)} words and vectors of shape {values.shape}"
        raise InputError(f"{path}: {found} do not fit.")
    bad = next((word for word in words if not word or word.split() != [word]), None)
    if bad is not None or len(set(words)) != len(words):
        empty = f"the word {bad!r} is empty or holds white space"
        what = "a word occurs twice" if bad is None else empty
        rule = "in a word2vec file a space ends a word, and words are names"
        raise InputError(f"{path}: {what}; {rule}.")
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        file.write(f"{values.shape[0]} {values.shape[1]}\n".encode())
        for word, vector in zip(words, values.astype("<f4"), strict=True):
            file.write(word.encode() + b" " + vector.tobytes())


@contextmanager
def _gzip_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{path}: damaged gzip file ({error}). Copy it again.") from error


def _header(file: Readable, path: Path) -> tuple[int, int]:
    """The first line of both word2vec formats: number of words, dimension."""
    with _gzip_errors(path):
        line = file.readline(100)
    fields = line.split()
    numbers = all(field.isdigit() and int(field) for field in fields)
    if len(fields) != 2 or not numbers or not line.endswith(b"\n"):
        problem = f"it begins with {line[:40]!r}, not with a line 'number-of-words dimension'"
        advice = "Convert it, or put that line in front of vectors in text form that lack it."
        raise InputError(f"{path}: not a word2vec file: {problem}. {advice}")
    return int(fields[0]), int(fields[1])


def _ended_early(path: Path, read: int, count: int) -> InputError:
    problem = f"ends after {read} of {count} words: the file was cut off"
    return InputError(f"{path}: {problem}. Copy it again.")


def _goes_on(path: Path, count: int, dim: int) -> InputError:
    problem = f"goes on after its {count} words of dimension {dim}"
    advice = "Copy it again, or correct that line."
    return InputError(f"{path}: {problem}: the first line does not fit what follows. {advice}")


def _binary_records(
    file: Readable, path: Path, count: int, dim: int
) -> Iterator[tuple[bytes, memoryview]]:
    """A word, a space, D little-endian float32; some writers put a newline between records."""
    size = 4 * dim
    buffer = bytearray(max(BUFFER_BYTES, 2 * (_LONGEST_WORD + 1 + size)))
    view = memoryview(buffer)
    start = end = 0  # what has been read and not been used is buffer[start:end]
    with _gzip_errors(path):
        for i in range(count):
            space = buffer.find(b" ", start, end)
            if space < 0 or space + 1 + size > end:
                buffer[: end - start] = buffer[start:end]
                start, end = 0, end - start
                while end < len(buffer) and (got := file.readinto(view[end:])):
                    end += got
                space = buffer.find(b" ", start, end)
                if (space < 0 or space + 1 + size > end) and end < len(buffer):
                    raise _ended_early(path, i, count)
            if not 0 <= space - start <= _LONGEST_WORD:
                problem = f"no word where number {i + 1} of {count} should be"
                why = f"not in word2vec's binary format, or not of dimension {dim}"
                advice = "Files in text format end in .txt or .vec."
                raise InputError(f"{path}: {problem}: {why}, as its first line says. {advice}")
            yield bytes(view[start:space]).lstrip(b"\n"), view[space + 1 : space + 1 + size]
            start = space + 1 + size
        if bytes(view[start:end]).strip() or file.read(64).strip():
            raise _goes_on(path, count, dim)


def _parse_binary(stored: memoryview) -> np.ndarray:
    # astype copies: the buffer will be overwritten.
    return np.frombuffer(stored, "<f4").astype(np.float32)


def _text_records(
    file: Readable, path: Path, count: int, dim: int
) -> Iterator[tuple[bytes, tuple[Path, int, bytes]]]:
    """A line is a word and D numbers, with one space between."""
    with _gzip_errors(path):
        for i in range(count):
            line = file.readline()
            if not line:
                raise _ended_early(path, i, count)
            word, _, numbers = line.rstrip().partition(b" ")
            if numbers.count(b" ") != dim - 1:
                form = f"a word and {dim} numbers with single spaces between"
                why = "not in word2vec's text format (binary files end in .bin)"
                problem = f"line {i + 2} is not {form}, which the first line promises"
                raise InputError(f"{path}: {problem}: the file is damaged, or {why}.")
            yield word, (path, i + 2, numbers)
        if file.read(64).strip():
            raise _goes_on(path, count, dim)


def _parse_text(stored: tuple[Path, int, bytes]) -> np.ndarray:
    path, line, numbers = stored
    try:
        return np.array(numbers.split(b" "), dtype=np.float32)
    except ValueError as error:
        problem = f"{path}: line {line} holds something that is no number ({error})."
        raise InputError(f"{problem} Copy the file again.") from error


def _open_gensim(path: Path) -> VectorFile:
    from gensim.models import KeyedVectors

    try:
        stored = KeyedVectors.load(str(path), mmap="r")
    except _UNPICKLING_ERRORS as error:
        message = f"{path}: gensim cannot load it as KeyedVectors ({error})."
        advice = f"Large ones are several files, all needed: {path.name}, {path.name}.vectors.npy."
        raise InputError(f"{message} {advice}") from error
    if not isinstance(stored, KeyedVectors):
        problem = f"{path}: holds a {type(stored).__name__}, not KeyedVectors."
        raise InputError(f"{problem} Save its `wv` attribute instead.")
    records = ((str(word).encode(), i) for i, word in enumerate(stored.index_to_key))

    def vector(i: int) -> np.ndarray:
        return np.array(stored.vectors[i], np.float32)

    return VectorFile(len(stored), stored.vector_size, records, vector)
