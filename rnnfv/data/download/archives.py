"""The members of archives, each written straight to disk; what is damaged is named."""

from __future__ import annotations

import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from rnnfv.errors import InputError

_BLOCK = 1 << 20
_DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile),
    *(lzma.LZMAError, zlib.error, EOFError),
)
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
        kind: ``rar``, ``rar-in-rar`` (its outer members), ``zip``, ``tar`` (plain, gzip or xz) or
            ``gz`` (one member).

    Raises:
        InputError: the archive or a member is damaged; names both.
    """
    readers = {"rar": _rar, "rar-in-rar": _rar, "zip": _zip, "tar": _tar, "gz": _gz}
    try:
        yield from readers[kind](archive)
    except _DAMAGE as error:
        raise damaged(archive, error) from error


def damaged(archive: Path, error: object, member: str = "") -> InputError:
    """The message for a damaged archive.

    Args:
        archive: the file.
        error: what is wrong.
        member: where in it, if that is known.
    """
    where = f"{archive}: member {member}" if member else f"{archive}"
    advice = f"Remove {archive} and get it again; the second half may be missing."
    return InputError(f"{where} is damaged ({error}). {advice}")


def _copy(stream: BinaryIO, archive: Path, name: str) -> Write:
    def write(file: BinaryIO) -> None:
        try:
            while block := stream.read(_BLOCK):
                file.write(block)
        except _DAMAGE as error:
            raise damaged(archive, error, name) from error

    return write


def _zip(archive: Path) -> Iterator[tuple[Member, Write]]:
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            link = stat.S_ISLNK(info.external_attr >> 16)
            encrypted = bool(info.flag_bits & 1)
            member = Member(info.filename, info.file_size, info.is_dir(), link, encrypted)
            if encrypted or info.is_dir():
                yield member, _nothing
                continue
            try:
                stream = file.open(info)
            except zipfile.BadZipFile as error:
                raise damaged(archive, error, info.filename) from error
            with stream:
                yield member, _copy(stream, archive, info.filename)  # type: ignore[arg-type]


def _tar(archive: Path) -> Iterator[tuple[Member, Write]]:
    # Decompressed here: tarfile's own stream does not look at gzip's checksum.
    with _decompressed(archive) as packed, tarfile.open(fileobj=packed, mode="r|") as file:
        for info in file:
            stream = file.extractfile(info) if info.isfile() else None
            link = not (info.isfile() or info.isdir())  # devices and pipes are as unwelcome
            member = Member(info.name, info.size, info.isdir(), link)
            write = _copy(stream, archive, info.name) if stream else _nothing  # type: ignore[arg-type]
            yield member, write
        while packed.read(_BLOCK):
            pass  # the checksum comes last


def _decompressed(archive: Path) -> BinaryIO:
    with open(archive, "rb") as file:
        start = file.read(6)
    if start.startswith(b"\x1f\x8b"):
        return cast(BinaryIO, gzip.open(archive))
    if start.startswith(b"\xfd7zXZ\0"):
        return cast(BinaryIO, lzma.open(archive))
    return open(archive, "rb")


def _gz(archive: Path) -> Iterator[tuple[Member, Write]]:
    name = archive.name.removesuffix(".gz")
    with gzip.open(archive) as stream:
        yield Member(name, 0), _copy(stream, archive, name)  # type: ignore[arg-type]


def _nothing(file: BinaryIO) -> None:
    """Write nothing: a folder, or a member that is refused."""


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
    try:
        file = unrarlib.RarArchive.open_for_processing(archive)
    except unrarlib.BadRarFile as error:
        raise damaged(archive, error) from error
    with file:
        while True:
            data = unrarlib.RARHeaderDataEx()
            code = unrarlib.RARReadHeaderEx(file.handle, data)
            if code == at_end:
                return
            if code != unrarlib.FLAGS_SUCCESS:
                raise damaged(archive, f"UnRAR's error {code} in a header")
            header = unrarlib.RarHeader(file, data)
            name = header.FileNameW
            size = header.UnpSize + (header.UnpSizeHigh << 32)
            folder = bool(header.Flags & unrarlib.FLAGS_RHDF_DIRECTORY)
            unix = data.HostOS == 3  # else FileAttr are other attributes
            link = bool(data.RedirType) or (unix and stat.S_ISLNK(data.FileAttr))
            read = _RarMember(archive, name, header, unrarlib.BadRarFile)
            yield Member(name, size, folder, link, bool(header.Flags & encrypted)), read.write
            if not read.done:
                header.skip()


class _RarMember:
    """Writes one member: UnRAR hands its bytes to a callback, which must not raise."""

    def __init__(self, archive: Path, name: str, header: object, bad: type[Exception]) -> None:
        self.archive, self.name, self.header, self.bad = archive, name, header, bad
        self.done = False

    def write(self, file: BinaryIO) -> None:
        failed: list[Exception] = []

        def take(block: bytes) -> None:
            try:
                if not failed:
                    file.write(block)
            except Exception as error:
                failed.append(error)  # a full disk, for example: told below, where it can be

        self.done = True
        try:
            self.header.test(take)  # type: ignore[attr-defined]
        except self.bad as error:
            raise damaged(self.archive, error, self.name) from error
        if failed:
            raise failed[0]
