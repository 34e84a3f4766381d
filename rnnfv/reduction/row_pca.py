"""PCA of a random sample of rows too long for float64: what a CCA of 30,300 dimensions needs."""

from collections.abc import Iterator

import numpy as np

from rnnfv.arrays.checks import check_rows
from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.matrices import RowSource, sample_coordinates
from rnnfv.reduction.symmetric import SymmetricSum, leading_eigenpairs


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
        InputError: NaN or infinity, or all rows are equal.
    """
    total, dim = source.shape
    drawn = sample_coordinates(total, samples, seed)
    chosen = np.arange(total) if drawn is None else drawn
    n = len(chosen)
    mean = np.zeros(dim)
    for block in _sampled(source, chosen):
        check_rows(block, "row", " of the vectors to fit PCA on")
        mean += block.sum(axis=0, dtype=np.float64)
    mean /= n
    shift = mean.astype(np.float32)
    if dim > n:
        rows = np.concatenate([block - shift for block in _sampled(source, chosen)])
        gram = (rows @ rows.T).astype(np.float64)
        values, vectors = leading_eigenpairs(gram, n_components, np.float32, overwrite_a=True)
        weights = vectors / np.sqrt(values)
        return shift, (weights.T.astype(np.float32) @ rows).astype(np.float32)
    scatter = SymmetricSum(dim)
    for block in _sampled(source, chosen):
        scatter.add(block - shift)
    covariance = scatter.lower()
    del scatter
    # Transposed, since LAPACK overwrites columns; of a matrix in rows it would first make a copy.
    options = {"lower": False, "overwrite_a": True, "check_finite": False}
    _, vectors = leading_eigenpairs(covariance.T, n_components, np.float32, **options)
    del covariance  # before the eigenvectors are copied
    return shift, vectors.T.astype(np.float32)


def _sampled(source: RowSource, chosen: np.ndarray) -> Iterator[np.ndarray]:
    """The chosen rows of every block."""
    start = 0
    for block in source.rows(BLOCK_BYTES):
        inside = chosen[(chosen >= start) & (chosen < start + len(block))]
        if len(inside):
            yield block[inside - start]
        start += len(block)
