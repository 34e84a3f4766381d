"""Archives to their place, whole or not at all.

What is unpacked goes into a temporary folder beside its place, is counted, then renamed.
"""

import errno
import fnmatch
import glob
import logging
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from rnnfv.arrays.writing import FULL, alone, disk_errors
from rnnfv.data.download.archives import Member, Write, members
from rnnfv.data.download.budget import Budget, require_space
from rnnfv.data.download.member_names import check_name, safe_name, wanted_name
from rnnfv.data.download.sources import Source
from rnnfv.errors import InputError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Unpacked:
    """A result that is in place.

    Attributes:
        target: file or folder.
        counts: what was counted, by the patterns of the table.
        found: True where it was there before, and was left as it is.
        notes: where what was there before is not what the table expects.
        left_out: members of the archive that are not wanted.
    """

    target: str
    counts: dict[str, int]
    found: bool = False
    notes: list[str] = field(default_factory=list)
    left_out: int = 0


def unpack(source: Source, root: str | Path, keep_archive: bool = True) -> Unpacked:
    """Unpack the archive of ``source`` to its place under ``root``.

    What is there already is counted and left in peace. An archive of archives is unpacked with one
    inner archive on disk at a time. A single file that is not packed is moved.

    Args:
        source: its row of the table.
        root: the data folder.
        keep_archive: False removes the archive when all is in place.

    Raises:
        InputError: the archive is damaged, holds a name that leaves the folder or cannot be seen, a
            link or something twice, or not what the table expects, or the disk is too small.
            Nothing is left behind then.
    """
    with alone(source.target(root)):
        return _put_in_place(source, root, keep_archive)


def _put_in_place(source: Source, root: str | Path, keep_archive: bool) -> Unpacked:
    archive, target = source.archive(root), source.target(root)
    if source.in_place(root):
        counts = count(target, source.expected)
        notes = differences(counts, source.expected)
        for note in notes:
            log.warning("%s was there before and is left as it is, but %s", target, note)
        return Unpacked(str(target), counts, found=True, notes=notes)
    if not archive.is_file():
        raise InputError(f"{archive}: no such file. Get it: snakemake data_{source.group}")
    if source.kind == "file":
        return Unpacked(str(target), _place_file(source, archive, target))
    size = source.unpacked_bytes or archive.stat().st_size
    require_space(target.parent, size, f"what is in {archive.name}")
    with disk_errors(target), _workplace(target) as folder:
        left_out = _unpack_all(source, archive, folder)
        if not any(path.is_file() and path.stat().st_size for path in folder.rglob("*")):
            reason = f"{left_out} members are not in {source.take!r}" if left_out else "it is empty"
            advice = f"Remove {archive} and get it again, or correct the row {source.name}."
            raise InputError(f"{archive}: nothing was unpacked: {reason}. {advice}")
        made = folder if source.into.endswith("/") else _only_file(folder, archive, source.take)
        counts = _counted(made, source, archive)
        if target.is_dir():
            shutil.rmtree(target)  # an empty one, but for what a system has left
        os.replace(made, target)
    if left_out:
        what = f"members outside {source.take!r} are not wanted and left out"
        log.info("%s: %d %s", archive, left_out, what)
    if not keep_archive:
        archive.unlink()
    return Unpacked(str(target), counts, left_out=left_out)


def _counted(made: Path, source: Source, archive: Path) -> dict[str, int]:
    counts = count(made, source.expected)
    if wrong := differences(counts, source.expected):
        problem = f"{archive}: not what is expected: {'; '.join(wrong)}"
        advice = f"get it again, or correct the row {source.name} of the table of sources"
        raise InputError(f"{problem}. It is incomplete or another release: {advice}.")
    return counts


@contextmanager
def _workplace(target: Path) -> Iterator[Path]:
    """A temporary folder on the target's disk, gone at the end, like those of killed jobs."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f".{glob.escape(target.name)}.*.unpacking"):
        left.unlink() if left.is_symlink() else shutil.rmtree(left)
    folder = target.with_name(f".{target.name}.{os.getpid()}.unpacking")
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack_all(source: Source, archive: Path, folder: Path) -> int:
    """Write what is wanted of an archive, or of those in it, to ``folder``; count the rest."""
    packed, what = archive.stat().st_size, f"{archive}: what is in it"
    announced = source.unpacked_bytes or source.expected.get("bytes")
    budget = Budget(what, folder, announced, packed)
    if source.kind != "rar-in-rar":
        return _unpack_one(archive, source.kind, source.take, folder, budget)
    left_out, inner = 0, folder.with_name(f"{folder.name}.rar")
    for member, write in members(archive, source.kind):
        if member.is_folder or not member.name.lower().endswith(".rar"):
            left_out += not member.is_folder
            continue
        _check_member(member, archive)
        try:
            with open(inner, "xb") as file:
                write(budget.file(file, inner, member.size))
            log.info("%s: %s", archive.name, member.name)
            called = f"{archive}, in it {member.name}"
            left_out += _unpack_one(inner, "rar", source.take, folder, budget, called)
            budget.give_back(inner.stat().st_size)
        finally:
            inner.unlink(missing_ok=True)
    return left_out


def _unpack_one(
    archive: Path, kind: str, take: str, folder: Path, budget: Budget, called: str = ""
) -> int:
    left_out = 0
    taken: dict[str, PurePosixPath] = {}
    try:
        for member, write in members(archive, kind):
            _check_member(member, archive)
            wanted = wanted_name(safe_name(member.name, archive), take)
            if wanted is None:
                left_out += not member.is_folder
                continue
            check_name(wanted, taken, archive)
            if member.is_folder:
                with _naming_member(archive, member):
                    (folder / wanted).mkdir(parents=True, exist_ok=True)
            else:
                _write(folder / wanted, write, archive, member, budget)
    except InputError as error:
        raise (InputError(str(error).replace(str(archive), called)) if called else error) from error
    return left_out


@contextmanager
def _naming_member(archive: Path, member: Member) -> Iterator[None]:
    """Say in words why a member cannot have the place that its name says."""
    try:
        yield
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise  # told where it is known what is written
        if isinstance(error, FileExistsError | NotADirectoryError | IsADirectoryError):
            problem = f"{archive}: {member.name} is in it twice, or is a file and a folder"
        else:
            problem = f"{archive}: member {member.name!r} cannot be written ({error})"
        raise InputError(f"{problem}. Remove {archive} and get another.") from error


def _write(path: Path, write: Write, archive: Path, member: Member, budget: Budget) -> None:
    with _naming_member(archive, member):
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "xb") as file:
            write(budget.file(file, path, member.size))
    size = path.stat().st_size
    if member.size and size != member.size:
        what = f"member {member.name} is damaged: {size} of {member.size} bytes"
        raise InputError(f"{archive}: {what}.")


def _check_member(member: Member, archive: Path) -> None:
    """No data set here needs links or passwords, and a link can point anywhere."""
    if member.is_link:
        advice = "That is not unpacked; get another archive."
        raise InputError(f"{archive}: {member.name} is a link or a device. {advice}")
    if member.is_encrypted:
        advice = "Get an archive without a password."
        raise InputError(f"{archive}: {member.name} is encrypted. {advice}")


def _only_file(folder: Path, archive: Path, take: str) -> Path:
    files = [path for path in folder.rglob("*") if path.is_file()]
    if len(files) != 1:
        names = ", ".join(sorted(path.name for path in files)[:4]) or "none"
        what = f"{len(files)} files match {take or 'everything'!r} ({names})"
        raise InputError(f"{archive}: {what}; one is needed.")
    return files[0]


def _place_file(source: Source, archive: Path, target: Path) -> dict[str, int]:
    target.parent.mkdir(parents=True, exist_ok=True)
    counts = _counted(archive, source, archive)
    try:
        os.replace(archive, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with _workplace(target) as folder:  # the downloads are on another disk
            os.replace(shutil.copyfile(archive, folder / target.name), target)
        archive.unlink()
    return counts


def count(path: Path, expected: dict[str, int]) -> dict[str, int]:
    """Count what ``expected`` asks for.

    That is ``lines`` and ``bytes`` of a file, ``folders`` directly in a folder, and files whose
    path in the folder, or name, matches a pattern. Files of a Mac's Finder (``._name``) do not
    count.
    """
    counts: Counter[str] = Counter()
    if path.is_file():
        counts["bytes"] = path.stat().st_size
        if "lines" in expected:
            with open(path, "rb") as file:
                counts["lines"] = sum(1 for _ in file)
    for folder, folders, names in os.walk(path):
        if folder == str(path):
            counts["folders"] = len(folders)
        inside = PurePosixPath(Path(folder).relative_to(path).as_posix())
        for name in names:
            for pattern in expected:
                match = any(fnmatch.fnmatchcase(x, pattern) for x in (str(inside / name), name))
                counts[pattern] += match and not name.startswith("._")
    return {pattern: counts[pattern] for pattern in expected}


def differences(counts: dict[str, int], expected: dict[str, int]) -> list[str]:
    """Counts that are not as expected, in words."""
    wrong = [key for key, number in expected.items() if counts[key] != number]
    return [f"{counts[key]} {key} instead of {expected[key]}" for key in wrong]
