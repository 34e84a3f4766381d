"""Files that were replaced since a job read them: the job has to run again.

Snakemake itself takes a file for a new one where it is newer than what was made of it. A file that
is replaced by an older one is noticed by :func:`identities_now`, a parameter of every job that has
files of the user's as inputs. Videos and images are too many to be inputs: a job keeps the identity
(size and time of change) of every one that it read, beside its output. When the next run is
planned, :func:`since` looks at the files again, without reading them. What it returns is a
parameter of the job, and a job runs again when its parameters change. The job keeps its parameter,
too, so that afterwards nothing has changed.
"""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from rnnfv.arrays.intermediates import read_json
from rnnfv.arrays.provenance import config_hash, file_sha256
from rnnfv.arrays.writing import write_json
from rnnfv.data.files import identity, on_disk
from rnnfv.errors import InputError

_SMALL = 10**6  # bytes


def identities(paths: Iterable[str | Path]) -> dict[str, str]:
    """The identity of each file; taken before it is read."""
    return {str(path): identity(on_disk(path)) for path in paths}


def identities_now(paths: Iterable[str]) -> dict[str, str]:
    """The digest of every small file as it is at this moment, and the identity of others.

    Snakemake compares the content of small files, too: a copy is no other file.
    """
    found = {str(path): identity(path) for path in paths}
    small = [path for path in found if os.path.isfile(path) and os.path.getsize(path) < _SMALL]
    for path in small:
        with suppress(InputError):  # it cannot be read: the job that needs it says so
            found[path] = file_sha256(path)
    return found


def keep(seen: str | Path, mark: str, files: Mapping[str, str]) -> None:
    """Keep what a job read; where that is nothing, only what an earlier one kept is replaced.

    Args:
        seen: the file to keep it in.
        mark: what :func:`since` gave when the job was planned.
        files: of :func:`identities`.
    """
    if files or Path(seen).exists():
        write_json(seen, {"since": mark, "files": dict(files)})


def since(seen: str | Path) -> str:
    """A mark that is another one when any of the files that a job read is no longer the same."""
    try:
        kept = read_json(seen, ("files", "since"))
        files, mark = dict(kept["files"]), str(kept["since"])
    except (ValueError, TypeError):
        return ""  # the job has not run
    found = identities(files)
    return mark if found == files else config_hash(found)
