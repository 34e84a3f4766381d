"""Matrices read a few rows at a time: from memory, from HDF5, or computed on the way.

What sees all sentences of a data set (145,000 rows of 30,300 numbers: 18 GB) never holds them. It asks a
:class:`RowSource` for blocks, once for every pass it makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol, runtime_checkable

import h5py
import numpy as np

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.normalize import l2_normalize, power_normalize
from rnnfv.arrays.sequences import TableRows
from rnnfv.errors import InputError

_CACHED_ELEMENTS = (
    2**18
)  # of float32: small enough that the temporaries of a normalisation stay in the CPU's cache


@runtime_checkable
class RowSource(Protocol):
    """An (n, D) matrix that can be produced a few rows at a time, as often as needed."""

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""
        ...

    def rows(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Start a new pass: yield blocks (b, D) of consecutive rows, each of at most about ``block_bytes``.

        Blocks are float32; float64 only where the source itself is. The caller may write into a block, and has done
        with it when it asks for the next.
        """
        ...


class ArrayRows:
    """A :class:`RowSource` over an array or an HDF5 data set; also a :class:`~rnnfv.arrays.columns.ColumnSource`.

    Args:
        values: (N, D) real numbers, in memory or on disk.
        rows: the n rows to use, as increasing indices; all if None.

    Raises:
        InputError: ``values`` is not a matrix of real numbers, or ``rows`` are out of range or out of order.
    """

    def __init__(
        self, values: np.ndarray | h5py.Dataset | TableRows, rows: np.ndarray | None = None
    ):
        if len(values.shape) != 2:
            raise InputError(f"expected a matrix (n, D), got an array of shape {values.shape}.")
        if values.dtype.kind not in "fiub":
            raise InputError(f"expected real numbers, got an array of {values.dtype}.")
        self.values = values
        self.chosen = None if rows is None else np.asarray(rows, dtype=np.int64)
        if self.chosen is not None and len(self.chosen):
            if (np.diff(self.chosen) <= 0).any():
                raise InputError("the rows to read must be given in increasing order, each once.")
            if self.chosen[0] < 0 or self.chosen[-1] >= values.shape[0]:
                raise InputError(
                    f"rows {self.chosen[0]} to {self.chosen[-1]} asked for, of {values.shape[0]} rows."
                )
        self._dtype = np.result_type(values.dtype, np.float32)

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""
        return self.values.shape[0] if self.chosen is None else len(self.chosen), self.values.shape[
            1
        ]

    def rows(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Yield blocks (b, D), in order."""
        total, dim = self.values.shape
        step = _whole_chunks(
            max(1, block_bytes // (self._dtype.itemsize * max(dim, 1))), self.values, axis=0
        )
        for start in range(0, total, step):
            wanted = self._wanted(start, start + step)
            if wanted is None:
                yield np.array(self.values[start : start + step], dtype=self._dtype)
            elif len(wanted):
                # Everything between the first and the last is read: HDF5 is slow at picking single rows.
                first, last = int(wanted[0]), int(wanted[-1]) + 1
                yield np.asarray(self.values[first:last])[wanted - first].astype(
                    self._dtype, copy=False
                )

    def columns(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Yield blocks (n, w), left to right."""
        total, dim = self.values.shape
        width = _whole_chunks(
            max(1, block_bytes // (self._dtype.itemsize * max(total, 1))), self.values, axis=1
        )
        for start in range(0, dim, width):
            block = np.asarray(self.values[:, start : start + width])
            yield np.array(block if self.chosen is None else block[self.chosen], dtype=self._dtype)

    def _wanted(self, start: int, stop: int) -> np.ndarray | None:
        """Those of the chosen rows that lie in [start, stop); None if every row is chosen."""
        if self.chosen is None:
            return None
        first, last = np.searchsorted(self.chosen, [start, stop])
        return self.chosen[first:last]


class FunctionRows:
    """A :class:`RowSource` from a function that starts a pass.

    Args:
        shape: (n, D).
        make_blocks: called with ``block_bytes``, returns an iterator of (b, D) blocks; the same rows at every call.
    """

    def __init__(self, shape: tuple[int, int], make_blocks: Callable[[int], Iterator[np.ndarray]]):
        self.shape = shape
        self._make_blocks = make_blocks

    def rows(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Start a new pass."""
        return self._make_blocks(block_bytes)


class NormalizedRows:
    """Another source's rows after power and L2 normalisation.

    Args:
        source: (n, D).
        alpha: exponent of the power normalisation, in (0, 1]; 1/2 in the paper.

    Raises:
        InputError: alpha out of range.
    """

    def __init__(self, source: RowSource, alpha: float = 0.5):
        if not 0 < alpha <= 1:
            raise InputError(f"alpha is {alpha}; it must be above 0 and at most 1.")
        self.source = source
        self.alpha = alpha

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""
        return self.source.shape

    def rows(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Yield normalised blocks, in the memory of the source's."""
        step = max(1, _CACHED_ELEMENTS // max(self.shape[1], 1))
        for block in self.source.rows(block_bytes):
            for start in range(0, len(block), step):
                part = block[start : start + step]
                part[:] = l2_normalize(power_normalize(part, self.alpha))
            yield block


class SampledColumns:
    """Another source's rows at some of their coordinates.

    Args:
        source: (n, D).
        coordinates: (C,) positions in 0 .. D - 1, in any order.

    Raises:
        InputError: a coordinate out of range.
    """

    def __init__(self, source: RowSource, coordinates: np.ndarray):
        self.source = source
        self.coordinates = np.asarray(coordinates, dtype=np.int64)
        dim = source.shape[1]
        if len(self.coordinates) and not (
            self.coordinates.min() >= 0 and self.coordinates.max() < dim
        ):
            raise InputError(
                f"coordinates {self.coordinates.min()} to {self.coordinates.max()} asked for, of vectors of dimension {dim}."
            )

    @property
    def shape(self) -> tuple[int, int]:
        """(n, C)."""
        return self.source.shape[0], len(self.coordinates)

    def rows(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Yield blocks (b, C); ``block_bytes`` bounds the source's blocks."""
        for block in self.source.rows(block_bytes):
            yield np.take(block, self.coordinates, axis=1)


def sample_coordinates(total: int, count: int, seed: int) -> np.ndarray | None:
    """``count`` of ``total`` coordinates, or rows, drawn without replacement and sorted; None (all) if there are no more."""
    if count >= total:
        return None
    return np.sort(
        np.random.default_rng(np.random.SeedSequence([seed, total])).choice(
            total, count, replace=False
        )
    )


def as_rows(X: Any) -> RowSource:
    """Take a :class:`RowSource`, an HDF5 data set, or whatever NumPy can make a matrix of.

    Raises:
        InputError: not a matrix of real numbers.
    """
    if isinstance(X, RowSource):
        return X
    return ArrayRows(X if isinstance(X, h5py.Dataset | TableRows) else np.asarray(X))


def in_memory(source: RowSource, block_bytes: int = BLOCK_BYTES) -> np.ndarray:
    """The whole matrix, (n, D); the array itself, in its own type, where the source is one.

    Raises:
        InputError: the source gave another number of rows than it says it has.
    """
    if (
        isinstance(source, ArrayRows)
        and source.chosen is None
        and isinstance(source.values, np.ndarray)
    ):
        return source.values
    out = np.empty((0, 0))
    first = 0
    for block in source.rows(block_bytes):
        if not first:
            out = np.empty(source.shape, block.dtype)
        out[first : first + len(block)] = block[: len(out) - first]
        first += len(block)
    if first != source.shape[0]:
        raise InputError(f"a matrix gave {first} rows, but says it has {source.shape[0]}.")
    return out


def checked_rows(
    source: RowSource, what: str, block_bytes: int = BLOCK_BYTES
) -> Iterator[tuple[int, np.ndarray]]:
    """One pass over ``source``: yield ``(first, block)``, the number of a block's first row and the block.

    Raises:
        InputError: NaN or infinity, or another number of rows or columns than ``source.shape`` says; the message calls
            the matrix ``what``.
    """
    n, dim = source.shape
    first = 0
    for block in source.rows(block_bytes):
        if block.ndim != 2 or block.shape[1] != dim or first + len(block) > n:
            raise InputError(
                f"{what} gave a block of shape {block.shape} at row {first}, but says it is {(n, dim)}."
            )
        if not np.isfinite(block.sum()):  # a sum may overflow without any entry being infinite
            finite = np.isfinite(block).all(axis=1)
            if not finite.all():
                raise InputError(
                    f"row {first + int(np.argmin(finite))} of {what} holds NaN or infinity: repair it or leave it out."
                )
        yield first, block
        first += len(block)
    if first != n:
        raise InputError(f"{what} gave {first} rows, but says it has {n}.")


def _whole_chunks(length: int, values: Any, axis: int) -> int:
    """``length`` rounded down to whole HDF5 chunks: a chunk is read again for every block that touches it."""
    chunks = getattr(values, "chunks", None)
    return max(length // chunks[axis], 1) * chunks[axis] if chunks else length
