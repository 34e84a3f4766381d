"""HDF5 files that are whole or absent, and that say what made them.

Three formats cross the boundaries between steps: *sequences* (:mod:`rnnfv.arrays.sequences`),
*vectors* (here) and *frames* (:mod:`rnnfv.features.media.frames`). All are written to a temporary
name beside the target and renamed when complete, so a killed job never leaves half a file under
the real name. Attributes hold no time stamps: the same run on the same machine gives the same
bytes.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from rnnfv.arrays.writing import SurvivingFile, atomic_path
from rnnfv.errors import InputError

BLOCK_BYTES = 256 * 2**20
"""How much of a large array a streaming step holds at a time."""


def write_json(path: str | Path, content: Any) -> None:
    """Write ``content`` as JSON, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


@contextmanager
def create_h5(path: str | Path, attributes: Mapping[str, Any] | None = None) -> Iterator[h5py.File]:
    """Open a new HDF5 file for writing; it appears at ``path`` only if the block finishes.

    Raises:
        DiskError: the disk is full, a quota used up, or the like.
    """
    with atomic_path(path) as temporary, SurvivingFile(temporary) as storage:
        with h5py.File(storage, "w") as file:
            try:
                file.attrs.update(sorted((attributes or {}).items()))
                yield file
            finally:
                storage.closing = True
        if storage.failure:
            raise storage.failure


@contextmanager
def open_h5(path: str | Path, needs: Sequence[str]) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading and check that it holds the data sets named in ``needs``.

    Raises:
        InputError: the file is absent, not HDF5, or lacks one of them.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file. Check the path in the configuration.")
    try:
        file = h5py.File(path, "r", locking=False)  # files are whole or absent
    except OSError as error:
        message = f"{path}: not a readable HDF5 file ({error}). Make or copy it again."
        raise InputError(message) from error
    with file:
        missing = [name for name in needs if name not in file]
        if missing:
            kind = f"a file of this kind holds {', '.join(needs)}"
            problem = f"data set {', '.join(missing)} missing; {kind}"
            raise InputError(f"{path}: {problem}. See docs/formats.md.")
        yield file


def write_ids(file: h5py.File, ids: Sequence[str]) -> None:
    """Store ``ids`` as fixed-length UTF-8: compact, and the same bytes every time."""
    encoded = [name.encode() for name in ids]
    length = max([len(name) for name in encoded], default=1) or 1
    file.create_dataset("ids", data=np.array(encoded, dtype=h5py.string_dtype("utf-8", length)))


def read_ids(file: h5py.File) -> list[str]:
    """The ids of a sequences or vectors file, whichever string type they were stored with.

    Raises:
        InputError: two items have the same id.
    """
    raw = file["ids"][:]
    ids = [name.decode("utf-8") if isinstance(name, bytes) else str(name) for name in raw.tolist()]
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            advice = "Every item needs an id of its own."
            raise InputError(f"{file.filename}: id {name!r} occurs more than once. {advice}")
        seen.add(name)
    return ids


def write_vectors(
    path: str | Path,
    ids: Sequence[str],
    blocks: Iterator[np.ndarray],
    dim: int,
    attributes: Mapping[str, Any] | None = None,
    dtype: type = np.float32,
) -> None:
    """Stream blocks of rows to a *vectors* file: ``ids`` (n) and ``values`` (n, dim).

    Args:
        path: of the file.
        ids: (n,) one a row.
        blocks: of rows, each (b, dim), n in all.
        dim: D.
        attributes: of the file.
        dtype: of the stored values.
    """
    with create_h5(path, attributes) as file:
        write_ids(file, ids)
        # The file is written by rows and, when dim is large, read by columns: chunks of both.
        chunks = (min(len(ids), 64) or 1, min(dim, 4096))
        values = file.create_dataset("values", shape=(len(ids), dim), dtype=dtype, chunks=chunks)
        start = 0
        for block in blocks:
            values[start : start + len(block)] = block
            start += len(block)
        if start != len(ids):
            raise ValueError(f"{path}: {len(ids)} ids but {start} rows")


@contextmanager
def open_vectors(path: str | Path) -> Iterator[tuple[list[str], h5py.Dataset, dict[str, Any]]]:
    """Ids, values (n, D) and attributes of a *vectors* file; values stay on disk until sliced.

    Raises:
        InputError: the file is not a vectors file.
    """
    with open_h5(path, ["ids", "values"]) as file:
        ids, values = read_ids(file), file["values"]
        if len(values.shape) != 2 or len(values) != len(ids):
            found = f"values have shape {values.shape} for {len(ids)} ids"
            raise InputError(f"{path}: {found}; expected (n, D).")
        yield ids, values, dict(file.attrs)


def weights_label(path: str | Path) -> str:
    """The weights that made the features of a sequences or vectors file, in words, for the tables.

    The ``weights`` attribute, which every step passes on; for a file of the user's own that lacks
    it, its ``network`` attribute or its name.
    """
    with open_h5(path, ["ids"]) as file:
        own = file.attrs.get("network", f"own file {Path(path).name}")
        return str(file.attrs.get("weights", own))


def config_hash(settings: Any) -> str:
    """Twelve hexadecimal digits that change when ``settings`` (anything JSON can hold) change."""
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def file_sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal, read in blocks."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def code_version() -> str:
    """``rnnfv``'s version and a digest of its source: which code made a number."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for source in sorted([*package.rglob("*.py"), *package.rglob("*.toml")]):
        digest.update(source.relative_to(package).as_posix().encode() + b"\0" + source.read_bytes())
    from rnnfv import __version__

    return f"{__version__}+{digest.hexdigest()[:8]}"


def provenance(settings: Any, libraries: Sequence[str] = (), **facts: Any) -> dict[str, Any]:
    """Attributes for an HDF5 file.

    Args:
        settings: anything JSON can hold; its hash is kept.
        libraries: whose versions are kept, beside NumPy's and h5py's.
        facts: kept as they are, but for those that are None.
    """
    versions = {f"version_{name}": metadata.version(name) for name in ("numpy", "h5py", *libraries)}
    known = {key: value for key, value in facts.items() if value is not None}
    return {"code": code_version(), "config_hash": config_hash(settings)} | versions | known
