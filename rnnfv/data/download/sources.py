"""The table of archives and weights files: addresses, sizes, checksums, and what they unpack to."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from rnnfv.data.files import LEFT_BY_SYSTEMS
from rnnfv.data.text_files import read_csv
from rnnfv.errors import InputError

KINDS = ("rar", "rar-in-rar", "zip", "tar", "gz", "file")
_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64}


@dataclass(frozen=True)
class Source:
    """A row of the table; its columns are these attributes.

    Attributes:
        name: of the archive; unique.
        group: the data set or kind of file it belongs to, asked for together.
        file: name of the archive.
        url: first address; empty where ``gated``.
        mirrors: further addresses of the same bytes.
        bytes: exact size; None where it is not known.
        about_bytes: approximate size, for planning disk space only.
        checksums: published ones, by algorithm (``md5``, ``sha1``, ``sha256``).
        kind: how it is packed, one of :data:`KINDS`.
        take: what to take of it: a folder, ending in ``/``, whose content is wanted, or a pattern
            of file names, wanted without their folders; empty for everything.
        into: where that goes in the data folder: a folder, ending in ``/``, or a file.
        unpacked_bytes: approximate size after unpacking.
        expected: what to count after unpacking: patterns of paths, or ``folders``, ``lines``,
            ``bytes``.
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
        if not target.is_dir():
            return target.exists()
        return any(path.name not in LEFT_BY_SYSTEMS for path in target.iterdir())


COLUMNS = tuple(field.name for field in fields(Source))


def read_sources(path: str | Path) -> dict[str, Source]:
    """The table, by name.

    Raises:
        InputError: not such a table, or a row that cannot be used, naming line and column.
    """
    sources: dict[str, Source] = {}
    header, rows = read_csv(path, "Check data.sources.")
    if tuple(header) != COLUMNS:
        columns = ", ".join(COLUMNS)
        raise InputError(f"{path}: its columns are not {columns}. See docs/formats.md.")
    for line, cells in rows:
        source = _source(dict(zip(COLUMNS, cells, strict=True)), f"{path}, line {line}")
        if source.name in sources:
            advice = "Give every row a name of its own."
            raise InputError(f"{path}: {source.name!r} is there twice. {advice}")
        sources[source.name] = source
    return sources


def _source(row: dict[str, Any], where: str) -> Source:
    """Check and convert one row."""
    for key in ("name", "group", "file", "kind", "into"):
        if not row[key]:
            raise InputError(f"{where}: {key} is empty.")
    file, kind, into, gated = row["file"], row["kind"], row["into"], row["gated"]
    plain = re.fullmatch(r"[a-z0-9_]+", row["name"] + row["group"])
    problems = {
        "name and group are lower-case letters, digits and underscores": not plain,
        f"kind {kind!r} is not one of {', '.join(KINDS)}": kind not in KINDS,
        f"file {file!r} is not a plain file name": Path(file).name != file or file[0] == ".",
        f"into {into!r} leaves the data folder": into[0] == "/" or ".." in Path(into).parts,
        f"gated is {gated!r}, not yes or no": gated not in ("yes", "no"),
        "no address, and not gated": gated == "no" and not row["url"],
        "gated, but no instructions": gated == "yes" and not row["instructions"],
        f"a single file ({kind}) goes into a file, not a folder": kind in ("gz", "file")
        and into.endswith("/"),
    }
    for problem, found in problems.items():
        if found:
            raise InputError(f"{where}: {problem}.")
    for key in ("bytes", "about_bytes", "unpacked_bytes"):
        if row[key] and not row[key].isdecimal():
            raise InputError(f"{where}, {key}: {row[key]!r} is not a whole number.")
        row[key] = int(row[key]) if row[key] else None
    row["mirrors"] = tuple(row["mirrors"].split())
    row["checksums"] = _checksums(row["checksums"], f"{where}, checksums")
    row["expected"] = _expected(row["expected"], f"{where}, expected")
    return Source(**row | {"gated": gated == "yes"})


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
    """Names of the sources that make one of these paths.

    Args:
        paths: each is, or is in, what a source unpacks to, or holds it.
        sources: of the table.
        root: the data folder.
    """
    wanted, names = [Path(os.path.abspath(path)) for path in paths], []
    for source in sources:
        target = Path(os.path.abspath(source.target(root)))
        if any(target in (path, *path.parents) or path in target.parents for path in wanted):
            names.append(source.name)
    return names
