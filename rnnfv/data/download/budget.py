"""Limits of what is written: the free disk, and what an archive or a server may give at most."""

from pathlib import Path
from typing import Any, BinaryIO, cast

from rnnfv.arrays.writing import DiskError, disk_problem, free_space, human
from rnnfv.errors import InputError

_SLACK = 2**20
_UNKNOWN, _SMALL = 100, 2**26
"""Times its packed size that an archive is guessed to unpack to where nothing is known; at least
so many bytes. Deflate packs a thousand to one at most."""


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


class Budget:
    """Bytes that may still be written.

    Args:
        what: needs them, for messages.
        folder: where they are written.
        announced: bytes that are expected, about; None where nothing is known.
        packed: size of what they come from, in bytes; 0 where it does not matter.
        written: bytes of them that are on the disk already.
    """

    def __init__(
        self, what: str, folder: Path, announced: int | None, packed: int = 0, written: int = 0
    ):
        self.what, self.folder, self.announced = what, folder, announced
        free = free_space(folder)
        guess = max(_UNKNOWN * packed, _SMALL) if packed else free
        self.limit = _SLACK + 2 * (guess if announced is None else announced + packed)
        self.by_disk = self.limit - written > free
        self.left = min(self.limit - written, free)

    def spend(self, size: int) -> None:
        """Take ``size`` bytes of it.

        Raises:
            NoSpaceError: the disk would be full.
            InputError: more than twice what was expected.
        """
        self.left -= size
        if self.left >= 0:
            return
        if self.by_disk:
            problem = f"{self.what} would fill the disk of {self.folder}"
            raise NoSpaceError(f"{problem}: make room and run the same command again.")
        known = f"about {human(self.announced)} were expected" if self.announced else "it is packed"
        problem = f"{self.what} is more than {human(self.limit)}, but {known}"
        advice = "It is not trustworthy, or the table of sources is wrong (about_bytes, "
        raise InputError(f"{problem}. {advice}unpacked_bytes).")

    def give_back(self, size: int) -> None:
        """Take ``size`` bytes less, where what was written has been removed."""
        self.left += size

    def file(self, file: BinaryIO, path: Path, size: int = 0) -> BinaryIO:
        """The file, open for writing within this budget.

        Args:
            file: open for writing.
            path: its place, for messages.
            size: bytes that it may have; 0 where that is not known.
        """
        return cast(BinaryIO, _Limited(file, path, size, self))


class _Limited:
    def __init__(self, file: BinaryIO, path: Path, size: int, budget: Budget):
        self._file, self._path, self._size, self._budget = file, path, size, budget
        self._written = 0

    def write(self, block: Any) -> int:
        """Write, and raise what is wrong as text: readers take other errors for damage."""
        self._written += len(block)
        if self._size and self._written > self._size:
            problem = f"{self._path.name} is larger than the {human(self._size)} announced"
            raise InputError(f"{self._budget.what}: {problem}. It is damaged: get it again.")
        self._budget.spend(len(block))
        try:
            return self._file.write(block)
        except OSError as error:
            raise disk_problem(error, self._path, self._written) or error from error
