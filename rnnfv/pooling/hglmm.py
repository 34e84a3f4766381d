"""Fisher vectors of hybrid Gaussian-Laplacian mixtures (section "LMM and HGLMM" of the method; Klein et al., CVPR 2015)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.normalize import l2_normalize, power_normalize
from rnnfv.arrays.sequences import as_sequences
from rnnfv.errors import InputError
from rnnfv.pooling.fisher_sums import FisherSums, sample_elements
from rnnfv.pooling.mixtures import HybridMixture


class HGLMMFisherVector(TransformerMixin, BaseEstimator):
    r"""Gradient of a sequence's log likelihood with respect to a hybrid mixture's locations and spreads.

    For N elements with responsibilities :math:`\gamma_{ik}`, divided by the square root of the
    Fisher information's diagonal. Where component k is a Laplace in the dimension:

    .. math::
        G_{m_k} = \frac{1}{\sqrt{N \pi_k}} \sum_i \gamma_{ik} \operatorname{sign}(x_i - m_k), \qquad
        G_{s_k} = \frac{1}{\sqrt{N \pi_k}} \sum_i \gamma_{ik} \Big(\frac{|x_i - m_k|}{s_k} - 1\Big).

    Where it is a Gaussian:

    .. math::
        G_{\mu_k} = \frac{1}{\sqrt{N \pi_k}} \sum_i \gamma_{ik} \frac{x_i - \mu_k}{\sigma_k}, \qquad
        G_{\sigma_k} = \frac{1}{\sqrt{2 N \pi_k}} \sum_i \gamma_{ik} \Big(\frac{(x_i -
        \mu_k)^2}{\sigma_k^2} - 1\Big).

    The vector is all locations (K x D), then all spreads: 2KD numbers. It is blind to order. Apply
    :class:`~rnnfv.PowerNormalizer` afterwards, as in the paper. :class:`~rnnfv.GMMFisherVector`
    divides by N where this divides by its root; L2 normalisation makes that equal.

    Args:
        n_components: K.
        kind: ``"hybrid"``, ``"laplacian"`` or ``"gaussian"``.
        n_iter: EM iterations.
        max_samples: elements drawn at random to fit the mixture on.
        random_state: seed of the sample and of EM's start.

    Attributes:
        mixture_: the fitted :class:`~rnnfv.pooling.mixtures.HybridMixture`.
        n_features_in_: D.
    """

    def __init__(
        self,
        n_components: int = 30,
        *,
        kind: str = "hybrid",
        n_iter: int = 10,
        max_samples: int = 300_000,
        random_state: int | np.random.RandomState | None = None,
    ):
        self.n_components = n_components
        self.kind = kind
        self.n_iter = n_iter
        self.max_samples = max_samples
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the mixture on elements of the sequences X (a list of (T, D) arrays, Sequences or a sequences file).

        Raises:
            InputError: bad sequences, fewer elements than components, or a parameter out of range.
        """
        generator = check_random_state(self.random_state)
        return self._fit(sample_elements(as_sequences(X), self.max_samples, generator), generator)

    def fit_elements(self, values: np.ndarray) -> Self:
        """Fit the mixture on the rows of an (N, D) matrix, as the vectors of a vocabulary's words, each word once.

        Raises:
            InputError: not a matrix, NaN, fewer rows than components, or a parameter out of range.
        """
        generator = check_random_state(self.random_state)
        values = np.asarray(values)
        if values.ndim == 2 and len(values) > self.max_samples:
            values = values[np.sort(generator.choice(len(values), self.max_samples, replace=False))]
        return self._fit(values, generator)

    @classmethod
    def from_mixture(cls, mixture: HybridMixture) -> Self:
        """The Fisher vectors of a mixture that is fitted already."""
        check_is_fitted(mixture)
        k, dim = mixture.means_.shape
        made = cls(k, n_iter=mixture.n_iter, random_state=mixture.random_state)
        made.kind = mixture.kind
        made.mixture_, made.n_features_in_ = mixture, dim
        return made

    def transform(self, X: Any) -> np.ndarray:
        """Fisher vectors of the sequences X: (n, 2KD) float32. For more than fits in memory: :meth:`blocks`.

        Raises:
            InputError: an empty sequence, NaN, or another dimension than in ``fit``.
        """
        return np.concatenate(list(self.blocks(X)))

    def blocks(self, X: Any, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Fisher vectors of the sequences X, a block of rows (b, 2KD) of about ``block_bytes`` at a time.

        The rows do not depend on ``block_bytes`` by more than rounding. Errors as
        :meth:`transform`.
        """
        sums = self._fisher_sums()
        yield from sums.blocks(as_sequences(X, self.n_features_in_), block_bytes)

    def _fit(self, values: np.ndarray, generator: np.random.RandomState) -> Self:
        mixture = HybridMixture(
            self.n_components, kind=self.kind, n_iter=self.n_iter, random_state=generator
        )
        self.mixture_ = mixture.fit(values)
        self.n_features_in_ = values.shape[1]
        return self

    def _fisher_sums(self) -> FisherSums:
        check_is_fitted(self)
        mixture = self.mixture_
        return FisherSums(
            mixture.predict_proba,
            mixture.weights_,
            locations=np.where(mixture.laplacian_, mixture.medians_, mixture.means_),
            spreads=np.where(mixture.laplacian_, mixture.scales_, np.sqrt(mixture.variances_)),
            laplacian=mixture.laplacian_,
            length_power=0.5,
        )


class LMMFisherVector(HGLMMFisherVector):
    """Fisher vectors of a Laplacian mixture: :class:`HGLMMFisherVector` with every dimension of every component a Laplace.

    Args, attributes and methods are those of :class:`HGLMMFisherVector`, less ``kind``.
    """

    def __init__(
        self,
        n_components: int = 30,
        *,
        n_iter: int = 10,
        max_samples: int = 300_000,
        random_state: int | np.random.RandomState | None = None,
    ):
        super().__init__(
            n_components,
            kind="laplacian",
            n_iter=n_iter,
            max_samples=max_samples,
            random_state=random_state,
        )

    @classmethod
    def from_mixture(cls, mixture: HybridMixture) -> Self:
        """The Fisher vectors of a mixture that is fitted already.

        Raises:
            InputError: the mixture has a Gaussian.
        """
        check_is_fitted(mixture)
        if not mixture.laplacian_.all():
            raise InputError(
                "a LMMFisherVector needs a mixture of Laplacians only; HGLMMFisherVector takes every mixture."
            )
        return super().from_mixture(mixture)


class FisherModel(Protocol):
    """A fitted :class:`HGLMMFisherVector`, :class:`LMMFisherVector` or :class:`~rnnfv.GMMFisherVector`."""

    n_features_in_: int

    def _fisher_sums(self) -> FisherSums: ...


class ConcatenatedFisherVectors:
    """Fisher vectors of several fitted models side by side, of which some coordinates are kept.

    MM-ENS in the paper is GMM beside HGLMM, 36,000 coordinates, of which 20,000 drawn at random are
    kept::

        coordinates = np.sort(np.random.default_rng(seed).choice(36_000, 20_000, replace=False))
        ConcatenatedFisherVectors([gmm, hglmm], coordinates, alpha=0.5).transform(sentences)

    Args:
        models: fitted, of one D.
        coordinates: (C,) positions in the concatenated vector, kept in this order; all if None.
        alpha: exponent of a power normalisation followed by L2, of every model's vector for itself
            and before coordinates are picked; None leaves the vectors as they are. Not normalised,
            a GMM's and an HGLMM's vectors differ by the root of the sequence's length.

    Raises:
        InputError: no models, different D, or a coordinate out of range.
    """

    def __init__(
        self,
        models: Sequence[FisherModel],
        coordinates: np.ndarray | None = None,
        *,
        alpha: float | None = None,
    ):
        self._sums = [model._fisher_sums() for model in models]
        if len({model.n_features_in_ for model in models}) != 1:
            dims = ", ".join(str(model.n_features_in_) for model in models) or "none"
            raise InputError(
                f"models of Fisher vectors to concatenate need one dimension of elements; got {dims}."
            )
        self._n_features = models[0].n_features_in_
        self._starts = np.cumsum([0, *(sums.dim for sums in self._sums)])
        total = int(self._starts[-1])
        self.coordinates = np.arange(total) if coordinates is None else np.asarray(coordinates)
        if len(self.coordinates) and (
            self.coordinates.min() < 0 or self.coordinates.max() >= total
        ):
            raise InputError(
                f"coordinates must lie in 0 to {total - 1}: the models' vectors have {total}."
            )
        self.alpha = alpha

    @property
    def dim(self) -> int:
        """C, the number of coordinates kept."""
        return len(self.coordinates)

    def transform(self, X: Any) -> np.ndarray:
        """The kept coordinates for the sequences X: (n, C) float32; errors as :meth:`HGLMMFisherVector.transform`."""
        return np.concatenate(list(self.blocks(X)))

    def blocks(self, X: Any, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """As :meth:`transform`, in blocks (b, C) of rows; before picking, a block takes about ``block_bytes``."""
        sequences = as_sequences(X, self._n_features)
        total = int(self._starts[-1])
        streams = (sums.blocks(sequences, block_bytes, width=total) for sums in self._sums)
        for blocks in zip(*streams, strict=True):
            out = np.empty((len(blocks[0]), self.dim), np.float32)
            for vectors, start in zip(blocks, self._starts[:-1], strict=True):
                mine = (self.coordinates >= start) & (self.coordinates < start + vectors.shape[1])
                if self.alpha is not None:
                    vectors = l2_normalize(power_normalize(vectors, self.alpha))
                out[:, mine] = vectors[:, self.coordinates[mine] - start]
            yield out
