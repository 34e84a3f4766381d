"""The table of archives and weights files: where they are, how large, how to know them, what they unpack to."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnnfv.errors import InputError

COLUMNS = (
    "name",
    "group",
    "file",
    "url",
    "mirrors",
    "bytes",
    "about_bytes",
    "checksums",
    "kind",
    "take",
    "into",
    "unpacked_bytes",
    "expected",
    "gated",
    "instructions",
    "licence",
    "evidence",
    "unverified",
)
KINDS = ("rar", "rar-in-rar", "zip", "tar", "gz", "file")
_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64}


@dataclass(frozen=True)
class Source:
    """A row of the table.

    Attributes:
        name: of the archive; unique.
        group: the data set or kind of file it belongs to: what is asked for together.
        file: name of the archive.
        url: first address; empty where ``gated``.
        mirrors: further addresses of the same bytes.
        bytes: exact size; None where it is not known.
        about_bytes: approximate size, for planning disk space only.
        checksums: published ones, by algorithm (``md5``, ``sha1``, ``sha256``).
        kind: how it is packed, one of :data:`KINDS`.
        take: what to take of it: a folder, ending in ``/``, whose content is wanted, or a pattern of file names, wanted
            without their folders; empty for everything.
        into: where that goes, relative to the data folder: a folder, ending in ``/``, or a file.
        unpacked_bytes: approximate size after unpacking.
        expected: what to count after unpacking: patterns of paths, or ``folders``, ``lines``, ``bytes``.
        gated: whether a person has to ask for it.
        instructions: how to get it by hand.
        licence: licence or terms, as far as they are known.
        evidence: what each fact rests on.
        unverified: which facts are not certain.
    """

    name: str
    group: str
    file: str
    url: str
    mirrors: tuple[str, ...]
    bytes: int | None
    about_bytes: int | None
    checksums: dict[str, str]
    kind: str
    take: str
    into: str
    unpacked_bytes: int | None
    expected: dict[str, int]
    gated: bool
    instructions: str
    licence: str
    evidence: str
    unverified: str

    @property
    def size(self) -> int:
        """Exact size, else the approximate one; 0 where nothing is known."""
        return self.bytes or self.about_bytes or 0

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses, the first one first."""
        return tuple(address for address in (self.url, *self.mirrors) if address)

    def identity(self) -> dict[str, Any]:
        """All that the archive and its files depend on: not addresses, once it is there."""
        keys = ("file", "bytes", "checksums", "kind", "take", "into", "expected")
        return {key: getattr(self, key) for key in keys}

    def target(self, root: str | Path) -> Path:
        """Where it belongs when it is unpacked."""
        return Path(root) / self.into.rstrip("/")

    def archive(self, root: str | Path) -> Path:
        """Where it is downloaded to."""
        return Path(root) / "downloads" / self.file

    def marker(self, root: str | Path) -> Path:
        """The file that says that it is unpacked, and what was counted."""
        return Path(root) / ".unpacked" / f"{self.name}.json"

    def in_place(self, root: str | Path) -> bool:
        """Whether something is there: a file, or a folder that is not empty."""
        target = self.target(root)
        return any(target.iterdir()) if target.is_dir() else target.exists()


def read_sources(path: str | Path) -> dict[str, Source]:
    """The table, by name.

    Raises:
        InputError: not such a table, or a row that cannot be used, naming line and column.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InputError(
                    f"{path}: its columns are not {', '.join(COLUMNS)}. See docs/formats.md."
                )
            sources = [_source(row, f"{path}, line {reader.line_num}") for row in reader]
    except OSError as error:
        raise InputError(
            f"{path}: the table of sources cannot be read ({error}). Check data.sources."
        ) from error
    names = [source.name for source in sources]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{path}: {name!r} is there twice. Give every row a name of its own.")
    return {source.name: source for source in sources}


def _source(row: dict[str, str], where: str) -> Source:
    """Check and convert one row."""
    if None in row or None in row.values():
        raise InputError(f"{where}: too few or too many cells.")
    row = {key: cell.strip() for key, cell in row.items()}
    for key in ("name", "group", "file", "kind", "into"):
        if not row[key]:
            raise InputError(f"{where}: {key} is empty.")
    if not re.fullmatch(r"[a-z0-9_]+", row["name"]) or not re.fullmatch(
        r"[a-z0-9_]+", row["group"]
    ):
        raise InputError(f"{where}: name and group are lower-case letters, digits and underscores.")
    if row["kind"] not in KINDS:
        raise InputError(f"{where}: kind {row['kind']!r} is not one of {', '.join(KINDS)}.")
    if Path(row["file"]).name != row["file"] or row["file"].startswith("."):
        raise InputError(f"{where}: file {row['file']!r} is not a plain file name.")
    if row["into"].startswith("/") or ".." in Path(row["into"]).parts:
        raise InputError(f"{where}: into {row['into']!r} leaves the data folder.")
    if row["gated"] not in ("yes", "no"):
        raise InputError(f"{where}: gated is {row['gated']!r}, not yes or no.")
    if row["gated"] == "no" and not row["url"]:
        raise InputError(f"{where}: no address, and not gated.")
    if row["gated"] == "yes" and not row["instructions"]:
        raise InputError(f"{where}: gated, but no instructions.")
    if row["kind"] in ("gz", "file") and row["into"].endswith("/"):
        raise InputError(f"{where}: a single file ({row['kind']}) goes into a file, not a folder.")
    return Source(
        **{
            key: row[key]
            for key in ("name", "group", "file", "url", "kind", "take", "into", "instructions")
        },
        **{key: row[key] for key in ("licence", "evidence", "unverified")},
        mirrors=tuple(row["mirrors"].split()),
        bytes=_number(row["bytes"], f"{where}, bytes"),
        about_bytes=_number(row["about_bytes"], f"{where}, about_bytes"),
        unpacked_bytes=_number(row["unpacked_bytes"], f"{where}, unpacked_bytes"),
        checksums=_checksums(row["checksums"], f"{where}, checksums"),
        expected=_expected(row["expected"], f"{where}, expected"),
        gated=row["gated"] == "yes",
    )


def _number(text: str, where: str) -> int | None:
    if text and not text.isdecimal():
        raise InputError(f"{where}: {text!r} is not a whole number.")
    return int(text) if text else None


def _checksums(text: str, where: str) -> dict[str, str]:
    """``md5:... sha256:...`` -> by algorithm."""
    checksums = dict(word.partition(":")[::2] for word in text.split())
    for algorithm, digits in checksums.items():
        if not re.fullmatch(rf"[0-9a-f]{{{_DIGITS.get(algorithm, 0)}}}", digits):
            raise InputError(f"{where}: {algorithm}:{digits} is no md5, sha1 or sha256 checksum.")
    return checksums


def _expected(text: str, where: str) -> dict[str, int]:
    """``*.avi=13320 folders=101`` -> by pattern."""
    expected = {}
    for word in text.split():
        pattern, _, number = word.rpartition("=")
        if not pattern or not number.isdecimal():
            raise InputError(f"{where}: {word!r} is not pattern=number.")
        expected[pattern] = int(number)
    return expected


def needed_by(
    paths: Iterable[str | Path], sources: Iterable[Source], root: str | Path
) -> list[str]:
    """Names of the sources that make one of these paths: the path is, or is in, what a source unpacks to, or holds it."""
    wanted = {_normal(path) for path in paths}
    names = []
    for source in sources:
        target = _normal(source.target(root))
        if any(
            path == target or target in path.parents or path in target.parents for path in wanted
        ):
            names.append(source.name)
    return names


def _normal(path: str | Path) -> Path:
    return Path(os.path.abspath(path))
