"""Files of word vectors, read one word at a time.

Two formats: word2vec's binary (``.bin``) and text (``.txt``, ``.vec``) formats, plain or gzipped. A
third, gensim's ``.kv``, is a pickle, and read only where that is allowed.

GoogleNews has 3 million vectors of 300 dimensions, 3.6 GB, of which a caption set needs some ten
thousand: a file is scanned through a small buffer, and the caller keeps what it wants. (gensim
itself reads all of a word2vec file, or its first words.)
"""

import codecs
import gzip
import pickle
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np

from rnnfv.arrays.kinds import it_is, kind_of
from rnnfv.arrays.writing import atomic_path
from rnnfv.data.files import file_problem, on_disk
from rnnfv.errors import InputError

BUFFER_BYTES = 4 * 2**20
"""How much of a binary file is in memory at a time."""

Readable = BufferedReader | gzip.GzipFile
_ERRORS = (AttributeError, EOFError, ImportError, IndexError, OSError)
_UNPICKLING_ERRORS = (pickle.UnpicklingError, *_ERRORS)
_LONGEST_WORD = 4096  # bytes; what goes on for longer without a space is no word
_MOST_NUMBERS = 1100  # in a byte, where they are packed
_BETWEEN = b"\r\n "  # what some writers put between the records of a binary file
_PACKED = b"\x1f\x8b", b"PK", b"BZh", b"\xfd7zXZ"  # gzip, zip, bzip2 and xz
_MOST_BLANKS = 16  # in a word
_LONGEST_LINE = 2**20  # bytes
_MOST_DIMENSIONS = 2**20
_NUMBER = re.compile(rb"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
# The last byte of a float32 is most of its exponent. It is one of these for zero and for numbers
# from 1e-10 to 1e9, and 0x20, a space, for none of them.
_EXPONENTS = bytes([0x00, 0x80, *range(0x2F, 0x50), *range(0xAF, 0xD0)])


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


def check_format(path: str | Path, *, allow_pickle: bool = False) -> str:
    """The format of a file of word vectors, as its name's ending says: ``bin``, ``text``, ``kv``.

    Args:
        path: of the file, which need not be there.
        allow_pickle: whether a ``.kv`` file may be read.

    Raises:
        InputError: an unknown ending, or ``.kv`` where it is not allowed.
    """
    name = Path(Path(path).name.lower())
    zipped = name.suffix == ".gz"
    kinds = {".bin": "bin", ".txt": "text", ".vec": "text", ".kv": "kv"}
    kind = kinds.get(name.with_suffix("").suffix if zipped else name.suffix)
    if kind is None or (zipped and kind == "kv"):
        known = ".bin (word2vec binary), .txt and .vec (word2vec text), each also with .gz"
        problem = "the ending says no format of word vectors"
        raise InputError(f"{path}: {problem}; known are {known}, and .kv (gensim).{it_is(path)}")
    if kind == "kv" and not allow_pickle:
        danger = "a .kv file is a pickle, and loading a pickle can run any program"
        save = "save it as word2vec: keyed.save_word2vec_format('words.bin', binary=True)"
        trust = "or, if you trust its source, set words.<name>.allow_pickle: true"
        raise InputError(f"{path}: {danger}. Where it was made, {save}; {trust}.")
    return kind


@contextmanager
def open_vector_file(path: str | Path, *, allow_pickle: bool = False) -> Iterator[VectorFile]:
    """Open word vectors in the format that the name's ending says.

    Args:
        path: of the file.
        allow_pickle: read gensim's ``.kv``, too. It is a pickle, and loading a pickle can run any
            program: allow it only for files whose source you trust.

    Raises:
        InputError: no such file, an unknown ending, or other contents. Also while the records are
            read: the file ends early or goes on after its last word.
    """
    path = on_disk(path)
    kind = check_format(path, allow_pickle=allow_pickle)
    if problem := file_problem(path):
        raise InputError(f"{path}: {problem}. Check the path in the configuration.")
    if kind == "kv":
        yield _open_gensim(path)
        return
    zipped = path.suffix.lower() == ".gz"
    with gzip.open(path) if zipped else open(path, "rb") as file:
        count, dim = _header(file, path)
        if dim > _MOST_DIMENSIONS or count * dim > _MOST_NUMBERS * path.stat().st_size:
            problem = f"promises {count} words of dimension {dim}, more than it holds"
            raise InputError(f"{path}: {problem}: the file is damaged. Copy it again.")
        if kind == "bin":
            yield VectorFile(count, dim, _binary_records(file, path, count, dim), _parse_binary)
        else:
            yield VectorFile(count, dim, _text_records(file, path, count, dim), _parse_text)


def write_word2vec(path: str | Path, words: Sequence[str], values: np.ndarray) -> None:
    """Write ``words`` and their vectors (V, D) in word2vec's binary format, as float32.

    Args:
        path: of the file.
        words: V words, none repeated; in such a file a space ends a word.
        values: (V, D), their vectors.
    """
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
        line = file.readline(_LONGEST_LINE).removeprefix(codecs.BOM_UTF8)
    fields = line.split()
    numbers = all(field.isdigit() and 0 < float(field) < 2**63 for field in fields)
    if len(fields) != 2 or not numbers or not line.endswith(b"\n"):
        problem = f"it begins with {line[:40]!r}, not with a line 'number-of-words dimension'"
        advice = "Convert it to a word2vec format."
        if len(fields) > 2 and all(map(_NUMBER.fullmatch, fields[-2:])):  # as GloVe's files
            what = f"its number of lines and {len(fields) - 1}"
            advice = f"Put that line in front: {what}, if all are of that dimension."
        if line.startswith(_PACKED):
            advice = "It is packed: unpack it. (One packed once by gzip may end in .vec.gz.)"
        elif kind := kind_of(line):
            advice = f"It is {kind}."
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
    longest = _LONGEST_WORD + 1 + size
    buffer = bytearray(max(BUFFER_BYTES, 2 * longest))
    view = memoryview(buffer)
    start = end = 0  # what has been read and not been used is buffer[start:end]
    with _gzip_errors(path):
        for i in range(count):
            if end - start < longest:
                buffer[: end - start] = buffer[start:end]
                start, end = 0, end - start
                while end < len(buffer) and (got := file.readinto(view[end:])):
                    end += got
            space = _end_of_word(buffer, start, end, size)
            if (space < 0 or space + 1 + size > end) and end - start < longest:
                raise _ended_early(path, i, count)
            if not 0 <= space - start <= _LONGEST_WORD:
                problem = f"no word where number {i + 1} of {count} should be"
                why = f"not in word2vec's binary format, or not of dimension {dim}"
                advice = "Files in text format end in .txt or .vec."
                raise InputError(f"{path}: {problem}: {why}, as its first line says. {advice}")
            yield bytes(view[start:space]).strip(_BETWEEN), view[space + 1 : space + 1 + size]
            start = space + 1 + size
        if bytes(view[start:end]).strip() or file.read(64).strip():
            raise _goes_on(path, count, dim)


def _end_of_word(buffer: bytearray, start: int, end: int, size: int) -> int:
    """Where the space after a word is: the first that plausible numbers follow, else the first.

    A word may hold spaces; taken for its end, they make numbers of its letters. A later one counts
    only after text: numbers that cannot be meant are no part of a word.
    """
    first = space = buffer.find(b" ", start, end)
    for _ in range(_MOST_BLANKS):
        numbers = slice(space + 4, space + 1 + min(size, 128), 4)  # 32 of them are enough
        if space < 0 or space + 1 + size > end or space - start > _LONGEST_WORD:
            break
        plausible = not buffer[numbers].translate(None, _EXPONENTS)
        if plausible and (space == first or _is_text(buffer[start:space])):
            return space
        space = buffer.find(b" ", space + 1, end)
    return first


def _is_text(word: bytearray) -> bool:
    try:
        return word.strip(_BETWEEN).decode().isprintable()
    except UnicodeDecodeError:
        return False


def _parse_binary(stored: memoryview) -> np.ndarray:
    # astype copies: the buffer will be overwritten.
    return np.frombuffer(stored, "<f4").astype(np.float32)


def _text_records(
    file: Readable, path: Path, count: int, dim: int
) -> Iterator[tuple[bytes, tuple[Path, int, bytes]]]:
    """A line is a word and D numbers. The last D fields are the numbers: a word may hold spaces."""
    with _gzip_errors(path):
        for i in range(count):
            line = file.readline(_LONGEST_LINE)
            if not line:
                raise _ended_early(path, i, count)
            word, _, numbers = line.rstrip().partition(b" ")
            if numbers.count(b" ") != dim - 1 or b"\t" in line:
                word, numbers = _split_line(line, path, i + 2, dim)
            yield word, (path, i + 2, numbers)
        if file.read(64).strip():
            raise _goes_on(path, count, dim)


def _split_line(line: bytes, path: Path, number: int, dim: int) -> tuple[bytes, bytes]:
    """The word and the numbers of a line that holds tabs, or spaces in its word."""
    word, *numbers = line.rstrip().rsplit(None, dim) or [b""]
    if len(numbers) == dim - 1 and line[:1].isspace():
        word, numbers = b"", [word, *numbers]  # the empty word
    if len(numbers) != dim or _NUMBER.fullmatch(word.split()[-1] if word.split()[1:] else b""):
        form = f"a word and {dim} numbers"
        why = "not in word2vec's text format (binary files end in .bin)"
        problem = f"line {number} is not {form}, which the first line promises"
        raise InputError(f"{path}: {problem}: the file is damaged, or {why}.")
    return word, b" ".join(numbers)


def _parse_text(stored: tuple[Path, int, bytes]) -> np.ndarray:
    path, line, numbers = stored
    try:
        if b"_" in numbers:
            raise ValueError("an underscore")  # Python would read 1_0 as 10
        return np.array(numbers.split(), dtype=np.float32)
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
