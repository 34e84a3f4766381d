"""Files of models: one HDF5 file with named arrays, a JSON header and a checksum; no pickle.

The first 512 bytes are text: the format's name and the SHA-256 of all that follows. It is an HDF5
file with the data set ``header``, JSON, and the arrays that the header names. Reading builds
numbers, text, lists and arrays, and never runs anything that the file says.
"""

import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

import h5py
import numpy as np

from rnnfv.arrays.kinds import it_is
from rnnfv.arrays.provenance import code_version
from rnnfv.arrays.writing import at_home, atomic_path
from rnnfv.errors import InputError

FORMAT, VERSION = "rnnfv model", 1
LIBRARIES = ("numpy", "h5py", "scikit-learn", "torch")
_PREAMBLE_BYTES = 512  # HDF5's smallest user block, which its readers skip
_FIRST_LINE = f"{FORMAT}\n".encode()


@dataclass(frozen=True)
class Bundle:
    """The content of a model's file.

    Attributes:
        kind: name of the model's class.
        content: by name: None, numbers, text, arrays of numbers or text, bundles, and lists, tuples
            and dictionaries of these.
    """

    kind: str
    content: Mapping[str, Any]


def write_bundle(
    path: str | Path, bundle: Bundle, made_by: Mapping[str, Any] | None = None
) -> None:
    """Store a bundle. The same content gives the same bytes.

    Args:
        path: of the file; ``.rnnfv`` is the usual extension.
        bundle: the content.
        made_by: its provenance, anything JSON can hold.

    Raises:
        InputError: something of a type that cannot be stored.
    """
    arrays: dict[str, np.ndarray] = {}
    content = {name: _packed(value, name, arrays) for name, value in bundle.content.items()}
    versions = {"rnnfv": code_version()} | {name: metadata.version(name) for name in LIBRARIES}
    header = {"format": FORMAT, "version": VERSION, "kind": bundle.kind, "libraries": versions}
    try:
        header |= {"made_by": dict(made_by or {}), "content": content}
        text = json.dumps(header, sort_keys=True, indent=1, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        problem = "made_by has to be a dictionary of what JSON can hold"
        raise InputError(f"{problem} ({error}).") from error
    whole = io.BytesIO()
    with h5py.File(whole, "w", userblock_size=_PREAMBLE_BYTES) as file:
        file.create_dataset("header", data=np.frombuffer(text, np.uint8))
        for name, array in sorted(arrays.items()):
            file.create_dataset(f"arrays/{name}", data=array)
    whole.getbuffer()[:_PREAMBLE_BYTES] = _preamble(whole)
    with atomic_path(path) as temporary:
        temporary.write_bytes(whole.getbuffer())


def read_bundle(path: str | Path) -> Bundle:
    """Read what :func:`write_bundle` wrote.

    Raises:
        InputError: the file is absent, damaged, cut short, no model of rnnfv, or of a newer format.
    """
    with _open(path) as (file, header):
        content = {name: _unpacked(value, file) for name, value in header["content"].items()}
        return Bundle(header["kind"], content)


def read_header(path: str | Path) -> dict[str, Any]:
    """The header of a model's file.

    It has ``kind``, ``format``, ``version``, ``libraries`` (their versions), ``made_by``
    (provenance) and ``content``, in which arrays are only named.

    Raises:
        InputError: as :func:`read_bundle`.
    """
    with _open(path) as (_, header):
        return header


def is_bundle(path: str | Path) -> bool:
    """Whether a file begins as a model's file does."""
    with open(at_home(path), "rb") as raw:
        return raw.read(len(_FIRST_LINE)) == _FIRST_LINE


def _packed(value: Any, where: str, arrays: dict[str, np.ndarray]) -> Any:
    """A value as JSON; its arrays are added to ``arrays`` under their place."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        # Not JSON's: "nan" and "inf" are stored as text.
        return value if np.isfinite(value) else {"number": str(value)}
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        arrays[where] = value
        return {"array": where}
    if isinstance(value, np.ndarray) and value.dtype.kind in "UO":
        text = value.tolist()
        if all(isinstance(one, str) for one in value.ravel().tolist()):
            arrays[where] = np.frombuffer(json.dumps(text).encode(), np.uint8)
            return {"text": where}
    if isinstance(value, Bundle):
        return {"kind": value.kind, "content": _packed_items(value.content, where, arrays)}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {"map": _packed_items(value, where, arrays)}
    if isinstance(value, list | tuple | range):
        items = [_packed(one, f"{where}/{i}", arrays) for i, one in enumerate(value)]
        return items if isinstance(value, list) else {"tuple": items}
    described = f"{type(value).__name__} of {value.dtype}" if isinstance(value, np.ndarray) else ""
    what = described or type(value).__name__
    raise InputError(f"{where} is a {what}, which a model's file cannot hold.")


def _packed_items(
    items: Mapping[str, Any], where: str, arrays: dict[str, np.ndarray]
) -> dict[str, Any]:
    return {
        name: _packed(value, f"{where}/{quote(name, safe=' ')}", arrays)
        for name, value in items.items()
    }


def _unpacked(value: Any, file: h5py.File) -> Any:
    """The inverse of :func:`_packed`."""
    if isinstance(value, list):
        return [_unpacked(one, file) for one in value]
    if not isinstance(value, dict):
        return value
    if "number" in value:
        return float(value["number"])
    if "array" in value:
        return _array(file, value["array"])
    if "text" in value:
        return np.array(json.loads(_array(file, value["text"]).tobytes()), dtype=str)
    if "tuple" in value:
        return tuple(_unpacked(one, file) for one in value["tuple"])
    inside = value["content"] if "kind" in value else value["map"]
    items = {name: _unpacked(one, file) for name, one in inside.items()}
    return Bundle(value["kind"], items) if "kind" in value else items


def _array(file: h5py.File, name: str) -> np.ndarray:
    """An array of the file; one that lies elsewhere, or is not all there, is refused."""
    stored = file[f"arrays/{name}"]
    inside = not stored.is_virtual and stored.external is None and stored.file == file
    if not inside or stored.id.get_storage_size() != stored.size * stored.dtype.itemsize:
        raise KeyError(name)
    return stored[()]


@contextmanager
def _open(path: str | Path) -> Iterator[tuple[h5py.File, dict[str, Any]]]:
    """The open file, after its checksum has been found right, and its header."""
    path = at_home(path)
    _check(path)
    try:
        with h5py.File(path, "r", locking=False) as file:
            header = json.loads(file["header"][()].tobytes())
            version = int(header["version"])
            if version > VERSION:
                problem = f"made by a newer rnnfv (format {version}; this one reads {VERSION})"
                raise InputError(f"{path}: {problem}. Install that version, or a later one.")
            yield file, header
    except InputError:
        raise
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        problem = f"not a complete model of rnnfv ({error})"
        raise InputError(f"{path}: {problem}. Copy or make it again.") from error


def _check(path: str | Path) -> None:
    """Compare the file with the checksum in it.

    Raises:
        InputError: the file is absent, foreign, damaged or cut short.
    """
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            raise ValueError("it is no file")
        with open(path, "rb") as raw:
            preamble = raw.read(_PREAMBLE_BYTES)
            expected = _preamble(raw) if preamble.startswith(_FIRST_LINE) else b""
    except (OSError, TypeError, ValueError) as error:
        problem = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        raise InputError(f"{path}: {problem}. Check the path and its permissions.") from error
    if not preamble.startswith(_FIRST_LINE):
        kinds = f"a file that save wrote begins with {FORMAT!r}"
        raise InputError(f"{path}: not a model of rnnfv; {kinds}.{it_is(path)} Check the path.")
    if preamble != expected:
        problem = "damaged or cut short: its checksum is wrong"
        raise InputError(f"{path}: {problem}. Copy or make it again.")


def _preamble(raw: io.BufferedIOBase) -> bytes:
    """The text that a file must begin with, whatever it begins with now."""
    raw.seek(_PREAMBLE_BYTES)
    digest = hashlib.sha256()
    while block := raw.read(2**20):
        digest.update(block)
    text = _FIRST_LINE + f"sha256 {digest.hexdigest()}\n".encode()
    return text.ljust(_PREAMBLE_BYTES, b"\n")
