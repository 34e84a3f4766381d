"""Disk space: checked before a byte is written."""

from pathlib import Path

from rnnfv.arrays.writing import DiskError, free_space, human


class NoSpaceError(DiskError):
    """The disk is too small: no other address helps."""


def require_space(folder: str | Path, size: int, what: str) -> None:
    """Check that ``size`` bytes fit on the disk of ``folder``.

    Args:
        folder: there, or to be made.
        size: bytes.
        what: needs them, for the message.

    Raises:
        NoSpaceError: they do not; says how many are missing.
    """
    free = free_space(folder)
    if size > free:
        needs = f"{what} needs {human(size)} and {human(free)} are free at {folder}"
        advice = "Make room, or set data.root to a folder on a larger disk."
        raise NoSpaceError(f"{needs}: {human(size - free)} are missing. {advice}")
