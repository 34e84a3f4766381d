"""Writing files: whole or absent, and clear about what is wrong with the disk."""

import errno
import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from rnnfv.errors import InputError

try:
    import fcntl
except ImportError:  # Windows: temporary files are not locked there, and stale ones stay
    fcntl = None  # type: ignore[assignment]

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Errors of a disk that takes no more."""
_CAREFUL = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_BROKEN = (errno.EIO, errno.ENOLCK, errno.EROFS, errno.ESTALE)
_ALMOST_NOTHING = 2**16
"""Bytes free at most where a disk is full, although a library only says that it cannot write."""


class DiskError(InputError):
    """A file cannot be written: the disk is full, broken, or not the user's."""


def at_home(path: str | Path) -> Path:
    """A path that the user gave; ``~`` at its beginning is the home folder, as in a shell."""
    return Path(os.path.expanduser(path))


def human(size: float) -> str:
    """``6932971618`` -> ``6.9 GB``; a GB is 10^9 bytes, as disks and web servers count."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def free_space(folder: str | Path) -> int:
    """Bytes free where ``folder`` is, or will be."""
    folder = Path(folder).absolute()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def disk_problem(error: BaseException, path: str | Path, size: int = 0) -> DiskError | None:
    """An error of the disk of ``path``, in words; None where it is another error.

    Args:
        error: raised while the file was written.
        path: of the file.
        size: bytes that it needs, at least.
    """
    if isinstance(error, InputError) or not isinstance(error, OSError | RuntimeError):
        return None
    number, folder = getattr(error, "errno", None), Path(path).absolute().parent
    needs = f"(needs more than {human(size)})" if size else "(it has no room left)"
    again = "make room and run the same command again"
    if number == errno.EDQUOT:
        return DiskError(f"{path}: your quota on the disk of {folder} is used up {needs}: {again}.")
    if number == errno.EFBIG:
        problem = f"{path}: the disk, or a limit (ulimit -f), allows no larger file in {folder}"
        return DiskError(f"{problem} {needs}: raise the limit and run the same command again.")
    if number == errno.ENOSPC or (number is None and free_space(folder) < _ALMOST_NOTHING):
        return DiskError(f"{path}: the disk of {folder} is full {needs}: {again}.")
    if number in _BROKEN or (number and _is_about(error, Path(path).absolute())):
        problem = f"{path}: cannot be written ({os.strerror(number)})"
        return DiskError(f"{problem}. Check the folder and its disk; run the same command again.")
    return None


def _is_about(error: BaseException, path: Path) -> bool:
    """Whether the error names the file, its temporary name or a folder that it is in."""
    named = Path(os.path.abspath(str(getattr(error, "filename", None) or "/absent")))
    temporary = named.parent == path.parent and named.suffix == ".part"
    return temporary or named in (path, *path.parents)


@contextmanager
def disk_errors(path: str | Path, temporary: Path | None = None) -> Iterator[None]:
    """Say in words what is wrong with the disk while ``path`` is written.

    Args:
        path: of the file.
        temporary: the name it is written to, to say how large it has become.

    Raises:
        DiskError: the disk is full, a quota used up, or the like.
    """
    try:
        yield
    except Exception as error:
        there = temporary is not None and temporary.exists()
        size = temporary.stat().st_size if temporary is not None and there else 0
        if problem := disk_problem(error, path, size):
            raise problem from error
        raise


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it on success, remove it on failure.

    The temporary file is new and this process's own: a link of its name is not followed. What a
    killed process has left there is removed.

    Raises:
        DiskError: the disk is full, a quota used up, or the like.
        InputError: the path is no name for a file.
    """
    path = at_home(path)
    with disk_errors(path):
        if not path.name or "\0" in path.name:
            raise InputError(f"{str(path)!r} is no name for a file: choose another.")
        if path.exists() and not path.is_file():  # a device would be gone
            raise DiskError(f"{path}: this is no file, and is not replaced. Name another.")
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary, lock = _own_file(path)
    try:
        with disk_errors(path, temporary):
            yield temporary
            os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(lock)


def write_json(path: str | Path, content: Any) -> None:
    """Write ``content`` as JSON, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _own_file(path: Path) -> tuple[Path, int]:
    """A new, empty file beside ``path``, locked while its descriptor is open."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _CAREFUL
    for number in count():
        # A long name leaves no room for what is added to it.
        temporary = path.with_name(f".{path.name[:50]}.{number}.part")
        remove_stale(temporary)
        try:
            lock = os.open(temporary, flags, 0o666)
        except FileExistsError:
            continue  # another process, or thread, writes the same file
        with suppress(OSError):  # a file system without locks
            if fcntl:
                fcntl.flock(lock, fcntl.LOCK_EX)
        if os.fstat(lock).st_nlink:
            return temporary, lock
        os.close(lock)  # taken for stale before it was locked
    raise AssertionError("count() does not end")


@contextmanager
def alone(path: str | Path) -> Iterator[None]:
    """Keep other processes that ask for the same path waiting, where there are locks.

    For what cannot be whole or absent: a download that goes on, a folder. Data are shared by runs.
    """
    path = Path(path)
    lock, descriptor = path.with_name(f".{path.name[:50]}.lock"), None
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        while fcntl and descriptor is None:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | _CAREFUL, 0o666)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if not os.fstat(descriptor).st_nlink:  # removed by the process that was waited for
                os.close(descriptor)
                descriptor = None
    try:
        yield
    finally:
        if descriptor is not None:
            with suppress(OSError):
                lock.unlink()
            os.close(descriptor)


def remove_stale(temporary: Path) -> bool:
    """Remove a temporary file that no process holds any more; whether it was removed."""
    if fcntl is None:
        return False
    try:
        lock = os.open(temporary, os.O_RDWR | _CAREFUL)
    except OSError:
        return False  # none there, a link, or another user's
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(lock), os.lstat(temporary)):
            temporary.unlink()
        return True
    except OSError:
        return False  # it is being written, or nobody can tell
    finally:
        os.close(lock)


def remove_all_stale(folder: str | Path) -> list[Path]:
    """Remove what killed processes have left in a folder and below it; return what was removed."""
    parts = Path(folder).rglob(".*.part")
    return [part for part in parts if remove_stale(part)]


class SurvivingFile(io.FileIO):
    """A file for HDF5, which crashes at the end of the process where closing a file has failed.

    The first error is raised while data is written. Afterwards, and while HDF5 closes the file,
    errors are only kept, for the caller to raise when it is closed.
    """

    def __init__(self, path: Path):
        super().__init__(str(path), "r+")
        self.failure: OSError | None = None
        self.closing = False

    def write(self, data: Any, /) -> int:
        """All of ``data``: the system may take less at a time."""
        rest = memoryview(data).cast("B")
        size = len(rest)
        try:
            while rest:
                rest = rest[super().write(rest) or 0 :]
        except OSError as error:
            self._failed(error)
        return size

    def truncate(self, size: int | None = None, /) -> int:
        """See :meth:`io.FileIO.truncate`."""
        try:
            return super().truncate(size)
        except OSError as error:
            self._failed(error)
            return size or 0

    def _failed(self, error: OSError) -> None:
        first, self.failure = self.failure is None, self.failure or error
        if first and not self.closing:
            raise error
