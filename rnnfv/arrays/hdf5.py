"""HDF5 files that are whole or absent, and that say what made them.

Three formats cross the boundaries between steps: *sequences* (:mod:`rnnfv.arrays.sequences`),
*vectors* (:mod:`rnnfv.arrays.vectors`) and *frames* (:mod:`rnnfv.features.media.frames`). All are
written to a temporary name beside the target and renamed when complete, so a killed job never
leaves half a file under the real name. Attributes hold no time stamps: the same run on the same
machine gives the same bytes.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from rnnfv.arrays.kinds import it_is
from rnnfv.arrays.writing import SurvivingFile, at_home, atomic_path
from rnnfv.errors import InputError

_FROM_HDF5 = re.compile(r"(Can't|Unable to) (synchronously )?\w+|No NumPy equivalent for")
"""Errors that h5py raises for damaged files."""

_AGAIN = (
    "Features of your own: write them by rnnfv.write_sequences (docs/sequences.md) or copy them "
    "again. What a run made: run its command again without it."
)

_MOST_PACKED = 1100
"""Times its size in the file that an array can have."""

BLOCK_BYTES = 256 * 2**20
"""How much of a large array a streaming step holds at a time."""

CHUNK_BYTES = 2**20
"""Of whole rows with one checksum, where an array has no chunks of its own."""


class _Checked(h5py.File):
    """A file whose arrays have checksums, so that a flipped bit is an error where it is read."""

    def create_dataset(
        self, name: str, shape: Any = None, dtype: Any = None, data: Any = None, **options: Any
    ) -> h5py.Dataset:
        """A new data set; with checksums, unless it is a list, which has strings of any length.

        An array that comes without chunks gets chunks of whole rows.

        Args:
            name: as h5py's method has it, as are the others.
            shape: of the array.
            dtype: of its entries.
            data: the array itself.
            options: more of h5py's.
        """
        if isinstance(data, np.ndarray) and data.size and data.ndim and "chunks" not in options:
            rows = max(1, CHUNK_BYTES * len(data) // data.nbytes)
            options["chunks"] = (min(len(data), rows), *data.shape[1:])
        options["fletcher32"] = "chunks" in options
        return super().create_dataset(name, shape, dtype, data, **options)


@contextmanager
def create_h5(path: str | Path, attributes: Mapping[str, Any] | None = None) -> Iterator[h5py.File]:
    """Open a new HDF5 file for writing; it appears at ``path`` only if the block finishes.

    Raises:
        DiskError: the disk is full, a quota used up, or the like.
    """
    with atomic_path(path) as temporary, SurvivingFile(temporary) as storage:
        with _Checked(storage, "w") as file:
            try:
                _set_attributes(file, attributes or {})
                yield file
            finally:
                storage.closing = True
        if storage.failure:
            raise storage.failure


def _set_attributes(file: h5py.File, attributes: Mapping[str, Any]) -> None:
    """Store attributes in the order of their names."""
    try:
        file.attrs.update(sorted(attributes.items()))
    except (TypeError, ValueError, RuntimeError, AttributeError) as error:
        problem = "HDF5 takes a dictionary of text, numbers and lists of them"
        raise InputError(f"the attributes {attributes!r} cannot be stored: {problem}.") from error


@contextmanager
def open_h5(path: str | Path, needs: Sequence[str]) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading and check that it holds the data sets named in ``needs``.

    Raises:
        InputError: the file is absent, not HDF5, lacks one of them, holds something else under
            that name (:data:`FORMS`), or is damaged where it is read.
    """
    path = at_home(path)
    try:
        there = path.is_file()
    except OSError as error:
        raise InputError(f"{path}: not readable ({error.strerror}).") from error
    if not there:
        raise InputError(f"{path}: no such file. Check the path in the configuration.")
    try:
        file = h5py.File(path, "r", locking=False)  # files are whole or absent
    except OSError as error:
        problem = f"{path}: not a readable HDF5 file ({error}).{it_is(path)}"
        raise InputError(f"{problem} {_AGAIN}") from error
    with file:
        try:
            missing = [name for name in needs if name not in file]
            if missing:
                kind = f"a file of this kind holds {', '.join(needs)}"
                problem = f"data set {', '.join(missing)} missing; {kind}"
                raise InputError(f"{path}: {problem}. See docs/formats.md.")
            for name in needs:
                if name in FORMS:
                    _check_form(file, name, path)
            yield file
        except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, InputError) or not _FROM_HDF5.search(str(error)):
                raise
            problem = f"{path}: damaged, or its compression is not installed ({error})"
            raise InputError(f"{problem}. {_AGAIN}") from error


@dataclass(frozen=True)
class Form:
    """The kind of data set that a name stands for in all files.

    Attributes:
        dimensions: of its shape.
        kinds: NumPy's letters for the types it may have; "S" is text.
        words: the same for messages.
    """

    dimensions: int
    kinds: str
    words: str


FORMS = {
    "ids": Form(1, "S", "a list of text"),
    "offsets": Form(1, "iu", "a list of whole numbers"),
    "values": Form(2, "fiu", "a matrix of real numbers"),
    "shapes": Form(2, "iu", "a matrix of whole numbers"),
    "data": Form(1, "u", "a list of bytes"),
    "info": Form(2, "f", "a matrix of real numbers"),
}
"""Data sets that files of the user's may hold, or that are made of these."""


def _check_form(file: h5py.File, name: str, path: Path) -> None:
    """Raise InputError where a data set is something else than its name promises."""
    form = FORMS[name]
    try:
        item = file[name]
    except (KeyError, OSError, RuntimeError) as error:
        raise InputError(f"{path}: {name} cannot be opened ({error}). Make it again.") from error
    wanted = f"{path}: {name} should be {form.words}"
    if not isinstance(item, h5py.Dataset):
        found = type(item).__name__.lower()
        raise InputError(f"{wanted}; it is a {found}, not a data set. See docs/formats.md.")
    kind = "S" if h5py.check_string_dtype(item.dtype) else item.dtype.kind.replace("S", "bytes")
    shape = item.shape or ()
    if kind not in form.kinds or len(shape) != form.dimensions or shape[1:] == (0,):
        found = f"{item.dtype} of shape {item.shape}"
        raise InputError(f"{wanted}, not {found}. See docs/formats.md.")
    if item.is_virtual or item.external is not None or item.file != file:
        problem = f"{path}: {name} lies in other files, whose loss or change nobody would notice"
        raise InputError(f"{problem}. Copy its numbers into this file.")
    if item.nbytes > 2**30 + _MOST_PACKED * path.stat().st_size:
        problem = f"{name} announces {item.nbytes} bytes, which are not in the file"
        raise InputError(f"{path}: {problem}. Make it again.")
    if item.size and item.id.get_space_status() != h5py.h5d.SPACE_STATUS_ALLOCATED:
        problem = f"{name} was not written to its end, and HDF5 would fill the rest in"
        raise InputError(f"{path}: {problem}. Make it again.")


def write_ids(file: h5py.File, ids: Sequence[str]) -> None:
    """Store ``ids`` as fixed-length UTF-8: compact, and the same bytes every time."""
    for name in ids:
        if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in name):
            raise InputError(f"id {name!r} holds a sign that no file can keep: rename it.")
    encoded = [name.encode() for name in ids]
    length = max([len(name) for name in encoded], default=1) or 1
    file.create_dataset("ids", data=np.array(encoded, dtype=h5py.string_dtype("utf-8", length)))


def read_ids(file: h5py.File) -> list[str]:
    """The ids of a sequences or vectors file, whichever string type they were stored with.

    Names are in Unicode's composed form, as those of manifests.

    Raises:
        InputError: an id is empty or no UTF-8, or two items have the same.
    """
    ids = []
    for i, raw in enumerate(file["ids"][:].tolist()):
        try:
            name = raw.decode("utf-8") if isinstance(raw, bytes) else str(raw)
        except UnicodeDecodeError as error:
            problem = f"{file.filename}: ids[{i}], {raw!r}, is not UTF-8"
            raise InputError(f"{problem}. Store ids as UTF-8.") from error
        ids.append(unicodedata.normalize("NFC", name))
    seen: set[str] = set()
    for i, name in enumerate(ids):
        if not name:
            raise InputError(f"{file.filename}: ids[{i}] is empty. Every item needs an id.")
        if name in seen:
            advice = "Every item needs an id of its own."
            raise InputError(f"{file.filename}: id {name!r} occurs more than once. {advice}")
        seen.add(name)
    return ids
