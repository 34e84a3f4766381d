"""Fisher vectors of trajectories: a codebook per descriptor (Wang and Schmid 2013, section 4.3)."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import islice
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.mixture import GaussianMixture
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.checks import check_rows, items_of, real_array
from rnnfv.arrays.estimators import SEEDED, Transformer, number, whole
from rnnfv.arrays.normalize import l2_normalize, power_normalize
from rnnfv.arrays.random_states import generator_of
from rnnfv.errors import InputError
from rnnfv.features.trajectories.files import TrackShards
from rnnfv.features.trajectories.tracks import descriptor_columns, descriptor_size
from rnnfv.pooling.gmm import GMMFisherVector, mixture_arrays, mixture_of
from rnnfv.reduction.pca import StreamedPCA

log = logging.getLogger(__name__)
_TRACKS_AT_A_TIME = 8192


@dataclass(eq=False, repr=False)
class TrajectoryFisherVector(Transformer):
    """From a video's tracks, (n, 426), to one vector: 109,056 dimensions for K = 256.

    Each of the five descriptors by itself: PCA to half of its dimensions, Fisher vector of a
    Gaussian mixture (:class:`~rnnfv.GMMFisherVector`), power and L2 normalisation. Side by side,
    then scaled to unit length. A video without tracks is the zero vector. Histograms are taken to
    be square roots already, as :func:`~rnnfv.extract_tracks` and the original program give them.

    Args:
        n_components: K, Gaussians per descriptor.
        max_samples: tracks drawn at random to fit PCA and mixtures on.
        max_iter: EM iterations.
        length: L, steps of a track.
        alpha: exponent of the power normalisation.
        random_state: seed of the draw and of EM's start.

    Attributes:
        pcas_, mixtures_: by descriptor, the fitted :class:`~rnnfv.StreamedPCA` and scikit-learn
            ``GaussianMixture``.
        n_features_in_: dimensions of a track.

    Memory of ``fit``: the drawn tracks, 4 x 426 bytes each, and their responsibilities, 8 K bytes
    each. Of ``transform``: a few thousand tracks at a time.

    Examples:
        >>> tracks = [np.random.default_rng(i).random((60, 426)) for i in range(3)]
        >>> TrajectoryFisherVector(2, max_iter=1, random_state=0).fit_transform(tracks).shape
        (3, 852)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_components": whole(1),
        "max_samples": whole(1),
        "max_iter": whole(1),
        "length": whole(1),
        "alpha": number(0, 1, "right"),
        **SEEDED,
    }

    n_components: int = 256
    _: KW_ONLY
    max_samples: int = 256_000
    max_iter: int = 50
    length: int = 15
    alpha: float = 0.5
    random_state: int | np.random.RandomState | None = None

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit on tracks: a list of (n, 426) arrays, one a video, some of them empty.

        Raises:
            InputError: fewer tracks than Gaussians, another number of columns, NaN or infinity.
        """
        self._validate_params()
        generator = generator_of(self.random_state)
        none = np.empty((0, descriptor_size(self.length)))
        tracks = np.concatenate([none, *map(self._checked, items_of(X, "a list of tracks"))])
        if len(tracks) > self.max_samples:
            tracks = tracks[np.sort(generator.choice(len(tracks), self.max_samples, replace=False))]
        if len(tracks) < self.n_components:
            found = f"the training videos have {len(tracks)} tracks"
            fewer = "use fewer components (trajectories.<name>.components)"
            advice = f"{fewer}, or videos in which something moves for longer"
            raise InputError(f"{found}, too few for {self.n_components} Gaussians: {advice}.")
        self.pcas_: dict[str, StreamedPCA] = {}
        self.mixtures_: dict[str, GaussianMixture] = {}
        self.n_features_in_ = tracks.shape[1]
        for name, columns in descriptor_columns(self.length).items():
            values = tracks[:, columns].astype(np.float32)
            pca = self.pcas_[name] = StreamedPCA(values.shape[1] // 2).fit(values)
            samples: dict[str, Any] = {"max_samples": len(values), "random_state": generator}
            gmm = GMMFisherVector(self.n_components, max_iter=self.max_iter, **samples)
            self.mixtures_[name] = gmm.fit([pca.transform(values)]).mixture_
            sizes = values.shape[1], len(pca.components_), self.n_components
            log.info("%s: %d -> %d dimensions, %d Gaussians", name, *sizes)
        return self

    @property
    def dim(self) -> int:
        """Dimensions of a video's vector, 2 K times the sum of the PCAs' dimensions."""
        check_is_fitted(self)
        return sum(2 * mixture.means_.size for mixture in self.mixtures_.values())

    @property
    def _n_features_out(self) -> int:
        return self.dim

    def transform(self, X: Any) -> np.ndarray:
        """Vectors of videos: a list of (n, 426) arrays -> (videos, 2 K 213) float32.

        Raises:
            InputError: another number of columns than in ``fit``, NaN or infinity.
        """
        return np.array([*self.vectors(X)], np.float32).reshape(-1, self.dim)

    def vectors(self, X: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """As :meth:`transform`, one video's vector (dim,) at a time, for tracks read on the way."""
        check_is_fitted(self)
        for x in items_of(X, "a list of tracks"):
            tracks = self._checked(x)
            if not len(tracks):
                yield np.zeros(self.dim, np.float32)
                continue
            blocks = []
            for name, columns in descriptor_columns(self.length).items():
                pca, mixture = self.pcas_[name], self.mixtures_[name]
                summed = np.zeros((3, *mixture.means_.shape))
                for start in range(0, len(tracks), _TRACKS_AT_A_TIME):
                    part = tracks[start : start + _TRACKS_AT_A_TIME, columns].astype(np.float32)
                    summed += _sums(mixture, pca.transform(part).astype(np.float64))
                vector = _fisher_vector(mixture, summed / len(tracks))[None]
                blocks.append(l2_normalize(power_normalize(vector, self.alpha))[0])
            yield (np.concatenate(blocks) / np.sqrt(len(blocks))).astype(np.float32)

    def _fitted(self) -> dict[str, Any]:
        mixtures = {name: mixture_arrays(one) for name, one in self.mixtures_.items()}
        return super()._fitted() | {"mixtures_": mixtures}

    def _restore(self, fitted: dict[str, Any]) -> None:
        mixtures = {name: mixture_of(one) for name, one in fitted["mixtures_"].items()}
        super()._restore(fitted | {"mixtures_": mixtures})

    def _checked(self, x: Any) -> np.ndarray:
        """Tracks as an array of the right width and of numbers."""
        x, width = real_array(x, "an item's tracks"), descriptor_size(self.length)
        if x.ndim != 2 or x.shape[1] != width:
            expected = f"expected (n, {width}), for tracks of {self.length} steps"
            raise InputError(f"tracks have shape {x.shape}; {expected}.")
        check_rows(x, "track")
        return x


def _sums(mixture: GaussianMixture, X: np.ndarray) -> np.ndarray:
    """Sums over the rows of X of gamma (repeated along D), gamma x and gamma x^2: (3, K, D)."""
    gamma = mixture.predict_proba(X)
    zeroth = np.repeat(gamma.sum(axis=0)[:, None], X.shape[1], axis=1)
    return np.stack([zeroth, gamma.T @ X, gamma.T @ (X * X)])


def _fisher_vector(mixture: GaussianMixture, means: np.ndarray) -> np.ndarray:
    """The Fisher vector (:class:`~rnnfv.GMMFisherVector`) from three mean sums: (2 K D,)."""
    zeroth, first, second = means
    mu, sigma = mixture.means_, np.sqrt(mixture.covariances_)
    weights = mixture.weights_[:, None]
    location = (first - mu * zeroth) / (sigma * np.sqrt(weights))
    scale = ((second - 2 * mu * first + mu**2 * zeroth) / sigma**2 - zeroth) / np.sqrt(2 * weights)
    return np.concatenate([location.ravel(), scale.ravel()])


def fit_codebook(
    tracks: TrackShards, training: Sequence[str], settings: Mapping[str, Any], seed: int
) -> TrajectoryFisherVector:
    """Fit PCA and mixtures on tracks that are drawn from the training videos.

    Args:
        tracks: of all videos.
        training: ids of the training videos.
        settings: ``components`` (K), and ``max_samples``, ``max_iter`` and ``length`` of
            :class:`TrajectoryFisherVector`.
        seed: of the draw and of EM's start.
    """
    options = {key: settings[key] for key in ("max_samples", "max_iter", "length")}
    drawn = tracks.sample(training, settings["max_samples"], np.random.default_rng(seed))
    total = sum(map(tracks.count, training))
    log.info("%d of %d tracks of %d videos", sum(map(len, drawn)), total, len(training))
    encoder = TrajectoryFisherVector(settings["components"], random_state=seed, **options)
    return encoder.fit(drawn)


def stacked(vectors: Iterator[np.ndarray], rows: int = 64) -> Iterator[np.ndarray]:
    """Blocks of vectors, (b, D). 64 rows are a chunk of a vectors file, so each is written once."""
    while block := list(islice(vectors, rows)):
        yield np.stack(block)
