"""PCA of a random sample of rows too long for float64: what a CCA of 30,300 dimensions needs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.matrices import RowSource, sample_coordinates
from rnnfv.errors import InputError
from rnnfv.reduction.symmetric import SymmetricSum, largest_eigenpairs


def fit_pca(
    source: RowSource, n_components: int, samples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean (D,) and leading principal components (k, D), float32, of a random sample of rows.

    Unlike :class:`~rnnfv.StreamedPCA` it multiplies in float32 and adds up in float64, and holds
    one triangle of the covariance: half of the memory and time. The smaller of covariance (D x D)
    and Gram matrix (n x n) is taken; with the Gram matrix the sample is held (4 n D bytes).

    Memory with the covariance: 16 D^2 bytes, for few components 12 D^2, and three blocks.

    Args:
        source: (N, D).
        n_components: k, or the rank where that is less.
        samples: n, rows to fit on, drawn at random.
        seed: of the draw.

    Raises:
        InputError: NaN or infinity.
    """
    total, dim = source.shape
    drawn = sample_coordinates(total, samples, seed)
    chosen = np.arange(total) if drawn is None else drawn
    n, eps = len(chosen), np.finfo(np.float32).eps
    mean = np.zeros(dim)
    for block in _sampled(source, chosen):
        mean += block.sum(axis=0, dtype=np.float64)
    mean /= n
    if not np.isfinite(mean).all():
        raise InputError("the vectors to fit PCA on hold NaN or infinity.")
    shift = mean.astype(np.float32)
    if dim > n:
        rows = np.concatenate([block - shift for block in _sampled(source, chosen)])
        gram = (rows @ rows.T).astype(np.float64)
        values, vectors = largest_eigenpairs(gram, min(n_components, n), overwrite_a=True)
        keep = values[::-1] > values[-1] * n * eps
        weights = vectors[:, ::-1][:, keep] / np.sqrt(values[::-1][keep])
        return shift, (weights.T.astype(np.float32) @ rows).astype(np.float32)
    scatter = SymmetricSum(dim)
    for block in _sampled(source, chosen):
        scatter.add(block - shift)
    covariance = scatter.lower()
    del scatter
    # Transposed, since LAPACK overwrites columns; of a matrix in rows it would first make a copy.
    options = {"lower": False, "overwrite_a": True, "check_finite": False}
    values, vectors = largest_eigenpairs(covariance.T, min(n_components, dim), **options)
    del covariance  # before the eigenvectors are copied
    rank = int((values > values[-1] * dim * eps).sum())
    return shift, vectors.T[::-1][:rank].astype(np.float32)


def _sampled(source: RowSource, chosen: np.ndarray) -> Iterator[np.ndarray]:
    """The chosen rows of every block."""
    start = 0
    for block in source.rows(BLOCK_BYTES):
        inside = chosen[(chosen >= start) & (chosen < start + len(block))]
        if len(inside):
            yield block[inside - start]
        start += len(block)
