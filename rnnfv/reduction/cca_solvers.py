"""Linear algebra of :mod:`rnnfv.reduction.cca`: sums of products too large to hold twice, and shifted systems solved many times."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import scipy.linalg
from scipy.linalg.lapack import spotrf, strtrs
from scipy.sparse.linalg import LinearOperator, eigsh

from rnnfv.errors import InputError

PANEL = 512
"""Rows of a large result computed at a time: the temporary of a product is this thin."""


def add_product(out: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """``out += a.T @ b``: out (p, q), a (n, p), b (n, q). Memory: a temporary of PANEL rows of ``out``."""
    for start in range(0, len(out), PANEL):
        out[start : start + PANEL] += a[:, start : start + PANEL].T @ b


class SymmetricSum:
    """A symmetric size x size matrix, the sum of many products, of which only the lower triangle is kept.

    The triangle lies in panels of PANEL rows, float64. Products have the type of their factors, so with float32 blocks
    the multiplications run at float32 speed and only the sum over blocks is float64.

    Memory: 4 size^2 bytes, half of a full float64 matrix.
    """

    def __init__(self, size: int):
        self.size = size
        self._starts = range(0, size, PANEL)
        self._panels = [
            np.zeros((min(PANEL, size - start), min(start + PANEL, size))) for start in self._starts
        ]

    def add(self, block: np.ndarray) -> None:
        """Add ``block.T @ block``, for a block (b, size)."""
        for start, panel in zip(self._starts, self._panels, strict=True):
            stop = panel.shape[1]
            panel += block[:, start:stop].T @ block[:, :stop]

    def subtract_outer(self, v: np.ndarray, times: float) -> None:
        """Subtract ``times v v^T``."""
        for start, panel in zip(self._starts, self._panels, strict=True):
            panel -= np.outer(times * v[start : panel.shape[1]], v[: panel.shape[1]])

    def scale(self, factor: float) -> None:
        """Multiply by a number."""
        for panel in self._panels:
            panel *= factor

    def trace(self) -> float:
        """The sum of the diagonal."""
        return float(
            sum(
                np.trace(panel[:, start:])
                for start, panel in zip(self._starts, self._panels, strict=True)
            )
        )

    def __matmul__(self, x: np.ndarray) -> np.ndarray:
        """The product with a vector (size,)."""
        x = np.ravel(x)
        out = np.zeros(self.size)
        for start, panel in zip(self._starts, self._panels, strict=True):
            stop = panel.shape[1]
            out[start:stop] += panel @ x[:stop]
            out[:start] += (
                x[start:stop] @ panel[:, :start]
            )  # what mirrors the panel, left of its diagonal block
        return out

    def lower(self, dtype: np.dtype | type = np.float64, shift: float = 0.0) -> np.ndarray:
        """The matrix plus ``shift`` times the identity: a full array, zero above the diagonal's blocks."""
        out = np.zeros((self.size, self.size), dtype)
        for start, panel in zip(self._starts, self._panels, strict=True):
            out[start : panel.shape[1], : panel.shape[1]] = panel
        out[np.diag_indices(self.size)] += shift
        return out

    def largest_eigenvalue(self) -> float:
        """By Lanczos iteration from a fixed start; for a positive semidefinite matrix. Relative error about 1e-10."""
        if self.size < 3:  # the iteration needs room
            return float(scipy.linalg.eigvalsh(self.lower())[-1])
        operator = LinearOperator((self.size, self.size), matvec=self.__matmul__, dtype=np.float64)
        start = np.random.default_rng(0).normal(size=self.size)
        # The tolerance is on the residual; the error of the eigenvalue is of the order of its square.
        return float(
            eigsh(operator, k=1, which="LA", v0=start, tol=1e-6, return_eigenvectors=False)[0]
        )


class ShiftedSystem(Protocol):
    r"""(S + s I) Z = P for one positive semidefinite S (N x N), one P (N x r) and many shifts s >= 0.

    With a view X, centred and divided by sqrt(n), and the other view Y likewise: S = X^T X, a covariance, and P = X^T Y
    (primal); or S = X X^T, a Gram matrix, and P = Y (dual). Either way the ridge regression of Y on X *explains*

    .. math:: P^T (S + s I)^{-1} P \;\text{(primal)}, \qquad P^T S (S + s I)^{-1} P \;\text{(dual)}.

    Attributes:
        dtype: the type computed in.
        largest: the largest eigenvalue of S.
        rank: an upper bound of the rank of S.
    """

    dtype: np.dtype
    largest: float
    rank: int

    def explained(self, shift: float) -> np.ndarray:
        """The explained covariance, (r, r) float64."""
        ...

    def solve(self, shift: float, directions: np.ndarray) -> np.ndarray:
        """(S + s I)^{-1} P directions: (r, k) -> (N, k)."""
        ...


class EigenSystem:
    """A :class:`ShiftedSystem` by one eigendecomposition of S, float64; then a shift costs two products.

    Directions without variance are left out, so the shift may be 0. Memory: 36 N^2 bytes at most.
    """

    dtype = np.dtype(np.float64)

    def __init__(self, matrix: SymmetricSum, right: np.ndarray, *, dual: bool):
        values, vectors = scipy.linalg.eigh(matrix.lower(), overwrite_a=True, driver="evd")
        self.largest = float(values[-1])
        keep = values > matrix.size * np.finfo(np.float64).eps * self.largest
        self.rank = int(keep.sum())
        self._values, self._vectors = values[keep, None], vectors[:, keep]
        self._right = self._vectors.T @ right
        self._dual = dual

    def explained(self, shift: float) -> np.ndarray:
        """The explained covariance, (r, r)."""
        weights = (self._values if self._dual else 1) / (self._values + shift)
        half = np.sqrt(weights) * self._right
        return half.T @ half

    def solve(self, shift: float, directions: np.ndarray) -> np.ndarray:
        """(S + s I)^{-1} P directions, up to what S sends to zero."""
        return self._vectors @ ((self._right @ directions) / (self._values + shift))


class CholeskySystem:
    """A :class:`ShiftedSystem` by one Cholesky factorisation for every shift, float32; the last one is kept.

    On vectors of unit length with shifts of 5e-5 and 1e-3 times the largest eigenvalue, cosine similarities of the
    projections come out as in float64 to 2e-5 and 1e-6, in half the memory and time.

    Memory: the sum's 4 N^2 bytes, one N x N and three N x r float32 matrices.

    Args:
        matrix: S.
        right: P.
        dual: what P is.
        rank: an upper bound of the rank of S.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, matrix: SymmetricSum, right: np.ndarray, *, dual: bool, rank: int):
        self.largest = matrix.largest_eigenvalue()
        self.rank = rank
        self._matrix = matrix
        self._right = right.astype(self.dtype, copy=False)
        self._variance = self._right.T @ self._right if dual else None
        self._shift: float | None = None
        self._upper = self._half = np.empty((0, 0), self.dtype)

    def explained(self, shift: float) -> np.ndarray:
        """The explained covariance, (r, r) float64.

        Raises:
            InputError: S + s I is not positive definite in float32.
        """
        self._factorize(shift)
        product = (self._half.T @ self._half).astype(np.float64)
        # S (S + s I)^-1 = I - s (S + s I)^-1
        return product if self._variance is None else self._variance - shift * product

    def solve(self, shift: float, directions: np.ndarray) -> np.ndarray:
        """(S + s I)^{-1} P directions."""
        self._factorize(shift)
        right = (directions.T.astype(self.dtype) @ self._half.T).T  # by columns, as LAPACK wants it
        return self._solve_triangular(right, trans=0)

    def _factorize(self, shift: float) -> None:
        """Compute U and U^-T P, where U^T U = S + s I."""
        if shift == self._shift:
            return
        self._shift = None
        self._upper = self._half = np.empty((0, 0), self.dtype)  # free the last one's memory first
        # LAPACK thinks in columns: a lower triangle by rows is to it an upper one, and is overwritten in place.
        self._upper, failed = spotrf(
            self._matrix.lower(self.dtype, shift).T, lower=0, clean=0, overwrite_a=1
        )
        if failed:
            raise InputError(
                f"a covariance whose largest eigenvalue is {self.largest:.2g}, with {shift:.2g} added to its diagonal, is "
                "not positive definite in float32: use a larger eta (1e-5 and above are safe), or factorization='eigen'."
            )
        self._half = self._solve_triangular(np.array(self._right, order="F"), trans=1)
        self._shift = shift

    def _solve_triangular(self, right: np.ndarray, trans: int) -> np.ndarray:
        """U^-1 or (``trans``) U^-T times ``right``, a matrix by columns, which is overwritten."""
        return strtrs(self._upper, right, lower=0, trans=trans, overwrite_b=1)[0]
