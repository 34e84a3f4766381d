"""Gram matrices from blocks of columns, and principal component scores without the components."""

from typing import NamedTuple

import numpy as np

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.matrices import ColumnSource
from rnnfv.arrays.normalize import as_numpy
from rnnfv.errors import InputError
from rnnfv.reduction.symmetric import leading_eigenpairs

PANEL = 1024
"""Rows of a symmetric matrix of inner products that are computed at a time."""


def gram_matrix(
    source: ColumnSource, fitted: np.ndarray, *, center: bool = True, block_bytes: int = BLOCK_BYTES
) -> np.ndarray:
    """Inner products of every row with the fitted rows: (n, len(fitted)) float64.

    Products are float32, sums over blocks float64. Of the fitted rows' products with each other
    only one of a pair is computed: panels of rows, each times those up to its end.

    Args:
        source: (n, D).
        fitted: indices of rows.
        center: first subtract from every row the mean of the fitted rows (and of no other). It is
            known exactly within a block of columns, so one pass suffices.
        block_bytes: size of a block of columns.
    """
    fitted = np.asarray(fitted)
    rest = np.setdiff1d(np.arange(source.shape[0]), fitted)
    count = len(fitted)
    among, across = np.zeros((count, count)), np.zeros((len(rest), count))
    panels = [slice(start, start + PANEL) for start in range(0, count, PANEL)]
    # Only what NumPy and torch have in common: importing torch takes longer than most jobs' work.
    for block in source.columns(block_bytes):
        # On a CPU, NumPy's products: on processors not of Intel's make torch's may be slower.
        block = block if getattr(block, "is_cuda", False) else as_numpy(block)
        known, others = block[fitted], block[rest]
        for _ in range(2 * center):  # twice: what rounding left of a large mean goes, too
            mean = known.mean(0)
            known -= mean
            others -= mean
        across += as_numpy(others @ known.T)
        for panel in panels:
            among[panel, : panel.stop] += as_numpy(known[panel] @ known[: panel.stop].T)
    if not source.shape[1]:
        raise InputError("a matrix without columns has no Gram matrix.")
    for panel in panels:
        among[: panel.start, panel] = among[panel, : panel.start].T
    gram = np.empty((source.shape[0], count))
    gram[rest], gram[fitted] = across, among
    return gram


class PrincipalScores(NamedTuple):
    """Scores of all rows, and what makes components of the fitted rows.

    Attributes:
        scores: (n, k) float32.
        weights: (len(fitted), k) float64; component j is the sum of the fitted rows, centred if
            they were, times column j. See :func:`combined_rows`.
    """

    scores: np.ndarray
    weights: np.ndarray


def principal_scores(
    source: ColumnSource,
    fitted: np.ndarray,
    n_components: int,
    *,
    center: bool = True,
    block_bytes: int = BLOCK_BYTES,
) -> PrincipalScores:
    """Project all n rows on the leading principal components of the fitted rows.

    The components themselves (k x D) are never formed. With the centred Gram matrix K = U S^2 U^T
    of the fitted rows, row i projects to K_i U / S. Columns come in order of decreasing variance,
    so the scores for fewer components are a prefix.

    Inner products are float32. So scores along a component whose variance is r times the first's
    are rounded to about 1e-7 / r of themselves: where one column is 1,000 times as wide as the
    others, scale the columns first. A mean far from zero costs nothing.

    Without ``center`` and with all components these are coordinates in the span of the fitted
    rows: inner products with fitted rows stay what they were, in len(fitted) dimensions, not D.

    Memory: 8 n len(fitted) bytes for the inner products, as much again for the eigenvectors, and
    one block.

    Args:
        source: (n, D).
        fitted: indices of the rows to fit on.
        n_components: k, or the rank of the fitted rows where that is less.
        center: whether to subtract the mean of the fitted rows.
        block_bytes: size of a block of columns.

    Raises:
        InputError: all fitted rows are equal.
    """
    fitted = np.asarray(fitted)
    gram = gram_matrix(source, fitted, center=center, block_bytes=block_bytes)
    among = gram[fitted]
    values, vectors = leading_eigenpairs((among + among.T) / 2, n_components, np.float32)
    weights = vectors / np.sqrt(values)
    return PrincipalScores((gram @ weights).astype(np.float32), weights)


def combined_rows(
    source: ColumnSource,
    fitted: np.ndarray,
    weights: np.ndarray,
    *,
    center: bool = True,
    block_bytes: int = BLOCK_BYTES,
) -> tuple[np.ndarray, np.ndarray]:
    """Sums of rows times weights, from one pass over the columns: principal components, or an SVM.

    Args:
        source: (n, D).
        fitted: indices of f rows.
        weights: (f, k).
        center: first subtract the rows' mean.
        block_bytes: size of a block of columns.

    Returns:
        The sums, (k, D), and the mean that was subtracted, (D,); both float32.
    """
    sums, means = [], []
    for block in source.columns(block_bytes):
        known = as_numpy(block[fitted]).astype(np.float64)
        means.append(known.mean(axis=0) * center)
        sums.append((weights.T @ (known - means[-1])).astype(np.float32))
    return np.concatenate(sums, axis=1), np.concatenate(means).astype(np.float32)
