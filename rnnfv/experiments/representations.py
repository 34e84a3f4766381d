"""Sentences as rows for the CCA: the representations of Tables 3 to 5.

Each is a :class:`~rnnfv.arrays.matrices.RowSource`.

Torch is imported only where a network is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

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
from rnnfv.reduction.standardize import RowScaling, scaled_rows

if TYPE_CHECKING:
    from rnnfv.rnn.network import NextElementRNN

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
        coordinates: how many coordinates to keep, drawn at random by ``seed``, or which; all if
            None.
        seed: of the draw.
    """

    def __init__(
        self,
        values: np.ndarray,
        mixtures: Mapping[str, HybridMixture],
        pooling: str,
        alpha: float,
        coordinates: int | np.ndarray | None = None,
        seed: int = 0,
    ):
        self.values, self.pooling, self.alpha = values, pooling, alpha
        self.mixtures = {kind: mixtures[kind] for kind in KINDS[pooling]}
        models = [HGLMMFisherVector.from_mixture(mixtures[kind]) for kind in KINDS[pooling]]
        total = sum(2 * len(model.mixture_.weights_) * model.n_features_in_ for model in models)
        if isinstance(coordinates, int):
            coordinates = sample_coordinates(total, coordinates, seed)
        self.vectors = ConcatenatedFisherVectors(models, coordinates, alpha=alpha)

    def kept(self) -> dict[str, Any]:
        """For a file of a model: what :func:`representation_of` needs."""
        about = {"pooling": self.pooling, "alpha": self.alpha, "values": self.values}
        return {**about, "mixtures": self.mixtures, "coordinates": self.vectors.coordinates}

    def __call__(self, sentences: Sequences) -> RowSource:
        """See :class:`Representation`."""
        assert isinstance(sentences.values, TableRows)
        table = TableRows(self.values, sentences.values.index)
        words = without_end(Sequences(sentences.ids, sentences.offsets, table))
        shape = len(words), self.vectors.dim
        source = FunctionRows(shape, lambda size: self.vectors.blocks(words, size))
        return NormalizedRows(source, 1.0)  # the power is taken before coordinates are picked


@dataclass
class NetworkRepresentation:
    """RNN Fisher vectors of a trained network, with whatever the settings ask for on top.

    Attributes:
        model: the network.
        objective: that it was trained for.
        layers: whose gradient.
        coordinates: of the gradient that are kept, sorted; all if None.
        alpha: of the power normalisation.
        finish: scaling and PCA before it.
        device: where to compute.
    """

    model: NextElementRNN
    objective: str
    layers: Sequence[str]
    coordinates: np.ndarray | None
    alpha: float
    finish: RowScaling = field(default_factory=RowScaling)
    device: Any = "cpu"

    @classmethod
    def fitted(
        cls,
        model: NextElementRNN,
        objective: str,
        settings: Mapping[str, Any],
        seed: int,
        train: Sequences,
        device: Any = "cpu",
    ) -> Self:
        """The representation that the settings ask for.

        Args:
            model: the network.
            objective: that it was trained for.
            settings: of the model: ``layers, coordinates, scaling, pca, pca_samples, alpha``.
            seed: of sampled coordinates.
            train: training sentences, for what has to be fitted (scaling, PCA).
            device: where to compute.
        """
        from rnnfv.rnn.layer_gradients import layer_sizes

        width, count = sum(layer_sizes(model, settings["layers"])), settings["coordinates"]
        coordinates = None if count is None else sample_coordinates(width, count, seed)
        made = cls(model, objective, settings["layers"], coordinates, settings["alpha"])
        made.device = device
        scaling, pca, samples = (settings[key] for key in ("scaling", "pca", "pca_samples"))
        made.finish = scaled_rows(made._gradients(train), scaling, pca, samples, seed)
        return made

    @classmethod
    def read(
        cls, path: str | Path, settings: Mapping[str, Any], seed: int, train: Sequences
    ) -> Self:
        """As :meth:`fitted`, with the network of a file.

        Args:
            path: the network's file.
            settings: of the model.
            seed: of sampled coordinates.
            train: training sentences.
        """
        from rnnfv.rnn.checkpoint import TrainedNetwork

        trained = TrainedNetwork.read(path)
        return cls.fitted(trained.network(), trained.settings.objective, settings, seed, train)

    def __call__(self, sentences: Sequences) -> RowSource:
        """See :class:`Representation`."""
        return NormalizedRows(self.finish(self._gradients(sentences)), self.alpha)

    def kept(self) -> dict[str, Any]:
        """For a file of a model: what :func:`representation_of` needs."""
        from rnnfv.rnn.network_arrays import network_arrays

        about: dict[str, Any] = {"pooling": "rnn-fv", "objective": self.objective}
        about["layers"] = list(self.layers)
        about |= {"coordinates": self.coordinates, "alpha": self.alpha}
        scaling = {"scaling": self.finish.scaling, "pca": self.finish.pca}
        return about | scaling | {"network": network_arrays(self.model)}

    def _gradients(self, sentences: Sequences) -> RowSource:
        from rnnfv.rnn.fisher_vector_rows import FisherVectorRows

        asked: dict[str, Any] = {"layers": self.layers, "coordinates": self.coordinates}
        asked |= {"objective": self.objective, "device": self.device}
        return FisherVectorRows(self.model, sentences, **asked)


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
        return NetworkRepresentation.read(network, settings, seed, train)
    assert mixtures is not None
    values, fitted = read_mixtures(mixtures)
    coordinates = settings["mixture_coordinates"] if pooling == "mm-ens" else None
    return MixtureRepresentation(values, fitted, pooling, settings["alpha"], coordinates, seed)


def kept_representation(represent: Representation) -> dict[str, Any]:
    """A representation as numbers, arrays and mixtures, for a file of a model."""
    if isinstance(represent, MixtureRepresentation | NetworkRepresentation):
        return represent.kept()
    return {"pooling": "mean"}


def representation_of(kept: Mapping[str, Any], device: Any = "cpu") -> Representation:
    """The representation that :func:`kept_representation` was given.

    Args:
        kept: its numbers and arrays.
        device: where a network is to compute.
    """
    if kept["pooling"] == "mean":
        return mean_vector
    if kept["pooling"] == "rnn-fv":
        from rnnfv.rnn.network_arrays import network_of

        about = {key: kept[key] for key in ("objective", "layers", "coordinates", "alpha")}
        finish = RowScaling(kept["scaling"], kept["pca"])
        network = network_of(kept["network"])
        return NetworkRepresentation(network, **about, finish=finish, device=device)
    keys = ("values", "mixtures", "pooling", "alpha", "coordinates")
    return MixtureRepresentation(**{key: kept[key] for key in keys})
