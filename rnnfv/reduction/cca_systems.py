"""The equations of :mod:`rnnfv.reduction.cca`: one system, solved for many regularisations."""

from typing import Protocol

import numpy as np
import scipy.linalg
from scipy.linalg.lapack import spotrf, strtrs

from rnnfv.errors import InputError
from rnnfv.reduction.symmetric import SymmetricSum


class ShiftedSystem(Protocol):
    r"""(S + s I) Z = P for one positive semidefinite S (N x N), one P (N x r) and many s >= 0.

    With a view X, centred and divided by sqrt(n), and the other view Y likewise: S = X^T X, a
    covariance, and P = X^T Y (primal); or S = X X^T, a Gram matrix, and P = Y (dual). Either way
    the ridge regression of Y on X *explains*

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

    def solve(self, shift: float, directions: np.ndarray) -> np.ndarray:
        """(S + s I)^{-1} P directions: (r, k) -> (N, k)."""


class EigenSystem:
    """A :class:`ShiftedSystem` by one eigendecomposition of S, float64; a shift costs two products.

    Directions without variance are left out, so the shift may be 0. Memory: 36 N^2 bytes at most.

    Args:
        matrix: S.
        right: P.
        dual: what P is.
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
    """A :class:`ShiftedSystem` by a Cholesky factorisation for every shift, float32; one is kept.

    On vectors of unit length with shifts of 5e-5 and 1e-3 times the largest eigenvalue, cosine
    similarities of the projections come out as in float64 to 2e-5 and 1e-6, in half the memory and
    time.

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
        # By columns, as LAPACK wants it.
        right = (directions.T.astype(self.dtype) @ self._half.T).T
        return self._solve_triangular(right, trans=0)

    def _factorize(self, shift: float) -> None:
        """Compute U and U^-T P, where U^T U = S + s I."""
        if shift == self._shift:
            return
        self._shift = None
        self._upper = self._half = np.empty((0, 0), self.dtype)  # free the last one's memory first
        # LAPACK thinks in columns: a lower triangle by rows is to it an upper one, and is
        # overwritten in place.
        upper = self._matrix.lower(self.dtype, shift).T
        self._upper, failed = spotrf(upper, lower=0, clean=0, overwrite_a=1)
        if failed:
            raise InputError(
                f"a covariance whose largest eigenvalue is {self.largest:.2g}, with {shift:.2g} "
                "added to its diagonal, is not positive definite in float32: use a larger eta "
                "(1e-5 and above are safe), or factorization='eigen'."
            )
        self._half = self._solve_triangular(np.array(self._right, order="F"), trans=1)
        self._shift = shift

    def _solve_triangular(self, right: np.ndarray, trans: int) -> np.ndarray:
        """U^-1 or (``trans``) U^-T times ``right``, a matrix by columns, which is overwritten."""
        return strtrs(self._upper, right, lower=0, trans=trans, overwrite_b=1)[0]
