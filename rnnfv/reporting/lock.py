"""The meaning of a lock in the folder of a run, and what to do about it."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from rnnfv.command import command

SCRIPTS = ".snakemake/scripts/"  # where the scripts of jobs are


def lock_message(folder: str | Path, options: Sequence[str]) -> str:
    """In words: another run is at work in the folder, or one was killed there.

    Args:
        folder: where the run works.
        options: of the command line, for the command that removes the lock.
    """
    if any(_others(Path(folder))):
        what = "Another run, or a job of one that was killed, is at work"
        return f"{what} in {folder}. Wait until it has ended."
    unlock = command(["--unlock"], options)
    return (
        f"The last run in {folder} was killed and has left a lock; no other run of this machine "
        "works there.\nIf none of another machine does, remove the lock. Then the same command "
        f"goes on where it was.\n  {unlock}"
    )


def _others(folder: Path) -> Iterator[int]:
    """Numbers of other processes of Snakemake in the folder, as far as the system tells."""
    mine = set(_ancestors(os.getpid()))
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_text(errors="replace").split("\0")[:3]
            is_here = (entry / "cwd").resolve() == folder.resolve()
        except OSError:  # it has ended, or belongs to somebody else
            continue
        is_run = any(Path(word).name == "snakemake" or SCRIPTS in word for word in words)
        if is_here and is_run and int(entry.name) not in mine:
            yield int(entry.name)


def _ancestors(number: int) -> Iterator[int]:
    """A process and those that it descends from, as far as the system tells."""
    while number > 1:
        yield number
        try:
            status = Path(f"/proc/{number}/status").read_text()
        except OSError:
            return
        number = next(int(line.split()[1]) for line in status.splitlines() if "PPid" in line)
