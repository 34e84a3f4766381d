r"""Regularised canonical correlation analysis of sentences and images, streamed.

Section 4 of the method, "Regularised CCA". Row i of X (a sentence, p dimensions) belongs to row
``pairs[i]`` of Y (an image, q dimensions). With both views centred and covariances over the n pairs
(divided by n), regularised as

.. math:: \bar C_{xx} = C_{xx} + (\text{jitter} + \eta\,\lambda_{\max}(C_{xx}))\,I,
          \qquad \bar C_{yy} \text{ likewise},

the canonical correlations are the singular values of
:math:`\bar C_{xx}^{-1/2} C_{xy} \bar C_{yy}^{-1/2} = U \Sigma V^T`, and the views are projected by
:math:`W_x = \bar C_{xx}^{-1/2} U \Sigma` and :math:`W_y = \bar C_{yy}^{-1/2} V \Sigma`: every
column scaled by its correlation. No singular vectors of the p x q matrix are needed: :math:`V` and
:math:`\Sigma^2` are the eigenpairs of a q x q matrix, and
:math:`W_x = \bar C_{xx}^{-1} C_{xy} \bar C_{yy}^{-1/2} V`, a ridge regression.

Whatever does not depend on eta is computed once (:func:`cca_problem`), then solved for as many etas
as needed.
"""

from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Self

import numpy as np
import scipy.linalg
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.columns import check_names, column_names, keep_names
from rnnfv.arrays.estimators import Transformer, number, one_of, whole
from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.matrices import as_rows
from rnnfv.errors import InputError
from rnnfv.reduction.cca_projection import CCAProjection
from rnnfv.reduction.cca_views import CovarianceView, GramView, LargeView, SmallView

EIGEN_LIMIT = 2048
"""Matrices up to this size are decomposed, in float64; larger ones are factored, in float32."""


class CCAProblem:
    """A CCA of which everything but eta has been dealt with; made by :func:`cca_problem`."""

    def __init__(self, x: LargeView, y: SmallView):
        self._x, self._y = x, y

    def solve(
        self, eta: float, n_components: int | None = None, jitter: float = 1e-8
    ) -> CCAProjection:
        """The canonical directions for one eta.

        There are at most min(p, q, n - 1) of them, or the ranks of the views. Those whose
        correlation does not stand out of rounding (6e-8 in float64, 1.4e-3 in float32) are left
        out: scaled by it, they would count for nothing.

        Args:
            eta: regularisation of both views, relative to the largest eigenvalues of their
                covariances.
            n_components: components to keep; None keeps all.
            jitter: added to both diagonals as it is.

        Raises:
            InputError: eta is too small for the precision, or nothing correlates.
        """
        x, y = self._x, self._y
        shift = jitter + eta * x.system.largest
        whiten = 1 / np.sqrt(y.variances + jitter + eta * y.variances[-1])[:, None]
        explained = whiten * x.system.explained(shift) * whiten.T
        squares, vectors = scipy.linalg.eigh(explained, overwrite_a=True, driver="evd")
        k = min(n_components or len(squares), len(squares), x.system.rank)
        k = min(k, int((squares > 16 * np.finfo(x.system.dtype).eps).sum()))
        if k == 0:
            advice = (
                "check that pairs says which rows belong together, and that eta is not too large"
            )
            raise InputError(f"the views do not correlate at all: {advice}.")
        correlations = np.sqrt(np.minimum(squares[::-1][:k], 1))
        directions = whiten * vectors[:, ::-1][:, :k]
        y_weights = y.axes @ (directions * correlations)
        signs = np.sign(y_weights[np.abs(y_weights).argmax(axis=0), np.arange(k)])
        x_weights = x.weights(shift, directions * signs)  # the correlation's scale comes with C_xy
        y_weights = (y_weights * signs).astype(x.system.dtype)
        return CCAProjection(correlations, x.mean, x_weights, y.mean, y_weights)


def cca_problem(
    X: Any,
    Y: Any,
    pairs: np.ndarray | None = None,
    *,
    solver: str = "auto",
    factorization: str = "auto",
    block_bytes: int = BLOCK_BYTES,
) -> CCAProblem:
    """Accumulate what a CCA of X and Y needs, in one pass over X; then ``solve`` it for many etas.

    Memory, beside Y (m x q), Y once more and blocks, for N = p ("covariance") or N = n ("gram"):

    - eigen: 36 N^2 + 16 N q bytes;
    - Cholesky: 8 N^2 + 20 N q bytes. For p = 30,300 and q = 4,096 that is 10 GB.

    Args:
        X: (n, p) array, HDF5 data set or :class:`~rnnfv.arrays.matrices.RowSource`; the larger
            view, streamed.
        Y: (m, q), likewise, held in memory. Rows that no pair names do not count.
        pairs: (n,) the row of Y that belongs to each row of X; None pairs row i with row i.
        solver: ``"covariance"`` (p x p), ``"gram"`` (n x n), or ``"auto"``: gram if n is below 3/4
            of p. ``"gram"`` reads X by columns; a source without ``columns`` is held in memory
            while the matrix is accumulated (4 n p bytes). It reads X once more for every eta.
        factorization: of that matrix: ``"eigen"`` (float64; once, then an eta costs little; eta may
            be 0), ``"cholesky"`` (float32, much faster; once for every eta, which should be 1e-5 or
            more), or ``"auto"``: eigen up to 2,048 rows.
        block_bytes: how much of X is in memory at a time.

    Raises:
        InputError: NaN or infinity, pairs that do not fit, fewer than two rows, or a view without
            variance.
    """
    source = as_rows(X)
    n, p = source.shape
    if n < 2:
        raise InputError(f"CCA needs at least two rows to fit on; X has {n}.")
    dual = 4 * n < 3 * p if solver == "auto" else solver == "gram"
    if factorization == "auto":
        factorization = "eigen" if (n if dual else p) <= EIGEN_LIMIT else "cholesky"
    dtype = np.dtype(np.float64 if factorization == "eigen" else np.float32)
    y = SmallView(Y, n, pairs, dtype, block_bytes)
    x: LargeView = (GramView if dual else CovarianceView)(source, y, dtype, block_bytes)
    return CCAProblem(x, y)


@dataclass(eq=False, repr=False)
class RegularizedCCA(Transformer):
    """Regularised CCA as an estimator; see :mod:`rnnfv.reduction.cca` for the mathematics.

    Projections are centred and scaled by the canonical correlations; for retrieval, L2-normalise
    them and compare by inner products. To try many etas on the same data use :func:`cca_problem`.

    Args:
        n_components: components to keep; None keeps all there are.
        eta: regularisation relative to the largest eigenvalue of each view's covariance.
        jitter: absolute regularisation.
        solver: see :func:`cca_problem`.

    Attributes:
        correlations_: (k,) float64, decreasing.
        x_weights_, y_weights_: (p, k) and (q, k).
        x_mean_, y_mean_: (p,) and (q,) float64.
        projection_: all of these as one :class:`~rnnfv.reduction.cca_projection.CCAProjection`.
        n_features_in_: p.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> sentences, images = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
        >>> cca = RegularizedCCA(1).fit(sentences, images)
        >>> cca.transform(sentences).shape, cca.transform_y(images).shape
        ((20, 1), (20, 1))
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_components": [*whole(1), None],
        "eta": number(0, None, "left"),
        "jitter": number(0, None, "left"),
        "solver": one_of("auto", "covariance", "gram"),
    }

    n_components: int | None = None
    _: KW_ONLY
    eta: float = 1e-3
    jitter: float = 1e-8
    solver: str = "auto"

    def fit(self, X: Any, Y: Any, pairs: np.ndarray | None = None) -> Self:
        """Fit on two views.

        Args:
            X: (n, p).
            Y: (m, q).
            pairs: (n,) the row of Y that belongs to each row of X; None pairs row i with row i.

        Raises:
            InputError: as :func:`cca_problem`.
        """
        self._validate_params()
        keep_names(self, column_names(X))
        problem = cca_problem(X, Y, pairs, solver=self.solver)
        self._take(problem.solve(self.eta, self.n_components, self.jitter))
        return self

    @property
    def _n_features_out(self) -> int:
        return len(self.correlations_)

    def _take(self, projection: CCAProjection) -> None:
        self.projection_ = projection
        for name, value in vars(projection).items():
            setattr(self, f"{name}_", value)
        self.n_features_in_ = len(projection.x_mean)

    def _fitted(self) -> dict[str, Any]:
        return vars(self.projection_)

    def _restore(self, fitted: dict[str, Any]) -> None:
        self._take(CCAProjection(**fitted))

    def transform(self, X: Any, Y: Any = None) -> Any:
        """Project X to (n, k) float32; with Y, both, as a pair.

        Raises:
            InputError: another number of features than in ``fit``, NaN or infinity.
        """
        check_is_fitted(self)
        check_names(column_names(X), self)
        projected = self.projection_.project_x(X)
        return projected if Y is None else (projected, self.projection_.project_y(Y))

    def transform_y(self, Y: Any) -> np.ndarray:
        """Project Y to (m, k) float32; errors as :meth:`transform`."""
        check_is_fitted(self)
        return self.projection_.project_y(Y)

    def fit_transform(self, X: Any, Y: Any, pairs: np.ndarray | None = None) -> np.ndarray:
        """Fit, and project X; errors as :meth:`fit`.

        Args:
            X: (n, p).
            Y: (m, q).
            pairs: (n,) the row of Y that belongs to each row of X.
        """
        return self.fit(X, Y, pairs).transform(X)
