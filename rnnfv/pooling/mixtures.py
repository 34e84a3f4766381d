r"""EM for Laplacian, Gaussian and hybrid mixtures of high-dimensional vectors.

Section "LMM and HGLMM" of the method. Components are products over dimensions. In a hybrid mixture
every component k picks for every dimension d the family that fits better, a Laplace (location m,
scale s) or a Gaussian (mean mu, variance sigma^2):

.. math::
    p(x) = \sum_k \pi_k \prod_{d : b_{kd} = 1} \frac{1}{2 s_{kd}} e^{-|x_d - m_{kd}| / s_{kd}}
           \prod_{d : b_{kd} = 0} \frac{1}{\sqrt{2 \pi} \sigma_{kd}} e^{-(x_d - \mu_{kd})^2 / 2
           \sigma_{kd}^2}.

All b = 1 is the Laplacian mixture (LMM), all b = 0 the diagonal Gaussian mixture.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.checks import check_beside, check_varies, peaks_of, real_matrix
from rnnfv.arrays.columns import check_features
from rnnfv.arrays.estimators import SEEDED, number, one_of, whole
from rnnfv.arrays.random_states import generator_of
from rnnfv.arrays.saving import Saveable
from rnnfv.errors import InputError
from rnnfv.pooling.weighted_median import SortedColumns

KINDS = ("hybrid", "laplacian", "gaussian")
_CACHED_BYTES = 2**18  # of a block of rows; with its scratch copies it stays in a core's cache
_LEAST_MASS = 1e-6  # rows; a component that keeps less has nothing to be estimated from

log = logging.getLogger(__name__)


@dataclass(eq=False, repr=False)
class HybridMixture(Saveable, DensityMixin, BaseEstimator):
    r"""Mixture of products of Laplace and Gaussian densities, fitted by EM.

    EM runs a fixed number of iterations.

    E step: responsibilities gamma_ik. M step, for every component and dimension and with weights
    gamma: m the median, s the mean absolute deviation from it, mu and sigma^2 the mean and
    variance; pi the mean of gamma; b = 1 where the Laplace has the larger expected log likelihood,
    sum_i gamma_ik log p(x_id). s and sigma^2 stay at or above ``floor``.

    EM never lowers the mean log likelihood of the data, ``log_likelihoods_``. Given gamma, the
    weights, the pair (m, s), the pair (mu, sigma^2) and then the flag each maximise the expected
    complete-data log likelihood over all allowed values; with an active floor, the floor is the
    maximiser among the allowed ones. So the M step never loses, and Jensen's inequality carries
    that over to the data's likelihood. The random first flags are part of the start.

    The start: K different rows drawn at random are m and mu; s and sigma^2 are those of all rows;
    pi = 1/K; fair coins are b. A component that keeps less than a millionth of one row keeps its
    parameters; its weight goes on falling.

    Weighted medians cost no sort per iteration: rows are ranked once per dimension
    (:class:`SortedColumns`). One iteration takes time in proportion to N D K. Memory beside X: 5 N
    D + 4 N K bytes for float32.

    Args:
        n_components: K.
        kind: ``"hybrid"``, or ``"laplacian"`` or ``"gaussian"`` with all flags fixed.
        n_iter: EM iterations.
        floor: least s, and least sigma^2.
        random_state: seed of the start.

    Attributes:
        weights_: pi, (K,).
        medians_, scales_: m and s, (K, D), of both families' every dimension, flagged or not.
        means_, variances_: mu and sigma^2, (K, D), likewise.
        laplacian_: b, (K, D) bool.
        log_likelihoods_: (n_iter + 1,), mean over rows of log p(x) in nats: at the start and after
            every iteration.
        n_features_in_: D.

    Examples:
        >>> X = [[0.0], [0.1], [-0.1], [5.0], [5.1], [4.9]]
        >>> mixture = HybridMixture(2, kind="gaussian", random_state=0).fit(X)
        >>> sorted(mixture.means_[:, 0].round(1).tolist())
        [0.0, 5.0]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_components": whole(1),
        "kind": one_of(*KINDS),
        "n_iter": whole(1),
        "floor": number(0, None, "neither"),
        **SEEDED,
    }

    n_components: int = 30
    _: KW_ONLY
    kind: str = "hybrid"
    n_iter: int = 10
    floor: float = 1e-3
    random_state: int | np.random.RandomState | None = None

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit to the rows of X, (N, D).

        float64 is computed in float64, all else in float32 with float64 totals.

        Raises:
            InputError: fewer rows than components, NaN or infinity, not a matrix, or a parameter
                out of range.
        """
        self._validate_params()
        X, k = _matrix(X), self.n_components
        check_beside(peaks_of(X), "vector")
        if len(X) < k:
            raise InputError(f"{len(X)} vectors cannot fit {k} components: use fewer components.")
        check_varies(X, self.floor, "floor")
        self.n_features_in_ = X.shape[1]
        columns = SortedColumns(X)
        self._start(X, columns)
        gamma, likelihoods = np.empty((len(X), k), X.dtype), []
        for iteration in range(self.n_iter):
            likelihood, means, variances = self._e_step(X, gamma)
            done = "EM of %d components: log likelihood %.4f after %d iterations"
            log.info(done, k, likelihood, iteration)
            self._m_step(columns, gamma, means, variances)
            likelihoods.append(likelihood)
        self.log_likelihoods_ = np.array([*likelihoods, self.score(X)])
        return self

    def score_samples(self, X: Any) -> np.ndarray:
        """Log density in nats, log p(x), of the rows of X, (N, D): (N,) float64.

        Raises:
            InputError: another dimension than in ``fit``, NaN or infinity, or not a matrix.
        """
        return self._posterior(X)[0]

    def score(self, X: Any, y: Any = None) -> float:
        """Mean log likelihood of the rows of X, in nats; errors as :meth:`score_samples`."""
        return float(self.score_samples(X).mean())

    def predict_proba(self, X: Any) -> np.ndarray:
        """Responsibilities gamma of the rows of X, (N, D): (N, K) float64.

        Raises:
            InputError: as :meth:`score_samples`.
        """
        return self._posterior(X)[1]

    def _posterior(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        check_is_fitted(self)
        X = _matrix(X)
        check_features(X.shape[1], self.means_.shape[1], "the mixture")
        log_joint, origin = self._log_joint()
        likelihoods, gamma = np.empty(len(X)), np.empty((len(X), len(self.weights_)))
        for rows, block in _row_blocks(X):
            likelihoods[rows], gamma[rows] = _normalize(log_joint(block, block - origin))
        return likelihoods, gamma

    def _start(self, X: np.ndarray, columns: SortedColumns) -> None:
        generator = generator_of(self.random_state)
        shape = (self.n_components, X.shape[1])
        chosen = generator.choice(len(X), self.n_components, replace=False)
        self.medians_ = X[chosen].astype(np.float64)
        self.means_ = self.medians_.copy()
        _, deviations = columns.medians(np.ones((len(X), 1), X.dtype))
        mean = X.mean(axis=0, dtype=np.float64)
        variances = sum(((block - mean) ** 2).sum(axis=0) for _, block in _row_blocks(X)) / len(X)
        self.scales_ = np.broadcast_to(np.maximum(deviations / len(X), self.floor), shape).copy()
        self.variances_ = np.broadcast_to(np.maximum(variances, self.floor), shape).copy()
        flags = generator.randint(2, size=shape).astype(bool)
        fixed = np.full(shape, self.kind == "laplacian")
        self.laplacian_ = flags if self.kind == "hybrid" else fixed
        self.weights_ = np.full(self.n_components, 1 / self.n_components)

    def _e_step(self, X: np.ndarray, gamma: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Fill ``gamma``; return the mean log likelihood, and weighted means and variances of X."""
        log_joint, origin = self._log_joint()
        total, first, second = 0.0, np.zeros_like(self.means_), np.zeros_like(self.means_)
        for rows, block in _row_blocks(X):
            centred = block - origin
            likelihoods, responsibilities = _normalize(log_joint(block, centred))
            total += likelihoods.sum()
            gamma[rows] = responsibilities
            first += gamma[rows].T.astype(np.float64) @ centred
            second += gamma[rows].T.astype(np.float64) @ np.square(centred, out=centred)
        mass = _positive(gamma.sum(axis=0, dtype=np.float64))[:, None]
        means = first / mass
        return total / len(X), means + origin, np.maximum(second / mass - means**2, 0)

    def _m_step(
        self, columns: SortedColumns, gamma: np.ndarray, means: np.ndarray, variances: np.ndarray
    ) -> None:
        mass = gamma.sum(axis=0, dtype=np.float64)
        self.weights_ = mass / mass.sum()
        medians, deviations = columns.medians(gamma)
        deviations /= _positive(mass)[:, None]
        scales, floored = np.maximum(deviations, self.floor), np.maximum(variances, self.floor)
        # Expected log likelihoods at these parameters, per unit of mass.
        by_laplace = -np.log(2 * scales) - deviations / scales
        by_gauss = -0.5 * (np.log(2 * np.pi * floored) + variances / floored)
        alive = mass > _LEAST_MASS
        self.medians_[alive], self.scales_[alive] = medians[alive], scales[alive]
        self.means_[alive], self.variances_[alive] = means[alive], floored[alive]
        if self.kind == "hybrid":
            self.laplacian_[alive] = (by_laplace > by_gauss)[alive]

    def _log_joint(self) -> tuple[Callable[[np.ndarray, np.ndarray], np.ndarray], np.ndarray]:
        """A function that gives log pi_k + log p_k(x), (b, K) float64, and its origin, (D,).

        Its arguments are a block of rows (b, D) and, in float64, the block minus the origin.
        """
        gauss, origin = ~self.laplacian_, self.weights_ @ self.means_
        with np.errstate(divide="ignore"):  # a weight may be 0: its component is never responsible
            constant = np.log(self.weights_)
        constant -= (np.log(2 * self.scales_) * self.laplacian_).sum(axis=1)
        constant -= 0.5 * (np.log(2 * np.pi * self.variances_) * gauss).sum(axis=1)
        # The Gaussian dimensions are matrix products in x^2 and x. In float64 and about the
        # mixture's mean, what cancels between them is far below what matters.
        precisions, means = gauss / self.variances_, self.means_ - origin
        constant -= 0.5 * (precisions * means**2).sum(axis=1)
        linear, quadratic = (precisions * means).T, -0.5 * precisions.T

        def log_joint(block: np.ndarray, centred: np.ndarray) -> np.ndarray:
            joint = constant + centred @ linear + centred**2 @ quadratic
            scratch = np.empty_like(block)
            for k in np.flatnonzero(self.laplacian_.any(axis=1)):
                np.subtract(block, self.medians_[k].astype(block.dtype), out=scratch)
                np.abs(scratch, out=scratch)
                joint[:, k] -= scratch @ (self.laplacian_[k] / self.scales_[k]).astype(block.dtype)
            return joint

        return log_joint, origin


def _positive(mass: np.ndarray) -> np.ndarray:
    """Mass to divide by: 1 for components that kept none, whose estimates are not used."""
    return np.where(mass > _LEAST_MASS, mass, 1)


def _normalize(joint: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log likelihoods, (b,), and responsibilities, (b, K), from log pi_k + log p_k(x).

    ``joint`` is overwritten.
    """
    largest = joint.max(axis=1, keepdims=True)
    joint -= largest
    np.exp(joint, out=joint)
    total = joint.sum(axis=1, keepdims=True)
    joint /= total
    return (np.log(total) + largest)[:, 0], joint


def _row_blocks(X: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield slices of rows and the rows: so few that a core's cache holds them and copies."""
    step = max(16, _CACHED_BYTES // (X.shape[1] * X.itemsize))
    for start in range(0, len(X), step):
        rows = slice(start, min(start + step, len(X)))
        yield rows, X[rows]


def _matrix(X: Any) -> np.ndarray:
    """X as a contiguous (N, D) array of float64 if it is that, else float32."""
    return np.ascontiguousarray(real_matrix(X, "vector", keep_double=True))
