"""Files of the user's own: found however their names are written, judged, told apart."""

import io
import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from operator import attrgetter
from pathlib import Path

from rnnfv.arrays.writing import at_home
from rnnfv.errors import InputError


def one_form(text: str) -> str:
    """The composed form of Unicode (NFC): "é" is one character or two, and both are one name."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def seen(text: str) -> str:
    """The text with U+FFFD for every character that nobody sees.

    Such are control characters, and Unicode's category Cf: they turn the direction of the text
    around them, or have no width.
    """
    if text.isprintable():
        return text
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf") else c for c in text)


LEFT_BY_SYSTEMS = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""Files that systems leave in folders that somebody looked at."""

_WRITTEN = {".csv", ".h5", ".html"}
"""Endings of what commands write, where they may be repeated."""

_FOLDERS = {"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information"}


def is_companion(path: str | Path) -> bool:
    """Whether a file is no data: hidden, as ``._a.avi``, which a Mac lays beside ``a.avi``.

    ``path`` begins below the folder that is looked through, which itself may be hidden.
    """
    parts = Path(path).parts
    others = _FOLDERS | LEFT_BY_SYSTEMS
    return any(part.startswith((".", "~$")) or part in others for part in parts)


def on_disk(path: str | Path) -> Path:
    """The path as it is spelled on the disk; as given where there is no such file.

    Names that were written on a Mac are often decomposed (NFD), those in lists composed (NFC).
    """
    path = at_home(path)
    if str(path).isascii() or _is_there(path):
        return path
    found = Path(path.anchor)
    for part in path.parts[len(found.parts) :]:
        if not _is_there(found / part):
            part = _entries(found).get(one_form(part), part)
        found /= part
    return found if _is_there(found) else path


def file_problem(path: str | Path) -> str | None:
    """Why a file cannot be read, as ``"code: words"`` with missing, empty or unreadable."""
    try:
        found = Path(path).stat()
        if not stat.S_ISREG(found.st_mode):
            return f"missing: no such file: {path}"
        if found.st_size == 0:
            return "empty: the file has 0 bytes"
        with open(path, "rb") as file:
            file.read(1)
    except (FileNotFoundError, NotADirectoryError):
        return f"missing: no such file: {path}"
    except (OSError, ValueError) as error:
        return unreadable(error)
    return None


def unreadable(error: Exception) -> str:
    """The problem of a file that the system does not let us read."""
    return f"unreadable: {getattr(error, 'strerror', None) or error}"


MOST_SHORT_READS = 2**22


class BoundedFile(io.BufferedReader):
    """A file, open for readers that would look for its next part in a few bytes at a time."""

    def __init__(self, path: str | Path):
        super().__init__(io.FileIO(str(path)))
        self._left = MOST_SHORT_READS

    def read(self, size: int | None = -1, /) -> bytes:
        """See :meth:`io.BufferedReader.read`; four million short reads are an error."""
        self._left -= size is not None and 0 < size < 256
        if self._left < 0:
            raise OSError("it goes on and on, and is no such file")
        return super().read(size)


def is_folder(path: str | Path) -> bool:
    """Whether there is such a folder.

    Raises:
        InputError: the system does not let us look.
    """
    try:
        os.scandir(path).close()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {unreadable(error)}. Check the folder's name.") from error
    return True


def walk(root: str | Path, above: tuple[str, ...] = ()) -> Iterator[tuple[Path, list[str]]]:
    """A folder and those below it, each with the names of its files, sorted.

    Links to folders are followed, but for those that lead back.

    Args:
        root: the folder.
        above: real paths of the folders that it was reached through.

    Raises:
        InputError: the system does not let us look into one of them.
    """
    real = os.path.realpath(root)
    if real in above:
        return
    try:
        with os.scandir(root) as found:
            entries = sorted(found, key=attrgetter("name"))
    except OSError as error:
        raise InputError(f"{root}: {unreadable(error)}. Check the folder.") from error
    yield Path(root), [entry.name for entry in entries if entry.is_file()]
    for entry in entries:
        if entry.is_dir():
            yield from walk(entry.path, (*above, real))


def files_below(root: str | Path) -> list[Path]:
    """All files in a folder and below it, without companions; errors as :func:`walk`."""
    found = [folder / name for folder, names in walk(root) for name in names]
    return sorted(path for path in found if not is_companion(path.relative_to(root)))


def keep_inputs(out: str | Path, inputs: Iterable[str | Path | None]) -> None:
    """Check that a file to write is none of those to read, nor a picture or clip beside them.

    Args:
        out: the file to write.
        inputs: files and folders to read, also as ``NAME=FILE``, or whatever else may be named.

    Raises:
        InputError: it is one of them, by whatever name.
    """
    if not os.path.isfile(out):
        return
    for text in map(str, filter(None, inputs)):
        for name in filter(os.path.exists, (text, text.partition("=")[2])):
            inside = os.path.realpath(out).startswith(os.path.realpath(name) + os.sep)
            if os.path.samefile(out, name) or (inside and Path(out).suffix not in _WRITTEN):
                problem = "this file is read; writing it would destroy it"
                raise InputError(f"{out}: {problem}. Name another.")


def identity(path: str | Path) -> str:
    """Size and time of change of a file: one that is replaced is another one. "" for none."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


@cache
def _entries(folder: Path) -> dict[str, str]:
    """The names in a folder, by their composed form."""
    try:
        return {one_form(entry.name): entry.name for entry in sorted(folder.iterdir())}
    except OSError:
        return {}
