"""Fisher vectors of hybrid Gaussian-Laplacian mixtures.

Section "LMM and HGLMM" of the method; Klein et al., CVPR 2015.
"""

from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.estimators import LAYOUT, SEEDED, one_of, whole
from rnnfv.arrays.random_states import generator_of
from rnnfv.errors import InputError
from rnnfv.pooling.fisher_sums import FisherSums, FisherVectorModel, sample_elements
from rnnfv.pooling.mixtures import KINDS, HybridMixture


@dataclass(eq=False, repr=False)
class HGLMMFisherVector(FisherVectorModel):
    r"""Gradient of a sequence's log likelihood by a hybrid mixture's locations and spreads.

    For N elements with responsibilities :math:`\gamma_{ik}`, divided by the square root of the
    Fisher information's diagonal. Where component k is a Laplace in the dimension:

    .. math::
        G_{m_k} = \frac{1}{\sqrt{N \pi_k}} \sum_i \gamma_{ik} \operatorname{sign}(x_i - m_k), \qquad
        G_{s_k} = \frac{1}{\sqrt{N \pi_k}} \sum_i \gamma_{ik} \Big(\frac{|x_i - m_k|}{s_k} - 1\Big).

    The sign of 0 is +1, as in the authors' code. Where it is a Gaussian:

    .. math::
        G_{\mu_k} = \frac{1}{\sqrt{N \pi_k}} \sum_i \gamma_{ik} \frac{x_i - \mu_k}{\sigma_k}, \qquad
        G_{\sigma_k} = \frac{1}{\sqrt{2 N \pi_k}} \sum_i \gamma_{ik}
            \Big(\frac{(x_i - \mu_k)^2}{\sigma_k^2} - 1\Big).

    The vector is all locations (K x D), then all spreads: 2KD dimensions. It is blind to order.
    Apply :class:`~rnnfv.PowerNormalizer` afterwards, as in the paper.
    :class:`~rnnfv.GMMFisherVector` divides by N where this divides by its root; L2 normalisation
    makes that equal.

    Args:
        n_components: K.
        kind: ``"hybrid"``, ``"laplacian"`` or ``"gaussian"``.
        n_iter: EM iterations.
        max_samples: elements drawn at random to fit the mixture on.
        layout: of arrays, ``"time_first"``, ``"channels_first"`` or ``"auto"``.
        random_state: seed of the sample and of EM's start.

    Attributes:
        mixture_: the fitted :class:`~rnnfv.pooling.mixtures.HybridMixture`.
        n_features_in_: D.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> X = [rng.normal(size=(length, 3)) for length in (5, 8, 6)]
        >>> HGLMMFisherVector(2, random_state=0).fit_transform(X).shape
        (3, 12)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_components": whole(1),
        "kind": one_of(*KINDS),
        "n_iter": whole(1),
        "max_samples": whole(1),
        **LAYOUT,
        **SEEDED,
    }

    n_components: int = 30
    _: KW_ONLY
    kind: str = "hybrid"
    n_iter: int = 10
    max_samples: int = 300_000
    layout: str = "auto"
    random_state: int | np.random.RandomState | None = None

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the mixture on elements of the sequences X, a list of (T, D) arrays or a file.

        Raises:
            InputError: bad sequences, fewer elements than components, or a parameter out of range.
        """
        sequences, generator = self._known(X), generator_of(self.random_state)
        values = sample_elements(sequences, self.max_samples, generator)
        options: dict[str, Any] = {"kind": self.kind, "n_iter": self.n_iter}
        options["random_state"] = generator
        self.mixture_ = HybridMixture(self.n_components, **options).fit(values)
        return self

    @classmethod
    def from_mixture(cls, mixture: HybridMixture) -> Self:
        """The Fisher vectors of a mixture that is fitted already."""
        check_is_fitted(mixture)
        k, dim = mixture.means_.shape
        made = cls(k, n_iter=mixture.n_iter, random_state=mixture.random_state)
        made.kind = mixture.kind
        made.mixture_, made.n_features_in_ = mixture, dim
        return made

    def fisher_sums(self) -> FisherSums:
        """The fitted mixture's parameters."""
        mixture, laplacian = self.mixture_, self.mixture_.laplacian_
        locations = np.where(laplacian, mixture.medians_, mixture.means_)
        spreads = np.where(laplacian, mixture.scales_, np.sqrt(mixture.variances_))
        posterior, weights = mixture.predict_proba, mixture.weights_
        return FisherSums(posterior, weights, locations, spreads, laplacian, length_power=0.5)


@dataclass(eq=False, repr=False)
class LMMFisherVector(HGLMMFisherVector):
    """Fisher vectors of a Laplacian mixture: every dimension of every component is a Laplace.

    Args, attributes and methods are those of :class:`HGLMMFisherVector`, less ``kind``.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> model = LMMFisherVector(2, random_state=0).fit([rng.normal(size=(9, 3))])
        >>> bool(model.mixture_.laplacian_.all())
        True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        name: constraint
        for name, constraint in HGLMMFisherVector._parameter_constraints.items()
        if name != "kind"
    }

    kind: str = field(default="laplacian", init=False)

    @classmethod
    def from_mixture(cls, mixture: HybridMixture) -> Self:
        """The Fisher vectors of a mixture that is fitted already.

        Raises:
            InputError: the mixture has a Gaussian.
        """
        check_is_fitted(mixture)
        if not mixture.laplacian_.all():
            advice = "HGLMMFisherVector takes every mixture"
            raise InputError(f"a LMMFisherVector needs a mixture of Laplacians only; {advice}.")
        return super().from_mixture(mixture)
