"""Independent components of word vectors, the input of HGLMM.

Section "LMM and HGLMM" of the method.
"""

import logging
import warnings
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.decomposition import FastICA
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.checks import check_beside, peaks_of, real_matrix
from rnnfv.arrays.columns import check_features, check_names, column_names, keep_names
from rnnfv.arrays.estimators import SEEDED, Transformer, number, whole
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.random_states import generator_of
from rnnfv.errors import InputError
from rnnfv.reduction.pca import StreamedPCA

log = logging.getLogger(__name__)


@dataclass(eq=False, repr=False)
class WordICA(Transformer):
    """Independent components of unit-length word vectors, made unit length again, times ``scale``.

    A hybrid mixture takes dimensions as independent within a component; word2vec's are not,
    independent components are as nearly as a linear map can make them. As in the companion paper
    the mean is subtracted to find the unmixing matrix but not when it is applied. Zero vectors stay
    zero.

    Whitening is done here and scales sources to unit variance: a float64 eigendecomposition of the
    D x D covariance, which also tells the rank. FastICA then rotates the whitened float32 vectors,
    half the time and memory of float64. Its parallel algorithm finds all rotations at once by
    matrix products; deflation takes one at a time and hands its errors on. Its contrast is log
    cosh, the usual choice when sources may have heavier or lighter tails than a Gaussian.

    Args:
        n_components: k; None takes 300, or D or the rank of the fitted vectors where that is less.
        max_samples: rows drawn at random to fit on.
        random_state: seed of the sample and of FastICA's first rotation.
        scale: length of the vectors that come out.
        max_iter: FastICA's iterations at most; stopping there is logged and not warned about.
        tol: FastICA stops when no direction turns by more than this (1 less the cosine) in an
            iteration. On 20,000 word2vec words 3e-4 takes half the iterations of 1e-4 (115 for 212)
            for sources whose kurtosis is 0.5 % lower.

    Attributes:
        components_: (k, D) float32, the unmixing matrix; its rows give sources of unit variance.
        n_iter_: iterations done.
        converged_: whether ``tol`` was reached.
        n_features_in_: D.

    Examples:
        >>> words = np.random.default_rng(0).laplace(size=(50, 4))
        >>> WordICA(3).fit_transform(words).shape
        (50, 3)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_components": [*whole(1), None],
        "max_samples": whole(2),
        "scale": number(0, None, "neither"),
        "max_iter": whole(1),
        "tol": number(0, None, "neither"),
        **SEEDED,
    }

    n_components: int | None = None
    _: KW_ONLY
    max_samples: int = 300_000
    random_state: int | np.random.RandomState | None = 0
    scale: float = 10.0
    max_iter: int = 200
    tol: float = 3e-4

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the unmixing matrix from rows of X, (V, D); zero rows are left out.

        Raises:
            InputError: X is not a matrix, holds NaN or infinity, or has a rank below
                ``n_components``.
        """
        self._validate_params()
        keep_names(self, column_names(X))
        X = real_matrix(X, "word vector")
        check_beside(peaks_of(X), "word vector")
        generator = generator_of(self.random_state)
        rows = np.flatnonzero(X.any(axis=1))
        if len(rows) > self.max_samples:
            rows = np.sort(generator.choice(rows, self.max_samples, replace=False))
        if len(rows) < 2:
            few = f"{len(rows)} word vectors are not zero"
            raise InputError(f"{few}: independent components need at least 2.")
        words = l2_normalize(X[rows])
        whitening, mean = self._whitening(words)
        whitened = words @ whitening.T - whitening @ mean
        options = {"max_iter": self.max_iter, "tol": self.tol, "random_state": generator}
        ica = FastICA(algorithm="parallel", whiten=False, fun="logcosh", **options)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            ica.fit(whitened)
        unconverged = [issubclass(warning.category, ConvergenceWarning) for warning in caught]
        self.converged_ = not any(unconverged)
        self.n_iter_ = ica.n_iter_
        state = "converged" if self.converged_ else f"stopped short of tolerance {self.tol:g}"
        count, k = whitened.shape
        log.info("FastICA of %d x %d words %s after %d iterations", count, k, state, self.n_iter_)
        self.components_ = (ica.components_ @ whitening).astype(np.float32)
        self.n_features_in_ = X.shape[1]
        return self

    @property
    def _n_features_out(self) -> int:
        return len(self.components_)

    def transform(self, X: Any) -> np.ndarray:
        """Components of the rows of X, (V, D): (V, k) float32, of length ``scale``.

        Rows of zeros stay zero.

        Raises:
            InputError: another dimension than in ``fit``, NaN or infinity, or not a matrix.
        """
        check_is_fitted(self)
        check_names(column_names(X), self)
        X = real_matrix(X, "word vector")
        check_features(X.shape[1], self.n_features_in_, "ICA")
        return l2_normalize(l2_normalize(X) @ self.components_.T) * np.float32(self.scale)

    def _whitening(self, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A map of words to uncorrelated coordinates of unit variance, and their mean.

        Both float32, (k, D) and (D,).
        """
        pca = StreamedPCA(solver="covariance").fit(words)
        variances = pca.explained_variance_
        # Rounding of unit-length float32 vectors has a variance of about 1e-15.
        rank = int((variances > max(1e-10 * variances[0], 1e-12)).sum())
        wanted = self.n_components or 1
        if rank < wanted:
            found = f"the word vectors vary in {rank} directions"
            few = f"too few for {wanted} independent components"
            advice = "set n_components lower, or to None to take what there is"
            raise InputError(f"{found}, {few}: {advice}.")
        k = self.n_components or min(300, rank)
        whitening = pca.components_[:k] / np.sqrt(variances[:k, None])
        return whitening.astype(np.float32), pca.mean_.astype(np.float32)
