"""The origin of a file, for its attributes: settings, code, libraries, weights."""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import h5py

from rnnfv.arrays.hdf5 import open_h5
from rnnfv.errors import InputError
from rnnfv.public import VERSION


def weights_label(path: str | Path) -> str:
    """The weights that made the features of a sequences or vectors file, in words, for the tables.

    The ``weights`` attribute, which every step passes on; for a file of the user's own that lacks
    it, its ``network`` attribute or its name.
    """
    with open_h5(path, ["ids"]) as file:
        given = [file.attrs.get(name, "") for name in ("weights", "network")]
    for label in (*given, f"own file {Path(path).name}"):
        text = label if isinstance(label, bytes) else str(label).encode(errors="surrogateescape")
        words = text.decode(errors="replace").split()
        if words and not isinstance(label, h5py.Empty):
            break
    return " ".join(words)


def config_hash(settings: Any) -> str:
    """Twelve hexadecimal digits that change when ``settings`` (anything JSON can hold) change."""
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def file_sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal, read in blocks.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        problem = f"{path}: cannot be read ({error.strerror})"
        raise InputError(f"{problem}. Check the file and its disk.") from error


@cache
def code_version() -> str:
    """``rnnfv``'s version and a digest of its source: which code made a number."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for source in sorted([*package.rglob("*.py"), *package.rglob("*.toml")]):
        digest.update(source.relative_to(package).as_posix().encode() + b"\0" + source.read_bytes())
    return f"{VERSION}+{digest.hexdigest()[:8]}"


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
