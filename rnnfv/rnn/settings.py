"""Architecture and training of the next-element network as settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.errors import InputError
from rnnfv.rnn.network import NextElementRNN


@dataclass(frozen=True)
class RNNSettings:
    """Architecture and training of the network.

    Optimiser, learning rate and batch size are not in the paper.

    Attributes:
        objective: ``"regression"`` (the next element itself) or ``"classification"`` (which row of
            their table it is).
        n_fc, n_lstm: units of the first layer and of the LSTM (paper: 200, 200 for videos; none,
            100 for sentences).
        dropout: probability of dropping a unit (paper: more was better up to 0.95).
        negative_slope: of the leaky ReLU (paper: 0.1).
        learning_rate, weight_decay: of Adam with decoupled weight decay.
        batch_size: sequences per update.
        clip: largest norm of the gradient of an update.
        epochs: at most this many.
        patience: stop after this many epochs without a better validation score; 0 never stops
            early.
        scale: what elements are multiplied by: ``"none"`` (as the paper is read) or ``"unit"``, one
            number, by which the root mean square of the training items' values is 1. Elements of
            unit length are tiny for an LSTM where they have hundreds of dimensions.
        init: initial weights: ``"torch"``, its own, or ``"orthogonal"``, see
            :meth:`~rnnfv.rnn.network.NextElementRNN.start_orthogonal`.
    """

    objective: str = "regression"
    n_fc: int = 200
    n_lstm: int = 200
    dropout: float = 0.5
    negative_slope: float = 0.1
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    batch_size: int = 64
    clip: float = 5.0
    epochs: int = 30
    patience: int = 0
    scale: str = "none"
    init: str = "torch"

    def build(
        self, n_features: int, seed: int, n_symbols: int | None = None, scale: float = 1.0
    ) -> NextElementRNN:
        """The network with its initial weights, which depend on ``seed`` alone.

        Args:
            n_features: D, dimensions of an element.
            seed: of the initial weights.
            n_symbols: size of the vocabulary; needed for classification.
            scale: what elements are multiplied by, see :meth:`scale_of`.
        """
        n_outputs = n_symbols if self.objective == "classification" else None
        generator = torch.Generator().manual_seed(seed)
        sizes = n_features, self.n_fc, self.n_lstm, n_outputs
        network = NextElementRNN(*sizes, self.dropout, self.negative_slope, scale, generator)
        if self.init == "orthogonal":
            network.start_orthogonal(generator)
        return network

    def scale_of(self, sequences: Sequences) -> float:
        """The number that elements are multiplied by where a network is trained on ``sequences``.

        Raises:
            InputError: all elements are zero.
        """
        if self.scale == "none":
            return 1.0
        squares = sum(float(np.square(x, dtype=np.float64).sum()) for _, _, x in sequences.blocks())
        if squares == 0:
            raise InputError("scale: unit is not possible, since all training elements are zero.")
        return float(np.sqrt(len(sequences.values) * sequences.dim / squares))


def candidates(section: Mapping[str, Any]) -> list[RNNSettings]:
    """The settings of a section of the configuration, once for every ``scale`` that it names.

    Keys that are no settings of the network are left aside.
    """
    own = {key: section[key] for key in RNNSettings.__dataclass_fields__ if key in section}
    scales = own.pop("scale", "none")
    scales = [scales] if isinstance(scales, str) else scales
    return [RNNSettings(**own, scale=scale) for scale in scales]


def n_symbols(sequences: Sequences) -> int | None:
    """Number of symbols that elements are picked from, rows of their table; None: plain vectors."""
    return len(sequences.values.table) if isinstance(sequences.values, TableRows) else None
