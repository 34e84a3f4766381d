"""The members of archives, each written straight to disk; what is damaged is named."""

import bz2
import errno
import gzip
import lzma
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Self

from rnnfv.data.files import BoundedFile
from rnnfv.errors import InputError

_BLOCK = 1 << 20
_MOST_PADDING = 64  # blocks after the end of a tar archive
_MOST_PACKINGS = 3  # one in another
_MOST_UNPACKED, _LEAST_LIMIT = 200, 2**27  # times its size; bytes
_MOST_MEMBERS = 2**20
PACKINGS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"\xfd7zXZ\0": lzma.open, b"BZh": bz2.open}
"""First bytes of a packed tar archive, and what unpacks it."""
Write = Callable[[BinaryIO], None]
"""Writes a member's bytes to an open file and checks them; skipped where it is not called."""


@dataclass(frozen=True)
class Member:
    """A member of an archive: its name as stored, its size in bytes, and what it is."""

    name: str
    size: int
    is_folder: bool = False
    is_link: bool = False
    is_encrypted: bool = False


def members(archive: Path, kind: str) -> Iterator[tuple[Member, Write]]:
    """Every member of an archive, with a function that writes it.

    The archive is read once, front to back.

    Args:
        archive: the file.
        kind: ``rar``, ``rar-in-rar`` (its outer members), ``zip``, ``tar`` (plain, or packed with
            gzip, bzip2 or xz) or ``gz`` (one member).

    Raises:
        InputError: the archive or a member is damaged; names both.
    """
    readers = {"rar": _rar, "rar-in-rar": _rar, "zip": _zip, "tar": _tar, "gz": _gz}
    with _naming_damage(archive):
        for number, found in enumerate(readers[kind](archive)):
            if number == _MOST_MEMBERS:
                advice = "That cannot be meant: get another archive."
                raise InputError(f"{archive}: more than {_MOST_MEMBERS} members. {advice}")
            yield found


def _damaged(archive: Path, error: object, member: str = "") -> InputError:
    where = f"{archive}: member {member}" if member else f"{archive}"
    advice = f"Remove {archive} and get it again; the second half may be missing."
    return InputError(f"{where} is damaged ({error}). {advice}")


@contextmanager
def _naming_damage(archive: Path, member: str = "") -> Iterator[None]:
    """Turn whatever the libraries raise for damaged archives into a message."""
    try:
        yield
    except InputError:
        raise
    except OSError as error:
        if error.errno in (None, errno.EINVAL):  # a seek to nowhere, a checksum
            raise _damaged(archive, error, member) from error
        raise InputError(f"{archive}: cannot be read ({error.strerror}).") from error
    except Exception as error:
        problem = str(error) or type(error).__name__
        raise _damaged(archive, problem, member) from error


def _writer(open_member: Callable[[], Any], archive: Path, name: str) -> Write:
    """A function that copies a member; ``open_member`` opens it for reading."""

    def write(file: BinaryIO) -> None:
        with _naming_damage(archive, name), open_member() as stream:
            shutil.copyfileobj(stream, file, _BLOCK)

    return write


def _zip(archive: Path) -> Iterator[tuple[Member, Write]]:
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            name, kind = info.filename, stat.S_IFMT(info.external_attr >> 16)
            link = info.create_system == 3 and kind not in (0, stat.S_IFREG, stat.S_IFDIR)
            folder = info.is_dir() and not info.file_size
            member = Member(name, info.file_size, folder, link, bool(info.flag_bits & 1))
            yield member, _writer(partial(file.open, info), archive, name)


def _tar(archive: Path) -> Iterator[tuple[Member, Write]]:
    # Decompressed here: tarfile's own stream does not look at gzip's checksum.
    with (
        _unpacking(archive) as packed,
        tarfile.open(fileobj=packed, mode="r|", tarinfo=_TarHeader) as file,
    ):
        for info in file:
            link = not (info.isfile() or info.isdir())  # devices and pipes are as unwelcome
            member = Member(info.name, info.size, info.isdir(), link)
            yield member, _writer(partial(file.extractfile, info), archive, info.name)
        for _ in range(_MOST_PADDING):
            if not packed.read(_BLOCK):
                return  # the checksum comes last
        raise tarfile.ReadError("it goes on long after its end")


class _TarHeader(tarfile.TarInfo):
    """A member's header. What is none is damage, where tarfile takes it for the archive's end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """The header in a block.

        Args:
            buf: the block.
            encoding: of its texts.
            errors: what is done where they are not in it.
        """
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if buf and not any(buf):
                raise  # a block of zeros, which ends an archive
            problem = str(error) if buf else "cut: it has no blocks of zeros at its end"
            raise tarfile.ReadError(problem) from error


class _Unpacking:
    """The content of an open file, packed or not, read front to back up to a limit."""

    def __init__(self, file: Any, limit: int):
        self.peek, self.close, self._file, self._left = file.peek, file.close, file, limit

    def read(self, size: int = -1) -> bytes:
        """The next bytes; fewer at the end."""
        block: bytes = self._file.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise tarfile.ReadError("unpacked, it is hundreds of times as large")
        return block


@contextmanager
def _unpacking(archive: Path) -> Iterator[Any]:
    """The content of an archive, whatever it is packed with, one packing in another too."""
    size = archive.stat().st_size
    limit = size + max(_MOST_UNPACKED * size, _LEAST_LIMIT)
    with ExitStack() as opened:
        file: Any = opened.enter_context(closing(_Unpacking(BoundedFile(archive), limit)))
        for _ in range(_MOST_PACKINGS + 1):
            start = file.peek(6)
            packing = next((PACKINGS[name] for name in PACKINGS if start.startswith(name)), None)
            if packing is None:
                yield file
                return
            file = opened.enter_context(closing(_Unpacking(packing(file), limit)))
        raise tarfile.ReadError(f"packed more than {_MOST_PACKINGS} times")


def _gz(archive: Path) -> Iterator[tuple[Member, Write]]:
    name = archive.name.removesuffix(".gz")
    yield (
        Member(name, 0),
        _writer(lambda: gzip.GzipFile(fileobj=BoundedFile(archive)), archive, name),
    )


def _rar(archive: Path) -> Iterator[tuple[Member, Write]]:
    """RAR by UnRAR's own code.

    Headers are read here one by one: the package's iterator takes damage for the end.
    """
    try:
        from unrar.cffi import unrarlib
    except ImportError as error:
        message = "RAR archives need the package unrar2-cffi: pip install -r requirements.txt"
        raise InputError(message) from error
    at_end, encrypted = 10, 0x04  # UnRAR's ERAR_END_ARCHIVE and RHDF_ENCRYPTED
    with _naming_damage(archive):
        file = unrarlib.RarArchive.open_for_processing(archive)
    with file:
        while True:
            data = unrarlib.RARHeaderDataEx()
            code = unrarlib.RARReadHeaderEx(file.handle, data)
            if code == at_end:
                return
            if code != unrarlib.FLAGS_SUCCESS:
                raise _damaged(archive, f"UnRAR's error {code} in a header")
            header = unrarlib.RarHeader(file, data)
            size = header.UnpSize + (header.UnpSizeHigh << 32)
            folder = bool(header.Flags & unrarlib.FLAGS_RHDF_DIRECTORY)
            unix = data.HostOS == 3  # elsewhere FileAttr are other attributes
            link = bool(data.RedirType) or (unix and stat.S_ISLNK(data.FileAttr))
            member = Member(header.FileNameW, size, folder, link, bool(header.Flags & encrypted))
            naming = partial(_naming_damage, archive, member.name)
            content = _RarContent(header, naming)
            yield member, content.write
            if not content.read:
                header.skip()


@dataclass
class _RarContent:
    """Writes one member: UnRAR hands its bytes to a callback, which must not raise."""

    header: Any
    naming_damage: Callable[[], Any]
    read: bool = False

    def write(self, file: BinaryIO) -> None:
        failed: list[Exception] = []

        def take(block: bytes) -> None:
            try:
                if not failed:
                    file.write(block)
            except Exception as error:
                failed.append(error)  # a full disk, for example: told below, where it can be

        self.read = True
        with self.naming_damage():
            self.header.test(take)
        if failed:
            raise failed[0]
