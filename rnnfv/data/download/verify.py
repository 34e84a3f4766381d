"""Checks of a file by its first bytes, its size and its checksum."""

import hashlib
import re
from pathlib import Path

from rnnfv.arrays.intermediates import read_bytes
from rnnfv.arrays.kinds import kind_of
from rnnfv.arrays.writing import atomic_path
from rnnfv.data.download.archives import PACKINGS
from rnnfv.data.download.sources import Source
from rnnfv.errors import InputError

_RAR = (b"Rar!\x1a\x07",)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_MAGIC = {"rar": _RAR, "rar-in-rar": _RAR, "zip": _ZIP, "gz": (b"\x1f\x8b",)}
_MAGIC["tar"] = tuple(PACKINGS)
_OTHERS = {
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x1f\x9d": "compress",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"LZIP": "lzip",
}
"""First bytes of what is packed in a way that is not read here."""


def kind_problem(start: bytes, kind: str) -> str:
    """The problem of a file of this kind that begins with ``start``; empty if there is none."""
    found = kind_of(start)
    if found.startswith(("a web page", "a pointer")):
        return found
    if not start:
        return "an empty file"
    other = next((name for magic, name in _OTHERS.items() if start.startswith(magic)), "")
    if other and kind != "file":
        return f"packed with {other}, which is not read here: pack its content as zip or tar.gz"
    plain_tar = kind == "tar" and start[257:262] == b"ustar"
    magic = () if plain_tar else _MAGIC.get(kind, ())
    if magic and not start.startswith(magic):
        return f"no {kind.split('-')[0]} file: it begins with {start[:8]!r}"
    return ""


def size_problem(size: int, source: Source) -> str:
    """The problem of a file of ``size`` bytes; empty if it is as large as expected, about."""
    if source.bytes is not None:
        wrong, expected = size != source.bytes, str(source.bytes)
    else:
        about = source.about_bytes or 0
        wrong, expected = about > 0 and not about / 2 <= size <= 2 * about, f"about {about}"
    return f"{size} bytes, {source.file} should have {expected}" if wrong else ""


def checksum(path: str | Path, algorithm: str = "sha256") -> str:
    """Checksum of a file's bytes in hexadecimal, read in blocks."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def recorded(archive: Path) -> Path:
    """Where an archive's checksum is recorded, in the form that ``sha256sum --check`` reads."""
    return archive.with_name(f"{archive.name}.sha256")


def check_archive(source: Source, path: Path, archive: Path) -> tuple[str, str]:
    """Check a whole file against the table, or against what was recorded at its first download.

    Args:
        source: its row.
        path: the file, under whatever name.
        archive: the archive's place: its recorded checksum is beside it.

    Returns:
        its SHA-256, and what it was checked against, in words.

    Raises:
        InputError: it is something else; says the value found and the value expected.
    """
    # What was just downloaded is thrown away by the caller; a file in its place is the reader's.
    in_place = path == archive
    called = str(path) if in_place else f"what came as {archive.name}"
    advice = " Remove it and get it again." if in_place else ""
    with open(path, "rb") as file:
        problem = kind_problem(file.read(512), source.kind)
    if problem:
        raise InputError(f"{called}: {problem}.{advice}")
    if problem := size_problem(path.stat().st_size, source):
        raise InputError(f"{called}: {problem}.{advice}")
    expected, whose = source.checksums, "published for it"
    checked = f"published {' and '.join(expected)}"
    if not expected and recorded(archive).is_file():
        expected = {"sha256": _read_record(recorded(archive))}
        whose = f"recorded at the first download, in {recorded(archive)}"
        advice += f" If the first was wrong, remove {recorded(archive)}, too."
        checked = "sha256 recorded at the first download"
    found = {algorithm: checksum(path, algorithm) for algorithm in {"sha256", *expected}}
    for algorithm, value in expected.items():
        if found[algorithm] != value:
            message = f"{called}: its {algorithm} is {found[algorithm]}, but {value} is {whose}."
            raise InputError(f"{message} It is damaged or another release.{advice}")
    if not expected:
        checked = "nothing: no checksum is published; it is recorded now"
    return found["sha256"], checked


def record(archive: Path, sha256: str) -> None:
    """Keep the checksum for the next time."""
    with atomic_path(recorded(archive)) as temporary:
        temporary.write_text(f"{sha256}  {archive.name}\n", encoding="utf-8")


def _read_record(path: Path) -> str:
    found = re.match(rb"[0-9a-f]{64}\b", read_bytes(path))
    if not found:
        raise InputError(f"{path}: holds no checksum. Remove it and run the same command again.")
    return found[0].decode()
