"""Names in archives: where each member may go, and which are not trustworthy."""

import fnmatch
import re
from pathlib import Path, PurePosixPath

from rnnfv.data.files import one_form, seen
from rnnfv.errors import InputError


def safe_name(name: str, archive: str | Path) -> PurePosixPath:
    """A member's name as a relative path.

    Raises:
        InputError: the name is absolute or climbs out of the folder it is unpacked to.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or "\0" in name or re.match(r"[A-Za-z]:", name):
        problem = f"member {name!r} would be written outside the folder it is unpacked to"
        advice = "The archive is not trustworthy: remove it and get it from another address."
        raise InputError(f"{archive}: {problem}. {advice}")
    return path


def wanted_name(path: PurePosixPath, take: str) -> PurePosixPath | None:
    """Where a member goes in the target folder; None where it is not wanted."""
    if not take:
        return path
    if take.endswith("/"):
        folder = PurePosixPath(take)
        return path.relative_to(folder) if path.is_relative_to(folder) else None
    # Extended attributes of a Mac lie beside the files, under names that match, too.
    mac = "__MACOSX" in path.parts or path.name.startswith("._")
    return PurePosixPath(path.name) if fnmatch.fnmatchcase(path.name, take) and not mac else None


def check_name(path: PurePosixPath, taken: dict[str, PurePosixPath], archive: str | Path) -> None:
    """Note in ``taken`` that a member goes to ``path``.

    Args:
        path: in the target folder.
        taken: the paths so far, by how a disk of Windows or a Mac tells them apart.
        archive: its file, for messages.

    Raises:
        InputError: the name holds characters that nobody sees, or differs from another in case or
            Unicode's form alone.
    """
    name = str(path)
    other = taken.setdefault(one_form(name.casefold()), path)
    if seen(name) != name:
        problem = f"member {name!a} has characters in its name that cannot be seen"
    elif other != path:
        problem = f"members {str(other)!a} and {name!a} are one file on many disks"
    else:
        return
    raise InputError(f"{archive}: {problem}. Remove {archive} and get another.")
