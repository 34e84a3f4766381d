"""What may come between gradients and power normalisation: Fisher information, standardisation, PCA, all streamed.

The paper tried the first two and saw no gain; PCA it used on COCO (section "Normalisation", section 4).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnfv.arrays.columns import ColumnSource
from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.normalize import as_numpy
from rnnfv.arrays.rows import FunctionRows, RowSource, sample_coordinates
from rnnfv.errors import InputError
from rnnfv.progress import progress
from rnnfv.reduction.cca_solvers import SymmetricSum
from rnnfv.reduction.pca import largest_eigenpairs

SCALINGS = ("none", "fisher", "standardize")
_FLOOR = 1e-6
"""Least scale of a coordinate, relative to the largest: what is never different from zero must not be blown up."""


@dataclass(frozen=True)
class Moments:
    """First and second moments of the columns of a matrix.

    Attributes:
        mean: (D,) float64.
        squares: (D,) float64, the mean of the squares: of gradients, the diagonal of the empirical Fisher information.
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
    def of_columns(cls, source: ColumnSource, rows: np.ndarray) -> Moments:
        """Of the rows at ``rows`` alone, one pass over blocks of columns."""
        means, squares = [], []
        for block in source.columns(BLOCK_BYTES):
            seen = as_numpy(block)[rows]
            means.append(seen.mean(axis=0, dtype=np.float64))
            squares.append(np.einsum("ij,ij->j", seen, seen, dtype=np.float64) / len(seen))
        return cls(np.concatenate(means), np.concatenate(squares))

    def center_and_scale(self, scaling: str) -> tuple[np.ndarray, np.ndarray]:
        """What to subtract from and what to divide a row by, both (D,) float32.

        ``fisher``: nothing, and the root of the Fisher information. ``standardize``: mean and standard deviation.
        """
        center = np.zeros_like(self.mean) if scaling == "fisher" else self.mean
        scale = np.sqrt(np.maximum(self.squares - center**2, 0))
        floor = _FLOOR * scale.max()
        return center.astype(np.float32), np.where(scale > floor, scale, np.inf).astype(np.float32)


class ScaledColumns:
    """Another source's columns, scaled by statistics of some of its rows, itself a :class:`~rnnfv.arrays.columns.ColumnSource`.

    Args:
        source: (n, D).
        scaling: ``fisher`` or ``standardize``.
        rows: indices of the rows, those of training items, that the statistics are taken from: one pass over ``source``.

    Memory: 40 D bytes, and twice the block that is asked for.

    Raises:
        InputError: unknown scaling.
    """

    def __init__(self, source: ColumnSource, scaling: str, rows: np.ndarray):
        if scaling not in SCALINGS[1:]:
            raise InputError(f"unknown scaling {scaling!r}: use {', '.join(SCALINGS)}.")
        self.source = source
        self.center, self.scale = Moments.of_columns(source, rows).center_and_scale(scaling)

    def applied_to(self, source: ColumnSource) -> ScaledColumns:
        """Other rows, or the same produced anew, by the statistics of these."""
        other = copy.copy(self)
        other.source = source
        return other

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""
        return self.source.shape

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


def scaled_rows(
    train: RowSource, scaling: str, pca: int | None, pca_samples: int, seed: int
) -> Callable[[RowSource], RowSource]:
    """Fit on training rows; return a function from rows to scaled and then projected rows.

    Args:
        train: (n, D) gradients of training sequences.
        scaling: ``none``, ``fisher`` or ``standardize``.
        pca: components to keep; None leaves the PCA out.
        pca_samples: rows to fit the PCA on, drawn at random.
        seed: of the draw.

    Raises:
        InputError: unknown scaling.
    """
    if scaling not in SCALINGS:
        raise InputError(f"unknown scaling {scaling!r}: use {', '.join(SCALINGS)}.")

    def scale(source: RowSource) -> RowSource:
        return source

    if scaling != "none":
        center, spread = Moments.of(train).center_and_scale(scaling)

        def scale(source: RowSource) -> RowSource:
            return FunctionRows(
                source.shape,
                lambda size: ((block - center) / spread for block in source.rows(size)),
            )

    if pca is None:
        return scale
    mean, components = fit_pca(scale(train), pca, pca_samples, seed)

    def project(source: RowSource) -> RowSource:
        scaled = scale(source)

        def blocks(block_bytes: int) -> Iterator[np.ndarray]:
            return ((block - mean) @ components.T for block in scaled.rows(block_bytes))

        return FunctionRows((source.shape[0], len(components)), blocks)

    return project


def fit_pca(
    source: RowSource, n_components: int, samples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean (D,) and leading principal components (k, D), float32, of a random sample of rows.

    The smaller of covariance (D x D) and Gram matrix (n x n) is accumulated, in float64 from float32 products. With the
    Gram matrix the sample is held in memory (4 n D bytes). k is at most the rank.

    Memory with the covariance: 16 D^2 bytes, for few components 12 D^2, and three blocks.
    """
    total, dim = source.shape
    drawn = sample_coordinates(total, samples, seed)
    chosen = np.arange(total) if drawn is None else drawn
    n = len(chosen)
    mean = np.zeros(dim)
    for block in _sampled(source, chosen):
        mean += block.sum(axis=0, dtype=np.float64)
    mean /= n
    if not np.isfinite(mean).all():
        raise InputError("the vectors to fit PCA on hold NaN or infinity.")
    shift = mean.astype(np.float32)
    if dim <= n:
        scatter = SymmetricSum(dim)
        for block in _sampled(source, chosen):
            scatter.add(block - shift)
        covariance = scatter.lower()
        del scatter
        k = min(n_components, dim)
        # Transposed, since LAPACK overwrites columns; of a matrix in rows it would first make a copy.
        values, vectors = largest_eigenpairs(
            covariance.T, k, lower=False, overwrite_a=True, check_finite=False
        )
        del covariance  # before the eigenvectors are copied
        rank = int((values > values[-1] * dim * np.finfo(np.float32).eps).sum())
        return shift, vectors.T[::-1][:rank].astype(np.float32)
    rows = np.concatenate([block - shift for block in _sampled(source, chosen)])
    k = min(n_components, n)
    values, vectors = largest_eigenpairs((rows @ rows.T).astype(np.float64), k, overwrite_a=True)
    keep = values[::-1] > values[-1] * n * np.finfo(np.float32).eps
    weights = vectors[:, ::-1][:, keep] / np.sqrt(values[::-1][keep])
    return shift, (weights.T.astype(np.float32) @ rows).astype(np.float32)


def _sampled(source: RowSource, chosen: np.ndarray) -> Iterator[np.ndarray]:
    """The chosen rows of every block."""
    start = 0
    for block in source.rows(BLOCK_BYTES):
        inside = chosen[(chosen >= start) & (chosen < start + len(block))]
        if len(inside):
            yield block[inside - start]
        start += len(block)
