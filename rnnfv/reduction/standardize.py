"""Options before power normalisation: Fisher information, standardisation, PCA, all streamed.

The paper tried the first two and saw no gain; PCA it used on COCO (section "Normalisation",
section 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.matrices import ColumnSource, FunctionRows, RowSource
from rnnfv.arrays.normalize import as_numpy
from rnnfv.arrays.views import ScaledColumns
from rnnfv.progress import progress
from rnnfv.reduction.row_pca import fit_pca

_FLOOR = 1e-6
"""Least scale, relative to the largest: a coordinate that is never but zero is not blown up."""


@dataclass(frozen=True)
class Moments:
    """First and second moments of the columns of a matrix.

    Attributes:
        mean: (D,) float64.
        squares: (D,) float64, the mean of the squares: of gradients, the diagonal of the empirical
            Fisher information.
    """

    mean: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, source: RowSource) -> Moments:
        """One pass over the rows."""
        n, dim = source.shape
        total, squares = np.zeros(dim), np.zeros(dim)
        for block in progress(source.rows(), "blocks measured"):
            total += block.sum(axis=0, dtype=np.float64)
            squares += np.einsum("ij,ij->j", block, block, dtype=np.float64)
        return cls(total / n, squares / n)

    @classmethod
    def of_columns(cls, source: ColumnSource, fitted: np.ndarray) -> Moments:
        """Moments of the rows at ``fitted`` alone, from one pass over blocks of columns."""
        means, squares = [], []
        for block in source.columns(BLOCK_BYTES):
            seen = as_numpy(block)[fitted]
            means.append(seen.mean(axis=0, dtype=np.float64))
            squares.append(np.einsum("ij,ij->j", seen, seen, dtype=np.float64) / len(seen))
        return cls(np.concatenate(means), np.concatenate(squares))

    def center_and_scale(self, scaling: str) -> tuple[np.ndarray, np.ndarray]:
        """Center, to subtract from a row, and scale, to divide it by, both (D,) float32.

        ``fisher``: nothing, and the root of the Fisher information. ``standardize``: mean and
        standard deviation.
        """
        center = np.zeros_like(self.mean) if scaling == "fisher" else self.mean
        scale = np.sqrt(np.maximum(self.squares - center**2, 0))
        floor = _FLOOR * scale.max()
        return center.astype(np.float32), np.where(scale > floor, scale, np.inf).astype(np.float32)


def scaled_columns(source: ColumnSource, scaling: str, fitted: np.ndarray) -> ColumnSource:
    """Scale a matrix by statistics of some of its rows, taken in one pass.

    Args:
        source: (n, D), returned as it is for ``none``.
        scaling: ``none``, ``fisher`` or ``standardize``.
        fitted: indices of the rows, those of training items, that the statistics are taken from.
    """
    if scaling == "none":
        return source
    center, scale = Moments.of_columns(source, fitted).center_and_scale(scaling)
    return ScaledColumns(source, center, scale)


@dataclass(frozen=True)
class RowScaling:
    """Scaling and PCA of rows, both optional, fitted by :func:`scaled_rows`; called with rows.

    Attributes:
        scaling: center and scale, (D,) float32 each; None for none.
        pca: mean (D,) and components (k, D), float32; None for none.
    """

    scaling: tuple[np.ndarray, np.ndarray] | None = None
    pca: tuple[np.ndarray, np.ndarray] | None = None

    def __call__(self, source: RowSource) -> RowSource:
        """The rows (n, D), scaled and then projected."""
        if self.scaling is not None:
            source = self._scaled(source, *self.scaling)
        return source if self.pca is None else self._projected(source, *self.pca)

    @staticmethod
    def _scaled(source: RowSource, center: np.ndarray, spread: np.ndarray) -> RowSource:
        return FunctionRows(
            source.shape, lambda size: ((b - center) / spread for b in source.rows(size))
        )

    @staticmethod
    def _projected(source: RowSource, mean: np.ndarray, components: np.ndarray) -> RowSource:
        def blocks(block_bytes: int) -> Iterator[np.ndarray]:
            return ((block - mean) @ components.T for block in source.rows(block_bytes))

        return FunctionRows((source.shape[0], len(components)), blocks)


def scaled_rows(
    train: RowSource, scaling: str, pca: int | None, pca_samples: int, seed: int
) -> RowScaling:
    """Fit scaling and PCA on training rows.

    Args:
        train: (n, D) gradients of training sequences.
        scaling: ``none``, ``fisher`` or ``standardize``.
        pca: components to keep; None leaves the PCA out.
        pca_samples: rows to fit the PCA on, drawn at random.
        seed: of the draw.
    """
    scale = None if scaling == "none" else Moments.of(train).center_and_scale(scaling)
    scaled = RowScaling(scale, None)
    if pca is None:
        return scaled
    return RowScaling(scale, fit_pca(scaled(train), pca, pca_samples, seed))
