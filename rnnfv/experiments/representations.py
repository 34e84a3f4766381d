"""Sentences as rows for the CCA: the representations of Tables 3 to 5.

Each is a :class:`~rnnfv.arrays.matrices.RowSource`.

Torch is imported only where a network is used.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from rnnfv.arrays.matrices import FunctionRows, RowSource, sample_coordinates
from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.arrays.views import NormalizedRows
from rnnfv.features.words.vocabulary import without_end
from rnnfv.pooling.concatenated import ConcatenatedFisherVectors
from rnnfv.pooling.hglmm import HGLMMFisherVector
from rnnfv.pooling.mean import MeanPooling
from rnnfv.pooling.mixture_files import read_mixtures
from rnnfv.pooling.mixtures import HybridMixture
from rnnfv.reduction.standardize import scaled_rows

KINDS = {
    "gmm-fv": ("gaussian",),
    "lmm-fv": ("laplacian",),
    "hglmm-fv": ("hybrid",),
    "mm-ens": ("gaussian", "hybrid"),
}
"""Which mixtures a pooling is made of."""


class Representation(Protocol):
    """A fitted representation of sentences."""

    def __call__(self, sentences: Sequences) -> RowSource:
        """The rows of these sentences, normalised and ready for the CCA."""
        ...


def mean_vector(sentences: Sequences) -> RowSource:
    """The mean of a sentence's words, L2; a sentence without known words is its end token."""

    def blocks(block_bytes: int) -> Iterator[np.ndarray]:
        step = max(1, block_bytes // (4 * sentences.dim))
        for first in range(0, len(sentences), step):
            run = without_end(sentences.run(first, min(first + step, len(sentences))))
            yield MeanPooling().fit(run).transform(run)

    return NormalizedRows(FunctionRows((len(sentences), sentences.dim), blocks), 1.0)


class MixtureRepresentation:
    """Fisher vectors of one mixture, or of several side by side (MM-ENS), or a part of them.

    Args:
        values: (V, D) preprocessed word vectors, in the order of the sentences' word numbers.
        mixtures: the fitted mixtures by kind.
        pooling: a key of :data:`KINDS`.
        alpha: of the power normalisation.
        coordinates: how many coordinates to keep, drawn at random by ``seed``; all if None.
        seed: of the draw.
    """

    def __init__(
        self,
        values: np.ndarray,
        mixtures: Mapping[str, HybridMixture],
        pooling: str,
        alpha: float,
        coordinates: int | None = None,
        seed: int = 0,
    ):
        self.values = values
        models = [HGLMMFisherVector.from_mixture(mixtures[kind]) for kind in KINDS[pooling]]
        total = sum(2 * len(model.mixture_.weights_) * model.n_features_in_ for model in models)
        kept = None if coordinates is None else sample_coordinates(total, coordinates, seed)
        self.vectors = ConcatenatedFisherVectors(models, kept, alpha=alpha)

    def __call__(self, sentences: Sequences) -> RowSource:
        """See :class:`Representation`."""
        assert isinstance(sentences.values, TableRows)
        table = TableRows(self.values, sentences.values.index)
        words = without_end(Sequences(sentences.ids, sentences.offsets, table))
        shape = len(words), self.vectors.dim
        source = FunctionRows(shape, lambda size: self.vectors.blocks(words, size))
        return NormalizedRows(source, 1.0)  # the power is taken before coordinates are picked


class NetworkRepresentation:
    """RNN Fisher vectors of a trained network, with whatever the settings ask for on top.

    Args:
        path: the network's file.
        settings: of the model: ``layers, coordinates, scaling, pca, pca_samples, alpha``.
        seed: of sampled coordinates.
        train: training sentences, for what has to be fitted (scaling, PCA).
    """

    def __init__(self, path: str | Path, settings: Mapping[str, Any], seed: int, train: Sequences):
        from rnnfv.rnn.checkpoint import TrainedNetwork
        from rnnfv.rnn.layer_gradients import layer_sizes

        trained = TrainedNetwork.read(path)
        self.model, self.objective = trained.network(), trained.settings.objective
        self.settings = settings
        width = sum(layer_sizes(self.model, settings["layers"]))
        count = settings["coordinates"]
        self.coordinates = None if count is None else sample_coordinates(width, count, seed)
        scaling, pca, samples = (settings[key] for key in ("scaling", "pca", "pca_samples"))
        self.finish = scaled_rows(self._gradients(train), scaling, pca, samples, seed)

    def __call__(self, sentences: Sequences) -> RowSource:
        """See :class:`Representation`."""
        return NormalizedRows(self.finish(self._gradients(sentences)), self.settings["alpha"])

    def _gradients(self, sentences: Sequences) -> RowSource:
        from rnnfv.rnn.fisher_vector_rows import FisherVectorRows

        asked = {"layers": self.settings["layers"], "coordinates": self.coordinates}
        return FisherVectorRows(self.model, sentences, objective=self.objective, **asked)


def representation(
    settings: Mapping[str, Any],
    seed: int,
    train: Sequences,
    *,
    network: str | Path | None = None,
    mixtures: str | Path | None = None,
) -> Representation:
    """The representation that a model's settings describe.

    Args:
        settings: of the model; ``pooling`` says which of the representations here it is.
        seed: of sampled coordinates.
        train: training sentences, for what has to be fitted.
        network: file of the trained network, for ``rnn-fv``.
        mixtures: file of the fitted mixtures, for poolings of :data:`KINDS`.
    """
    pooling = settings["pooling"]
    if pooling == "mean":
        return mean_vector
    if pooling == "rnn-fv":
        assert network is not None
        return NetworkRepresentation(network, settings, seed, train)
    assert mixtures is not None
    values, fitted = read_mixtures(mixtures)
    coordinates = settings["mixture_coordinates"] if pooling == "mm-ens" else None
    return MixtureRepresentation(values, fitted, pooling, settings["alpha"], coordinates, seed)
