"""Ragged sequences of vectors: the type every step after feature extraction works on.

A *sequences* file holds ``ids`` (n, UTF-8), ``offsets`` (n + 1, int64) and ``values`` (sum of
lengths, D; float16 or float32); sequence i is ``values[offsets[i]:offsets[i + 1]]``. In memory the
same three things are a :class:`Sequences`, whose values may be an array or an open HDF5 data set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import h5py
import numpy as np

from rnnfv.arrays.checks import (
    check_fits,
    check_rows,
    flaws,
    floating,
    items_of,
    peaks_of,
    real_array,
    typical_of,
    warn_of_other_unit,
)
from rnnfv.arrays.hdf5 import BLOCK_BYTES, create_h5, open_h5, read_ids, write_ids
from rnnfv.errors import InputError


class TableRows:
    """Rows of a table, picked by number: row t is ``table[index[t]]``.

    Stands in for an array of sequence elements. Sentences repeat a few thousand words: 6.8 million
    steps of 300-dimensional words take 8 GB as an array, and 27 MB as numbers of rows beside their
    table.

    Args:
        table: (V, D) float array.
        index: (total length,) integers.
    """

    def __init__(self, table: np.ndarray, index: np.ndarray):
        self.table, self.index = table, index
        self.shape = len(index), table.shape[1]  # as if the rows were copied out

    @property
    def dtype(self) -> np.dtype:
        """The table's type."""
        return self.table.dtype

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, key: Any) -> np.ndarray:
        """The rows at ``key``, a slice or an index array, copied out."""
        return self.table[self.index[key]]


Values: TypeAlias = "np.ndarray | h5py.Dataset | TableRows"


class Sequences:
    """n sequences of D-dimensional vectors, of any lengths.

    Args:
        ids: n names, used in error messages and to join with manifests.
        offsets: (n + 1,) int64; ``offsets[0] == 0``.
        values: (total length, D) array, HDF5 data set or :class:`TableRows`.

    Raises:
        InputError: they do not fit together.

    Examples:
        >>> two = Sequences(["a", "b"], np.array([0, 2, 3]), np.eye(3))
        >>> two.lengths.tolist(), two.dim, two[1].tolist()
        ([2, 1], 3, [[0.0, 0.0, 1.0]])
    """

    def __init__(self, ids: Sequence[str], offsets: np.ndarray, values: Values):
        self.names: list[str] = []  # of the D columns, where they came in data frames
        self.ids, offsets = list(ids), real_array(offsets, "offsets")
        on_disk = isinstance(values, h5py.Dataset | TableRows)
        self.values = values if on_disk else real_array(values, "values")
        shape, last = self.values.shape, offsets.max(initial=0)
        fit = len(shape) == 2 and offsets.dtype.kind in "iu" and offsets.shape == (len(self) + 1,)
        if not fit or offsets[0] != 0 or offsets[-1] != shape[0]:
            counts = f"{len(self)} ids, {offsets.size} offsets ({offsets.dtype}) up to {last}"
            needed = "offsets run from 0 to the number of rows, one more than ids"
            raise InputError(f"{counts} and values of shape {shape} do not fit; {needed}.")
        self.offsets = offsets.astype(np.int64)
        if (self.lengths < 0).any():
            raise InputError(f"offsets decrease after {self.ids[int(np.argmin(self.lengths))]!r}.")

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, i: int) -> np.ndarray:
        """Sequence i as a (T, D) array."""
        if not -len(self) <= i < len(self):
            raise IndexError(i)
        i %= len(self)
        return np.asarray(self.values[self.offsets[i] : self.offsets[i + 1]])

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[i] for i in range(len(self)))

    @property
    def dim(self) -> int:
        """D, the dimension of the elements."""
        return int(self.values.shape[1])

    @property
    def lengths(self) -> np.ndarray:
        """(n,) int64: the number of elements of every sequence."""
        return np.diff(self.offsets)

    def blocks(self, max_bytes: int = BLOCK_BYTES) -> Iterator[tuple[int, int, np.ndarray]]:
        """Yield ``(first, last, values)`` for runs of whole sequences, about ``max_bytes`` each.

        ``values`` are the elements of the sequences ``first`` to ``last - 1``, float32.
        """
        rows = max(1, max_bytes // (4 * max(self.dim, 1)))
        first = 0
        while first < len(self):
            last = int(np.searchsorted(self.offsets, self.offsets[first] + rows, side="right")) - 1
            last = min(max(last, first + 1), len(self))
            steps = self.values[self.offsets[first] : self.offsets[last]]
            yield first, last, np.asarray(steps, dtype=np.float32)
            first = last

    def select(self, chosen: Sequence[int] | np.ndarray) -> Sequences:
        """The sequences at ``chosen``, in that order, in memory; a table of words is shared."""
        chosen = np.flatnonzero(chosen) if np.asarray(chosen).dtype == bool else chosen
        ids = [self.ids[int(i)] for i in chosen]
        if isinstance(self.values, TableRows):
            numbers = Sequences(self.ids, self.offsets, self.values.index[:, None]).select(chosen)
            words = TableRows(self.values.table, numbers.values[:, 0])
            return Sequences(ids, numbers.offsets, words)
        parts = [self[int(i)] for i in chosen]
        values = np.concatenate(parts) if parts else np.empty((0, self.dim), np.float32)
        return Sequences(ids, _offsets(parts), values)

    def thinned(self, stride: int) -> Sequences:
        """Every ``stride``-th element of every sequence, its first included, in memory."""
        steps = [np.arange(first, last, stride) for first, last in pairwise(self.offsets)]
        values = self.values[:] if isinstance(self.values, h5py.Dataset) else self.values
        return Sequences(self.ids, _offsets(steps), values[np.concatenate(steps)])

    def run(self, first: int, last: int) -> Sequences:
        """The sequences ``first`` to ``last - 1``, in memory; a table of words is shared."""
        steps = slice(int(self.offsets[first]), int(self.offsets[last]))
        offsets = self.offsets[first : last + 1] - self.offsets[first]
        if isinstance(self.values, TableRows):
            part: Values = TableRows(self.values.table, self.values.index[steps])
        else:
            part = np.asarray(self.values[steps])
        return Sequences(self.ids[first:last], offsets, part)

    def validate(self, dim: int | None = None, typical: float | None = None) -> Sequences:
        """Check every sequence; return self.

        Args:
            dim: D, where it is known.
            typical: size of the sequences that a model was fitted on; see :meth:`typical`.

        Raises:
            InputError: D is not ``dim``, or a sequence has one of the :meth:`flaws`; the message
                names it.
        """
        if dim is not None and self.dim != dim:
            expected = f"expected {dim} (the dimension seen by fit)"
            raise InputError(f"sequences have dimension {self.dim}, {expected}.")
        for i, flaw in self.flaws(typical).items():
            what = "is empty" if flaw.startswith("empty") else f"holds {flaw.partition(': ')[2]}"
            raise InputError(f"sequence {self.ids[i]!r} {what}: repair it or leave it out.")
        if typical:
            warn_of_other_unit(self._peaks()[1], typical, "new sequences")
        return self

    def flaws(self, typical: float | None = None) -> dict[int, str]:
        """The sequences that cannot be used: number -> ``"code: words"``.

        Those without elements (``empty``), and those that hold numbers that cannot be meant
        (:func:`rnnfv.arrays.checks.flaws`). Of words the table is looked at, in which zeros may be.

        Args:
            typical: see :meth:`validate`.
        """
        lengths = self.lengths
        found = {int(i): "empty: no elements" for i in np.flatnonzero(lengths < 1)}
        if isinstance(self.values, TableRows):
            check_rows(self.values.table, "word")
            return found
        if not len(self):
            return found
        steps, peaks = self._peaks()
        filled = np.flatnonzero(lengths > 0)
        for place, flaw in flaws(peaks, typical).items():
            i = int(filled[place])
            mine = steps[self.offsets[i] : self.offsets[i + 1]]
            code, _, words = flaw.partition(": ")
            if code in ("not-finite", "too-large") and len(mine) > 1:
                number, comma, why = words.partition(",")
                words = f"{number} at element {int(np.argmax(mine))}{comma}{why}"
            found[i] = f"{code}: {words}"
        return dict(sorted(found.items()))

    def typical(self) -> float | None:
        """The size that is usual among these sequences; None of words, which come from a table."""
        return None if isinstance(self.values, TableRows) else typical_of(self._peaks()[1])

    def peaks(self) -> dict[str, float]:
        """The largest absolute value of every sequence that has elements, by its id."""
        filled = [self.ids[i] for i in np.flatnonzero(self.lengths > 0)]
        return dict(zip(filled, self._peaks()[1].tolist(), strict=True)) if filled else {}

    def _peaks(self) -> tuple[np.ndarray, np.ndarray]:
        """The largest absolute value of every element, and of every sequence that has some."""
        steps = np.concatenate([peaks_of(values) for _, _, values in self.blocks()])
        filled = np.flatnonzero(self.lengths > 0)
        return steps, np.maximum.reduceat(steps, self.offsets[filled]) if len(filled) else steps


def _offsets(parts: Sequence[Any]) -> np.ndarray:
    """Where each part begins when they are joined, and the total length."""
    return np.concatenate([[0], np.cumsum([len(part) for part in parts])])


@contextmanager
def open_sequences(path: str | Path) -> Iterator[Sequences]:
    """A sequences file whose values stay on disk until they are asked for.

    Raises:
        InputError: the file is not a sequences file, or its offsets do not fit its values.
    """
    with open_h5(path, ["ids", "offsets", "values"]) as file:
        try:
            found = Sequences(read_ids(file), file["offsets"][:], file["values"])
        except InputError as error:
            raise InputError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from error
        yield found


def load_sequences(path: str | Path) -> Sequences:
    """Read a sequences file into memory, in the type it was stored with.

    Raises:
        InputError: as :func:`open_sequences`.
    """
    with open_sequences(path) as stored:
        return Sequences(stored.ids, stored.offsets, stored.values[:])


def write_sequences(
    path: str | Path,
    items: Iterable[tuple[str, np.ndarray]],
    dim: int,
    dtype: type = np.float32,
    attributes: Mapping[str, Any] | None = None,
) -> int:
    """Stream sequences to a file.

    Args:
        path: of the file.
        items: pairs of an id and a (T, dim) array.
        dim: D.
        dtype: of the stored values, floating-point.
        attributes: of the file.

    Returns:
        How many were written.

    Raises:
        InputError: an id that is no text or occurs twice, a sequence of another shape, no real
            numbers, or numbers that ``dtype`` cannot hold; float16 ends at 65504.
    """
    if not isinstance(dim, int | np.integer) or not 0 < dim < 2**31:
        raise InputError(f"dim is {dim!r}; it is the number of columns, 1 or more.")
    dim, stored = int(dim), floating(dtype)
    ids: dict[str, None] = {}
    lengths = []
    with create_h5(path, attributes) as file:
        rows = max(1, 2**20 // (stored.itemsize * dim))
        layout = {"maxshape": (None, dim), "chunks": (rows, dim)}
        values = file.create_dataset("values", (0, dim), stored, **layout)
        for item in items_of(items, expected := "pairs of an id and a (T, dim) array"):
            if not isinstance(item, tuple | list) or len(item) != 2:
                raise InputError(f"expected {expected}, got {type(item).__name__} among them.")
            name, given = item
            if not isinstance(name, str) or name in ids:
                problem = "occurs twice" if isinstance(name, str) else "is no text"
                raise InputError(f"id {name!r} {problem}; every sequence needs its own.")
            sequence = real_array(given, f"sequence {name!r}")
            if sequence.shape[1:] != (dim,):
                shape = sequence.shape
                raise InputError(f"sequence {name!r} has shape {shape}, expected (T, {dim}).")
            check_fits(sequence, stored, f"sequence {name!r}")
            values.resize(len(values) + len(sequence), axis=0)
            if len(sequence):
                values[-len(sequence) :] = sequence
            ids[name] = None
            lengths.append(len(sequence))
        write_ids(file, list(ids))
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        file.create_dataset("offsets", data=offsets.astype(np.int64))
    return len(ids)
