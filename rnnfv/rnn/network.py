"""The recurrent network that predicts the next element of a sequence, and its batches."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.devices import usual_torch


class NextElementRNN(nn.Module):
    """Fully connected layer, leaky ReLU, LSTM, linear output (section 3 of the method).

    The input at step i is the element before the one to predict; at the first step it is zero, the
    start element. Dropout acts on the input of the LSTM and on the input of the output layer, in
    training only: where a generator is given to draw it with.

    Args:
        n_features: D, the dimension of the elements.
        n_fc: units of the first layer; 0 leaves it out (sentences).
        n_lstm: H, LSTM units.
        n_outputs: outputs per step; D if None (regression), else the size of the alphabet
            (classification).
        dropout: probability of dropping a unit.
        negative_slope: of the leaky ReLU.
        scale: the elements times this number are what the network sees and predicts;
            :class:`PaddedBatches` multiplies them.
        generator: draws the initial weights, as torch's layers do; torch's own if None.

    Attributes:
        epochs: epochs of training it has seen in this process.
    """

    @usual_torch()  # weights made in inference mode could not be trained
    def __init__(
        self,
        n_features: int,
        n_fc: int = 200,
        n_lstm: int = 200,
        n_outputs: int | None = None,
        dropout: float = 0.0,
        negative_slope: float = 0.1,
        scale: float = 1.0,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        n_fc, n_lstm = int(n_fc), int(n_lstm)  # torch takes none of NumPy's
        self.scale, self.epochs, self.dropout = scale, 0, dropout
        empty: Any = {"device": "meta"}  # or the layers draw weights, with torch's own generator
        self.fc = nn.Linear(n_features, n_fc, **empty) if n_fc else None
        self.activation = nn.LeakyReLU(negative_slope)
        self.lstm = nn.LSTM(n_fc or n_features, n_lstm, batch_first=True, **empty)
        self.output = nn.Linear(n_lstm, n_outputs or n_features, **empty)
        if self.fc is not None:
            _draw(self.fc, n_features, generator)
        for layer in (self.lstm, self.output):
            _draw(layer, n_lstm, generator)

    def start_orthogonal(self, generator: torch.Generator | None = None) -> None:
        """Draw other initial weights, for states that remember: see ``init`` of the settings.

        Recurrent weights are orthogonal (Saxe et al., 2014), all others uniform after Glorot and
        Bengio (2010), a gate of the LSTM at a time. Biases are zero, but 1 for the forget gate
        (Jozefowicz et al., 2015).
        """
        by_input, by_state, bias, other_bias = self.lstm.parameters()  # in torch's order
        for weights in by_input.data.chunk(4):
            nn.init.xavier_uniform_(weights, generator=generator)
        for weights in by_state.data.chunk(4):
            nn.init.orthogonal_(weights, generator=generator)
        nn.init.zeros_(bias)
        nn.init.zeros_(other_bias)
        nn.init.ones_(bias.data.chunk(4)[1])  # input, forget, cell, output
        for layer in filter(None, (self.fc, self.output)):
            nn.init.xavier_uniform_(layer.weight, generator=generator)
            nn.init.zeros_(layer.bias)

    def hidden(
        self, inputs: torch.Tensor, generator: torch.Generator | None = None
    ) -> torch.Tensor:
        """The states that feed the output layer: (B, T, D) -> (B, T, H).

        ``inputs`` come from :func:`shifted`; ``generator`` draws the units that are dropped.
        """
        if self.fc is not None:
            inputs = self.activation(self.fc(inputs))
        states, _ = self.lstm(self._dropped(inputs, generator))
        return self._dropped(states, generator)

    def forward(
        self, inputs: torch.Tensor, generator: torch.Generator | None = None
    ) -> torch.Tensor:
        """Predictions v_i of the elements x_{i+1}: (B, T, D) -> (B, T, n_outputs)."""
        return self.output(self.hidden(inputs, generator))

    def _dropped(self, units: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        """Dropout, with the numbers of ``nn.Dropout``, which knows no generator but torch's own."""
        if generator is None or not self.dropout:
            return units
        keep = 1 - self.dropout
        return units * torch.empty_like(units).bernoulli_(keep, generator=generator).div_(keep)


def _draw(layer: nn.Module, size: int, generator: torch.Generator | None) -> None:
    """Weights of a layer without any, in the order and with the numbers of torch's own layers."""
    bound = 1 / math.sqrt(size)
    for name, empty in list(layer.named_parameters()):
        weights = nn.Parameter(torch.empty(empty.shape, dtype=torch.float32))
        if name == "weight":  # of a linear layer: the same bound, rounded otherwise
            nn.init.kaiming_uniform_(weights, a=math.sqrt(5), generator=generator)
        else:
            nn.init.uniform_(weights, -bound, bound, generator=generator)
        setattr(layer, name, weights)


def shifted(targets: torch.Tensor) -> torch.Tensor:
    """Inputs (x_0 = 0, x_1 .. x_{T-1}) for targets (x_1 .. x_T): (B, T, D) -> (B, T, D)."""
    return torch.cat([torch.zeros_like(targets[:, :1]), targets[:, :-1]], dim=1)


class PaddedBatches:
    """Ragged sequences on a device, handed out as padded batches, their elements times ``scale``.

    The LSTM runs forwards and padding comes last, so padded steps never influence real ones and
    need no packing: it is enough to leave them out of losses and gradients. Batches hold sequences
    of similar length, so padding is rare.

    Args:
        sequences: (T_i, D) each.
        device: where batches are.
        scale: that of the network which sees them.
    """

    def __init__(
        self, sequences: Sequences, device: torch.device | str = "cpu", scale: float = 1.0
    ):
        values, self.index = sequences.values, None
        if isinstance(values, TableRows):  # words: a small table, whose rows are picked per batch
            self.index = torch.from_numpy(values.index.astype(np.int64)).to(device)
            values = values.table
        self.table = torch.from_numpy(np.ascontiguousarray(values[:], dtype=np.float32)).to(device)
        if scale != 1:
            self.table = self.table * scale
        self.starts = torch.from_numpy(sequences.offsets[:-1]).to(device)
        self.lengths = torch.from_numpy(sequences.lengths).to(device)
        self._lengths = sequences.lengths

    def __len__(self) -> int:
        return len(self._lengths)

    def positions(self, batch: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Positions of a batch's steps, (B, T), and mask (B, T), true at real steps.

        ``batch`` holds the numbers of B sequences; T is the longest length among them. Padded steps
        point at the sequence's last element.
        """
        index = torch.from_numpy(batch).to(self.starts.device)
        last = self.lengths[index][:, None] - 1
        steps = torch.arange(int(self._lengths[batch].max()), device=last.device)
        return self.starts[index][:, None] + torch.minimum(steps, last), steps <= last

    def elements(self, positions: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The elements at ``positions``, (B, T, D), zero where padded."""
        rows = positions if self.index is None else self.index[positions]
        return self.table[rows] * mask[..., None]

    def run(self, steps: slice) -> torch.Tensor:
        """The elements at consecutive positions, whatever sequences they are of: (steps, D)."""
        return self.table[steps if self.index is None else self.index[steps]]

    def symbols(self, positions: torch.Tensor) -> torch.Tensor:
        """Numbers of the table's rows that are at ``positions``, (B, T) int64."""
        assert self.index is not None, "symbols are rows of a table"
        return self.index[positions]

    def by_length(self, batch_size: int) -> Iterator[np.ndarray]:
        """All sequences in order of length, ``batch_size`` at a time: the least padding."""
        order = np.argsort(self._lengths, kind="stable")
        yield from (order[i : i + batch_size] for i in range(0, len(order), batch_size))

    def shuffled(self, batch_size: int, generator: np.random.Generator) -> list[np.ndarray]:
        """Random batches of similar length.

        Shuffle, sort by length within runs of 16 batches, shuffle the batches.
        """
        order = generator.permutation(len(self))
        batches = []
        for start in range(0, len(order), 16 * batch_size):
            run = order[start : start + 16 * batch_size]
            run = run[np.argsort(self._lengths[run], kind="stable")]
            batches += [run[i : i + batch_size] for i in range(0, len(run), batch_size)]
        return [batches[i] for i in generator.permutation(len(batches))]
