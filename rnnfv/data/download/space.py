"""Disk space: checked before a byte is written, and shown in units people read."""

import shutil
from pathlib import Path

from rnnfv.errors import InputError


class NoSpaceError(InputError):
    """The disk is too small: no other address helps."""


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
