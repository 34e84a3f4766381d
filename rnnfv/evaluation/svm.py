r"""One-vs-rest linear SVM of many classes at once, by matrix products.

The objective is that of scikit-learn's ``LinearSVC``: for every class, with labels :math:`y_i =
\pm 1` and the intercept as the weight of a feature that is always 1,

.. math:: \tfrac12 \|w\|^2 + \tfrac12 b^2 + C \sum_i \max(0,\, 1 - y_i (w^T x_i + b))^2 .

It is strongly convex, so it has one minimiser. liblinear looks for it class by class and row by
row. Here Newton's method does all classes together (Keerthi and DeCoste 2005, for one class): of
every step the equations :math:`(I + 2 C \tilde X^T D_c \tilde X) p_c = -g_c`, where D_c picks the
rows inside the margin of class c, are solved by conjugate gradients, whose products are those of X
with one matrix for all classes.
"""

import warnings
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.checks import check_rows
from rnnfv.errors import InputError
from rnnfv.evaluation.scoring import Classifier

_BLOCK_BYTES = 2**26  # of rows in float64: X itself stays float32
_FORCING = 0.01
"""Conjugate gradients stop when the residual, in the preconditioner's norm, fell by this factor."""
_CG_LIMIT = 200


class LargestValue(Classifier):
    """A classifier by decision values: (n, c), or of two classes (n,), positive for the second."""

    def decision_function(self, X: Any) -> np.ndarray:
        """Decision values of X."""
        raise NotImplementedError

    def predict(self, X: Any) -> np.ndarray:
        """The class of the largest decision value, (n,)."""
        values = self.decision_function(X)
        best = (values > 0).astype(int) if values.ndim == 1 else values.argmax(axis=1)
        return self.classes_[best]


@dataclass(eq=False, repr=False)
class NewtonLinearSVC(LargestValue, BaseEstimator):
    """Linear SVM, squared hinge loss, one versus the rest: the minimiser ``LinearSVC`` approaches.

    Conjugate gradients run in float32, gradients and weights in float64. A class is done when its
    gradient's norm times the longest row's, the constant feature included, is at most ``tol``. The
    objective's curvature is at least 1, so the weights are then no further than the gradient's norm
    from the minimiser, and the decision values of rows of that length no further than ``tol``.

    Args:
        C: weight of the loss.
        tol: bound of the error of decision values.
        max_iter: Newton steps; about ten are needed for vectors of unit length and C = 1. Rows that
            share a large mean, are long or have a large C make the equations hard for conjugate
            gradients.

    Attributes:
        classes_: (c,) the labels, sorted.
        coef_, intercept_: (c, D) and (c,) float64; of two classes one row, positive for the second.
        gradient_norm_: largest norm of a class's gradient.
        converged_: whether all classes are done; if not, ``fit`` has warned.
        n_iter_: Newton steps done.

    Memory beside X: 4 n D bytes for its squares, as many if X is not float32, about 60 c (n + D),
    and a block.
    """

    C: float = 1.0
    _: KW_ONLY
    tol: float = 1e-5
    max_iter: int = 40

    def fit(self, X: Any, y: Any) -> Self:
        """Fit on X, (n, D), and labels y, (n,).

        Raises:
            InputError: fewer than two classes, NaN or infinity, or not a row per label.
        """
        X = np.ascontiguousarray(X, dtype=np.float32)
        self.classes_, index = np.unique(np.asarray(y), return_inverse=True)
        if X.ndim != 2 or len(X) != len(index):
            need = f"an SVM of {len(index)} labels needs a matrix of as many rows"
            raise InputError(f"{need}, got shape {X.shape}.")
        if len(self.classes_) < 2:
            raise InputError("an SVM needs items of at least two classes to train on.")
        check_rows(X, "row", " of the vectors to train the SVM on")
        columns = np.arange(len(self.classes_)) if len(self.classes_) > 2 else np.array([1])
        signs = np.where(index[:, None] == columns, np.float32(1), np.float32(-1))
        longest = float(np.sqrt(1 + np.einsum("ij,ij->i", X, X, dtype=np.float64).max()))
        weights = self._minimize(X, signs, self.tol / longest)
        self.coef_, self.intercept_ = weights[:-1].T.copy(), weights[-1]
        self.n_features_in_ = X.shape[1]
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Decision values of the rows of X: (n, c) float64; (n,) of two classes.

        Raises:
            InputError: another number of features than in ``fit``.
        """
        check_is_fitted(self)
        X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != self.n_features_in_:
            fitted = f"the SVM was fitted on {self.n_features_in_} features"
            raise InputError(f"X has shape {X.shape}, but {fitted}.")
        values = _values(X, np.vstack([self.coef_.T, self.intercept_]))
        return values[:, 0] if len(self.classes_) == 2 else values

    def _minimize(self, X: np.ndarray, signs: np.ndarray, tol: float) -> np.ndarray:
        """Weights of all classes, the intercept last, (D + 1, c); no gradient exceeds ``tol``."""
        weights = np.zeros((X.shape[1] + 1, signs.shape[1]))
        margins = np.ones(signs.shape)  # 1 - y f(x): positive for rows that count
        squares = np.square(X)
        for iteration in range(self.max_iter + 1):
            gradient = weights - 2 * self.C * _sums(X, signs * np.maximum(margins, 0))
            norms = np.linalg.norm(gradient, axis=0)
            self.gradient_norm_ = float(norms.max())
            todo = np.flatnonzero(norms > tol)
            if not len(todo) or iteration == self.max_iter:
                break
            inside = (margins[:, todo] > 0).astype(np.float32)
            direction = self._newton_direction(X, squares, inside, gradient[:, todo])
            change = signs[:, todo] * _values(X, direction)
            step = self._step(margins[:, todo], change, weights[:, todo], direction)
            weights[:, todo] += step * direction
            margins[:, todo] -= step * change
        self.n_iter_, self.converged_ = iteration, not len(todo)
        if not self.converged_:
            some = f"{len(todo)} of {signs.shape[1]} classes"
            message = f"{some} have not converged in {self.max_iter} Newton steps."
            warnings.warn(message, ConvergenceWarning, stacklevel=3)
        return weights

    def _newton_direction(
        self, X: np.ndarray, squares: np.ndarray, inside: np.ndarray, gradient: np.ndarray
    ) -> np.ndarray:
        """The solution of the Newton equations, (D + 1, c).

        By conjugate gradients, preconditioned by the Hessian's diagonal.
        """
        twice = np.float32(2 * self.C)
        diagonal = 1 + twice * np.vstack([squares.T @ inside, inside.sum(axis=0)])
        residual = -gradient.astype(np.float32)
        direction = np.zeros_like(residual)
        scaled = residual / diagonal
        search, product = scaled.copy(), (residual * scaled).sum(axis=0)
        # In this norm a few large eigenvalues do not hide how much is left along the others.
        enough = _FORCING**2 * product
        for _ in range(_CG_LIMIT):
            going = np.flatnonzero(product > enough)
            if not len(going):
                break
            p = search[:, going]
            inner = (X @ p[:-1] + p[-1]) * inside[:, going]
            curved = p + twice * np.vstack([X.T @ inner, inner.sum(axis=0)])
            alpha = product[going] / (p * curved).sum(axis=0)
            direction[:, going] += alpha * p
            residual[:, going] -= alpha * curved
            scaled = residual[:, going] / diagonal[:, going]
            after = (residual[:, going] * scaled).sum(axis=0)
            search[:, going] = scaled + (after / product[going]) * p
            product[going] = after
        return direction.astype(np.float64)

    def _step(
        self, margins: np.ndarray, change: np.ndarray, weights: np.ndarray, direction: np.ndarray
    ) -> np.ndarray:
        """The minimum along each direction, (c,); the slope is piecewise linear and increasing."""
        start, curvature = (weights * direction).sum(axis=0), (direction**2).sum(axis=0)
        low, high, step = np.zeros(len(start)), np.full(len(start), np.inf), np.ones(len(start))
        for _ in range(12):
            slack = np.maximum(margins - step * change, 0)
            slope = start + step * curvature - 2 * self.C * (slack * change).sum(axis=0)
            second = curvature + 2 * self.C * (np.square(change) * (slack > 0)).sum(axis=0)
            low, high = np.where(slope < 0, step, low), np.where(slope < 0, high, step)
            following = step - slope / second
            middle = np.where(np.isinf(high), 2 * step, (low + high) / 2)
            step = np.where((following > low) & (following < high), following, middle)
        return step


def _blocks(X: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Rows of X in float64, some at a time."""
    size = max(1, _BLOCK_BYTES // (8 * X.shape[1]))
    for first in range(0, len(X), size):
        yield slice(first, first + size), X[first : first + size].astype(np.float64)


def _values(X: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """X times weights (D + 1, c), of which the last is the intercept: (n, c) float64."""
    return np.concatenate([block @ weights[:-1] for _, block in _blocks(X)]) + weights[-1]


def _sums(X: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Sums over the rows of X, with a 1 at the end, times factors (n, c): (D + 1, c) float64."""
    total = np.zeros((X.shape[1], factors.shape[1]))
    for rows, block in _blocks(X):
        total += block.T @ factors[rows]
    return np.vstack([total, factors.sum(axis=0)])
