"""Matrices read a few rows or columns at a time: from memory, from HDF5, or computed on the way.

What sees all sentences of a data set (145,000 rows of 30,300 dimensions: 18 GB) never holds them.
It asks a :class:`RowSource` or a :class:`ColumnSource` for blocks, once for every pass it makes.
Matrices seen through a normalisation, or side by side, are in :mod:`rnnfv.arrays.views`.
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol, runtime_checkable

import h5py
import numpy as np

from rnnfv.arrays.checks import check_beside, check_rows, peaks_of, real_array
from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.sequences import TableRows, Values
from rnnfv.errors import InputError


@runtime_checkable
class RowSource(Protocol):
    """An (n, D) matrix that can be produced a few rows at a time, as often as needed."""

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""

    def rows(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Start a new pass: yield blocks (b, D) of consecutive rows, about ``block_bytes`` at most.

        Blocks are float32; float64 only where the source itself is. The caller may write into a
        block, and has done with it when it asks for the next.
        """


class ColumnSource(Protocol):
    """An (n, D) matrix that can be produced a few columns at a time."""

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""

    def columns(self, block_bytes: int = BLOCK_BYTES) -> Iterator[Any]:
        """Yield float32 blocks (n, w), left to right, each of about ``block_bytes`` at most.

        A block is a NumPy array, or a torch tensor on any device. The caller may write into it,
        and has done with it when it asks for the next.
        """


class ArraySource:
    """A :class:`RowSource` and :class:`ColumnSource` over an array or an HDF5 data set.

    Args:
        values: (N, D) real numbers, in memory or on disk.
        chosen: the n rows to use, as increasing indices; all if None.
        dtype: of the blocks; float32 if None, or float64 where ``values`` are.

    Raises:
        InputError: ``values`` is not a matrix of real numbers, or ``chosen`` is out of range or
            out of order.
    """

    def __init__(self, values: Values, chosen: np.ndarray | None = None, dtype: type | None = None):
        if len(values.shape) != 2:
            raise InputError(f"expected a matrix (n, D), got an array of shape {values.shape}.")
        if values.dtype.kind not in "fiub":
            raise InputError(f"expected real numbers, got an array of {values.dtype}.")
        self.values = values
        self.chosen = None if chosen is None else np.asarray(chosen, dtype=np.int64)
        if self.chosen is not None and len(self.chosen):
            if (np.diff(self.chosen) <= 0).any():
                raise InputError("the rows to read must be given in increasing order, each once.")
            first, last, total = self.chosen[0], self.chosen[-1], values.shape[0]
            if first < 0 or last >= total:
                raise InputError(f"rows {first} to {last} asked for, of {total} rows.")
        self.shape = len(values) if self.chosen is None else len(self.chosen), values.shape[1]
        self._dtype = np.dtype(dtype or np.result_type(values.dtype, np.float32))

    def rows(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Yield blocks (b, D), in order."""
        total, dim = self.values.shape
        step = self._block_length(block_bytes, dim, axis=0)
        for start in range(0, total, step):
            if self.chosen is None:
                yield np.array(self.values[start : start + step], dtype=self._dtype)
                continue
            wanted = self.chosen[slice(*np.searchsorted(self.chosen, [start, start + step]))]
            if len(wanted):
                # Read from the first to the last: HDF5 is slow at picking single rows.
                run = np.asarray(self.values[wanted[0] : wanted[-1] + 1])
                yield run[wanted - wanted[0]].astype(self._dtype, copy=False)

    def columns(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Yield blocks (n, w), left to right."""
        total, dim = self.values.shape
        width = self._block_length(block_bytes, total, axis=1)
        for start in range(0, dim, width):
            block = np.asarray(self.values[:, start : start + width])
            yield np.array(block if self.chosen is None else block[self.chosen], dtype=self._dtype)

    def _block_length(self, block_bytes: int, across: int, axis: int) -> int:
        """Rows or columns of ``across`` entries in a block.

        Whole chunks of an HDF5 data set: one is read again for every block that touches it.
        """
        length = max(1, block_bytes // (self._dtype.itemsize * max(across, 1)))
        chunks = getattr(self.values, "chunks", None)
        return max(length // chunks[axis], 1) * chunks[axis] if chunks else length


class FunctionRows:
    """A :class:`RowSource` from a function that starts a pass.

    Args:
        shape: (n, D).
        make_blocks: called with ``block_bytes``, returns an iterator of (b, D) blocks; the same
            rows at every call.
    """

    def __init__(self, shape: tuple[int, int], make_blocks: Callable[[int], Iterator[np.ndarray]]):
        self.shape = shape
        self._make_blocks = make_blocks

    def rows(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Start a new pass."""
        return self._make_blocks(block_bytes)


def as_rows(X: Any) -> RowSource:
    """Take a :class:`RowSource`, an HDF5 data set, or whatever NumPy can make a matrix of.

    Raises:
        InputError: not a matrix of real numbers.
    """
    if callable(getattr(X, "rows", None)):  # of SciPy's sparse matrices it is an array
        return X
    return ArraySource(X if isinstance(X, h5py.Dataset | TableRows) else real_array(X, "X"))


def in_memory(source: RowSource, block_bytes: int = BLOCK_BYTES) -> np.ndarray:
    """The whole matrix, (n, D); the array itself, in its own type, where the source is one.

    Raises:
        InputError: the source gave another number of rows than it says it has.
    """
    whole = source.values if isinstance(source, ArraySource) and source.chosen is None else None
    if isinstance(whole, np.ndarray):
        return whole
    out, first = np.empty((0, 0)), 0
    for block in source.rows(block_bytes):
        if not first:
            out = np.empty(source.shape, block.dtype)
        out[first : first + len(block)] = block[: len(out) - first]
        first += len(block)
    if first != source.shape[0]:
        raise InputError(f"a matrix gave {first} rows, but says it has {source.shape[0]}.")
    return out


def checked_rows(
    source: RowSource, what: str, block_bytes: int = BLOCK_BYTES, fits: bool = False
) -> Iterator[tuple[int, np.ndarray]]:
    """One pass over ``source``: yield the number of a block's first row and the block.

    Args:
        source: (n, D).
        what: the matrix's name in messages.
        block_bytes: size of a block.
        fits: whether something is fitted to all rows, so that none may outweigh the others.

    Raises:
        InputError: NaN or infinity, or another number of rows or columns than ``source.shape``.
    """
    n, dim = source.shape
    first, peaks = 0, [np.empty(0)]
    for block in source.rows(block_bytes):
        if block.ndim != 2 or block.shape[1] != dim or first + len(block) > n:
            gave = f"{what} gave a block of shape {block.shape} at row {first}"
            raise InputError(f"{gave}, but says it is {(n, dim)}.")
        check_rows(block, "row", f" of {what}", first)
        peaks += [peaks_of(block)] if fits else []
        yield first, block
        first += len(block)
    if first != n:
        raise InputError(f"{what} gave {first} rows, but says it has {n}.")
    check_beside(np.concatenate(peaks), "row", f" of {what}")


def sample_coordinates(total: int, count: int, seed: int) -> np.ndarray | None:
    """``count`` of ``total`` coordinates, or rows, drawn without replacement and sorted.

    Args:
        total: how many there are.
        count: how many to draw.
        seed: of the draw.

    Returns:
        (count,) int64; None, which means all, if there are no more than ``count``.
    """
    if count >= total:
        return None
    generator = np.random.default_rng(np.random.SeedSequence([seed, total]))
    return np.sort(generator.choice(total, count, replace=False))
