"""Matrices read a few columns at a time: from memory, from HDF5, normalised, or side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import h5py
import numpy as np

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.normalize import as_numpy, power_normalize
from rnnfv.errors import InputError


class ColumnSource(Protocol):
    """An (n, D) matrix that can be produced a few columns at a time."""

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""
        ...

    def columns(self, block_bytes: int) -> Iterator[Any]:
        """Yield float32 blocks (n, w), left to right, each of at most about ``block_bytes``.

        A block is a NumPy array, or a torch tensor on any device. The caller may write into it, and has done with it
        when it asks for the next.
        """
        ...


class ArrayColumns:
    """A :class:`ColumnSource` over an array or an HDF5 data set."""

    def __init__(self, values: np.ndarray | h5py.Dataset):
        self.values = values

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""
        return self.values.shape

    def columns(self, block_bytes: int) -> Iterator[np.ndarray]:
        """Yield float32 blocks (n, w), left to right."""
        n, dim = self.shape
        width = max(1, block_bytes // (4 * max(n, 1)))
        chunks = getattr(self.values, "chunks", None)
        if chunks:  # whole chunks: HDF5 reads a chunk again for every block that touches it
            width = max(width // chunks[1], 1) * chunks[1]
        for start in range(0, dim, width):
            yield np.array(self.values[:, start : start + width], dtype=np.float32)


class NormalizedColumns:
    """A :class:`~rnnfv.arrays.columns.ColumnSource` seen through power and L2 normalisation, itself by columns.

    Args:
        source: the (n, D) matrix; it is read once for the norms, if these are needed, and once per use.
        alpha: exponent of the power normalisation.
        l2: whether to scale rows to unit length afterwards.
    """

    def __init__(
        self, source: ColumnSource, alpha: float, block_bytes: int = BLOCK_BYTES, *, l2: bool = True
    ):
        self.source = source
        self.alpha = alpha
        squares = np.zeros(source.shape[0])
        for block in source.columns(block_bytes) if l2 else ():
            squares += (np.abs(as_numpy(block)) ** np.float32(2 * alpha)).sum(
                axis=1, dtype=np.float64
            )
        self._scale = (1 / np.sqrt(np.where(squares > 0, squares, 1))).astype(np.float32)[:, None]

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""
        return self.source.shape

    def columns(self, block_bytes: int) -> Iterator[np.ndarray]:
        """Yield normalised blocks (n, w), left to right."""
        for block in self.source.columns(block_bytes):
            yield power_normalize(as_numpy(block), self.alpha) * self._scale


class ConcatenatedColumns:
    """Matrices side by side as one :class:`~rnnfv.arrays.columns.ColumnSource`; each is read in its turn.

    Args:
        sources: matrices of the same number of rows.
    """

    def __init__(self, sources: Sequence[ColumnSource]):
        if len({source.shape[0] for source in sources}) != 1:
            raise InputError(
                f"matrices of {[source.shape[0] for source in sources]} rows cannot stand side by side."
            )
        self.sources = list(sources)

    @property
    def shape(self) -> tuple[int, int]:
        """(n, sum of the sources' dimensions)."""
        return self.sources[0].shape[0], sum(source.shape[1] for source in self.sources)

    def columns(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Yield blocks (n, w), left to right."""
        for source in self.sources:
            yield from source.columns(block_bytes)
