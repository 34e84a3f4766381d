"""Large symmetric matrices: sums of products held as one triangle, and their largest eigenpairs."""

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.linalg
from scipy.sparse.linalg import LinearOperator, eigsh

from rnnfv.errors import InputError

log = logging.getLogger(__name__)

PANEL = 512
"""Rows of a large result computed at a time: the temporary of a product is this thin."""

WHOLE = 1024
"""Matrices larger than this may be cheaper to decompose whole than in part."""


def add_product(out: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """``out += a.T @ b``, with a temporary of PANEL rows of ``out``.

    Args:
        out: (p, q).
        a: (n, p).
        b: (n, q).
    """
    for start in range(0, len(out), PANEL):
        out[start : start + PANEL] += a[:, start : start + PANEL].T @ b


class SymmetricSum:
    """A symmetric size x size matrix, the sum of many products, held as its lower triangle.

    The triangle lies in panels of PANEL rows, float64. Products have the type of their factors, so
    with float32 blocks the multiplications run at float32 speed and only the sum over blocks is
    float64.

    Memory: 4 size^2 bytes, half of a full float64 matrix.
    """

    def __init__(self, size: int):
        self.size = size
        starts = range(0, size, PANEL)
        self._panels = [np.zeros((min(PANEL, size - i), min(i + PANEL, size))) for i in starts]

    def _placed(self) -> Iterator[tuple[int, int, np.ndarray]]:
        """Yield the first row of every panel, the row after its last, and the panel."""
        for panel in self._panels:
            rows, stop = panel.shape
            yield stop - rows, stop, panel

    def add(self, block: np.ndarray) -> None:
        """Add ``block.T @ block``, for a block (b, size)."""
        for start, stop, panel in self._placed():
            panel += block[:, start:stop].T @ block[:, :stop]

    def subtract_outer(self, v: np.ndarray, times: float) -> None:
        """Subtract ``times v v^T``."""
        for start, stop, panel in self._placed():
            panel -= np.outer(times * v[start:stop], v[:stop])

    def scale(self, factor: float) -> None:
        """Multiply by a number."""
        for panel in self._panels:
            panel *= factor

    def trace(self) -> float:
        """The sum of the diagonal."""
        return float(sum(np.trace(panel[:, start:]) for start, _, panel in self._placed()))

    def __matmul__(self, x: np.ndarray) -> np.ndarray:
        """The product with a vector (size,)."""
        x = np.ravel(x)
        out = np.zeros(self.size)
        for start, stop, panel in self._placed():
            out[start:stop] += panel @ x[:stop]
            out[:start] += x[start:stop] @ panel[:, :start]  # what mirrors the panel
        return out

    def lower(self, dtype: np.dtype | type = np.float64, shift: float = 0.0) -> np.ndarray:
        """The matrix plus ``shift`` times the identity, zero above the diagonal's blocks."""
        out = np.zeros((self.size, self.size), dtype)
        for start, stop, panel in self._placed():
            out[start:stop, :stop] = panel
        out[np.diag_indices(self.size)] += shift
        return out

    def largest_eigenvalue(self) -> float:
        """The largest eigenvalue of a positive semidefinite matrix, to about 1e-10.

        By Lanczos iteration from a fixed start.
        """
        if self.size < 3:  # the iteration needs room
            return float(scipy.linalg.eigvalsh(self.lower())[-1])
        operator = LinearOperator((self.size, self.size), matvec=self.__matmul__, dtype=np.float64)
        start = np.random.default_rng(0).normal(size=self.size)
        # The tolerance is on the residual; the eigenvalue's error is of the order of its square.
        found = eigsh(operator, k=1, which="LA", v0=start, tol=1e-6, return_eigenvectors=False)
        return float(found[0])


def largest_eigenpairs(matrix: np.ndarray, k: int, **options: Any) -> tuple[np.ndarray, np.ndarray]:
    """The k largest eigenvalues, ascending, and eigenvectors (n, k) of a symmetric matrix.

    LAPACK finds some eigenvectors one after another and makes each orthogonal to those before; all
    of them it finds at once. For more than a quarter of a large matrix's the second is faster: of
    4,000, 2,640 take 41 s or 12 s. It takes 16 n^2 bytes with the matrix, the first 8 n (n + k).

    Args:
        matrix: (n, n).
        k: how many.
        options: of SciPy's ``eigh``.
    """
    n = len(matrix)
    if n > WHOLE and 4 * k > n:
        values, vectors = scipy.linalg.eigh(matrix, driver="evr", **options)
        return values[n - k :], vectors[:, n - k :]
    return scipy.linalg.eigh(matrix, subset_by_index=(n - k, n - 1), **options)


def leading_eigenpairs(
    matrix: np.ndarray, k: int, dtype: type, floor: float = 0.0, **options: Any
) -> tuple[np.ndarray, np.ndarray]:
    """The k largest eigenvalues of a matrix of inner products, descending, and eigenvectors.

    There are fewer where k is above the rank. Inner products are rounded, each by about eps times
    the squared norms. A symmetric matrix of such errors has eigenvalues up to about 2 sqrt(n) times
    their size; what is not above that is noise around zero. Nor does the decomposition itself find
    an eigenvalue that is below n eps of the largest.

    Args:
        matrix: (n, n).
        k: how many.
        dtype: that the products were computed in.
        floor: eigenvalues at or below this are noise, too.
        options: of SciPy's ``eigh``.

    Raises:
        InputError: no eigenvalue is above the noise, or the products have overflowed.
    """
    if not np.isfinite(matrix).all():
        advice = "Where a network makes them, lower its learning_rate or weight_decay"
        raise InputError(f"the vectors are so large that their products overflow. {advice}.")
    n = len(matrix)
    noise = 16 * np.sqrt(n) * np.finfo(dtype).eps * np.mean(np.diag(matrix))
    values, vectors = largest_eigenpairs(matrix, min(k, n), **options)
    values, vectors = values[::-1], vectors[:, ::-1]
    decomposed = n * np.finfo(matrix.dtype).eps * values[0]
    keep = int((values > max(noise, decomposed, floor)).sum())
    if not keep:
        raise InputError("all rows are equal: there is no direction of variance to keep.")
    if values[keep - 1] < 10 * np.finfo(dtype).eps * values[0]:
        advice = "rounding shows in it. Scale the columns, or keep fewer components"
        share = values[keep - 1] / values[0]
        log.warning("the variance of component %d is %.1g of the first's: %s", keep, share, advice)
    return values[:keep], vectors[:, :keep]
