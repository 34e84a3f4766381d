"""Fisher vectors of a Gaussian mixture with diagonal covariances.

Section 2 of the method; Perronnin et al. 2010.
"""

import warnings
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from rnnfv.arrays.checks import check_varies
from rnnfv.arrays.estimators import LAYOUT, SEEDED, number, whole
from rnnfv.arrays.random_states import generator_of
from rnnfv.errors import InputError
from rnnfv.pooling.fisher_sums import FisherSums, FisherVectorModel, sample_elements

_GMM = ("weights_", "means_", "covariances_", "precisions_cholesky_")


@dataclass(eq=False, repr=False)
class GMMFisherVector(FisherVectorModel):
    r"""Gradient of a sequence's log likelihood by a GMM's means and standard deviations.

    With responsibilities :math:`\gamma_{tk}` of component k for element t, Fisher-normalised and
    averaged over the T elements:

    .. math::
        G_{\mu_k} = \frac{1}{T\sqrt{\pi_k}} \sum_t \gamma_{tk} \frac{x_t - \mu_k}{\sigma_k}, \qquad
        G_{\sigma_k} = \frac{1}{T\sqrt{2\pi_k}} \sum_t \gamma_{tk} \Big(\frac{(x_t -
        \mu_k)^2}{\sigma_k^2} - 1\Big).

    The vector is all means (K x D), then all standard deviations: 2KD dimensions. It is blind to
    order. Apply :class:`~rnnfv.PowerNormalizer` afterwards, as in the paper.

    Args:
        n_components: K.
        max_samples: elements drawn at random to fit the mixture on.
        max_iter: EM iterations; stopping there unconverged is normal and not warned about.
        reg_covar: added to every variance.
        layout: of arrays, ``"time_first"``, ``"channels_first"`` or ``"auto"``.
        random_state: seed of the sample and of EM's start.

    Attributes:
        mixture_: the fitted scikit-learn ``GaussianMixture``.
        n_features_in_: D.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> X = [rng.normal(size=(length, 3)) for length in (5, 8, 6)]
        >>> GMMFisherVector(2, random_state=0).fit_transform(X).shape
        (3, 12)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_components": whole(1),
        "max_samples": whole(1),
        "max_iter": whole(1),
        "reg_covar": number(0, None, "left"),
        **LAYOUT,
        **SEEDED,
    }

    n_components: int = 16
    _: KW_ONLY
    max_samples: int = 256_000
    max_iter: int = 50
    reg_covar: float = 1e-6
    layout: str = "auto"
    random_state: int | np.random.RandomState | None = None

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the mixture by EM on elements of the sequences X, a list of arrays or a file.

        Raises:
            InputError: bad sequences, one element, or fewer than components.
        """
        sequences = self._known(X)
        generator = generator_of(self.random_state)
        sample = sample_elements(sequences, self.max_samples, generator).astype(np.float64)
        if len(sample) < max(self.n_components, 2):
            few = f"{len(sample)} elements cannot fit {self.n_components} Gaussians"
            raise InputError(f"{few}: use fewer components, or more elements (two at least).")
        check_varies(sample, self.reg_covar, "reg_covar")
        kwargs = {"max_iter": self.max_iter, "reg_covar": self.reg_covar, "random_state": generator}
        self.mixture_ = GaussianMixture(self.n_components, covariance_type="diag", **kwargs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.mixture_.fit(sample)
        return self

    def fisher_sums(self) -> FisherSums:
        """The fitted mixture's parameters."""
        mixture = self.mixture_

        def posterior(elements: np.ndarray) -> np.ndarray:
            return mixture.predict_proba(elements.astype(np.float64))

        spreads, laplacian = np.sqrt(mixture.covariances_), np.zeros(mixture.means_.shape, bool)
        weights, locations = mixture.weights_, mixture.means_
        return FisherSums(posterior, weights, locations, spreads, laplacian, length_power=1)

    def _fitted(self) -> dict[str, Any]:
        return super()._fitted() | {"mixture_": mixture_arrays(self.mixture_)}

    def _restore(self, fitted: dict[str, Any]) -> None:
        super()._restore(fitted | {"mixture_": mixture_of(fitted["mixture_"])})


def mixture_arrays(mixture: GaussianMixture) -> dict[str, np.ndarray]:
    """The arrays that make a fitted mixture with diagonal covariances."""
    return {name: getattr(mixture, name) for name in _GMM}


def mixture_of(arrays: Mapping[str, np.ndarray]) -> GaussianMixture:
    """The mixture that :func:`mixture_arrays` came from."""
    mixture = GaussianMixture(len(arrays["weights_"]), covariance_type="diag")
    for name in _GMM:
        setattr(mixture, name, arrays[name])
    return mixture
