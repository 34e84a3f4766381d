"""Matrices seen through another: normalised, scaled, or side by side, a block at a time."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.matrices import ColumnSource, RowSource
from rnnfv.arrays.normalize import as_numpy, l2_normalize, power_normalize
from rnnfv.errors import InputError

_CACHED_ELEMENTS = 2**18
"""Normalised at a time: so few float32 that temporaries stay in the CPU's cache."""


class NormalizedRows:
    """Another source's rows after power and L2 normalisation.

    Args:
        source: (n, D).
        alpha: exponent of the power normalisation, in (0, 1]; 1/2 in the paper.
    """

    def __init__(self, source: RowSource, alpha: float = 0.5):
        self.source, self.alpha, self.shape = source, alpha, source.shape

    def rows(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Yield normalised blocks, in the memory of the source's."""
        step = max(1, _CACHED_ELEMENTS // max(self.shape[1], 1))
        for block in self.source.rows(block_bytes):
            for start in range(0, len(block), step):
                part = block[start : start + step]
                part[:] = l2_normalize(power_normalize(part, self.alpha))
            yield block


class NormalizedColumns:
    """Another source's columns after power and L2 normalisation of its rows.

    Args:
        source: (n, D); it is read once for the norms, if these are needed, and once per use.
        alpha: exponent of the power normalisation.
        l2: whether to scale rows to unit length afterwards.
    """

    def __init__(self, source: ColumnSource, alpha: float, *, l2: bool = True):
        self.source, self.alpha, self.shape = source, alpha, source.shape
        squares = np.zeros(source.shape[0])
        for block in source.columns() if l2 else ():
            powered = np.abs(as_numpy(block)) ** np.float32(2 * alpha)
            squares += powered.sum(axis=1, dtype=np.float64)
        self._scale = (1 / np.sqrt(np.where(squares > 0, squares, 1))).astype(np.float32)[:, None]

    def columns(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Yield normalised blocks (n, w), left to right."""
        for block in self.source.columns(block_bytes):
            yield power_normalize(as_numpy(block), self.alpha) * self._scale


class ScaledColumns:
    """Another source's columns, less ``center`` and divided by ``scale``.

    Args:
        source: (n, D).
        center: (D,) float32.
        scale: (D,) float32; infinity sends a column to zero.

    Memory: twice the block that is asked for.
    """

    def __init__(self, source: ColumnSource, center: np.ndarray, scale: np.ndarray):
        self.source, self.shape = source, source.shape
        self.center, self.scale = center, scale

    def columns(self, block_bytes: int = BLOCK_BYTES) -> Iterator[Any]:
        """Yield scaled blocks (n, w), left to right, in the memory of the source's."""
        start = 0
        for block in self.source.columns(block_bytes):
            stop = start + block.shape[1]
            center, scale = self.center[start:stop], self.scale[start:stop]
            if not isinstance(block, np.ndarray):  # torch, on any device
                center, scale = block.new_tensor(center), block.new_tensor(scale)
            block -= center
            block /= scale
            yield block
            start = stop


class ConcatenatedColumns:
    """Matrices side by side; each is read in its turn.

    Args:
        sources: matrices of the same number of rows.
    """

    def __init__(self, sources: Sequence[ColumnSource]):
        counts = [source.shape[0] for source in sources]
        if len(set(counts)) != 1:
            raise InputError(f"matrices of {counts} rows cannot stand side by side.")
        self.sources = list(sources)
        self.shape = counts[0], sum(source.shape[1] for source in sources)

    def columns(self, block_bytes: int = BLOCK_BYTES) -> Iterator[Any]:
        """Yield blocks (n, w), left to right."""
        for source in self.sources:
            yield from source.columns(block_bytes)
