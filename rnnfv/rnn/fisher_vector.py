r"""RNN Fisher vectors in closed form (section 1 of the method).

Only the output layer's weights and bias are used, and their gradient needs no backward pass. With
h_i the state that feeds the layer and e_i the derivative of the loss by the layer's output,

.. math:: G = \frac{1}{N} \sum_i e_i \, [h_i; 1]^T, \qquad G \in R^{D \times (H + 1)},

where e_i = v_i - x_{i+1} for regression (loss 1/2 ||x_{i+1} - v_i||^2) and
e_i = softmax(v_i) - onehot(w_{i+1}) for classification (cross entropy). G is flattened by rows:
bias last within each output dimension. Regression, which videos and most sentences use, is computed
by :class:`~rnnfv.rnn.factored_gradients.FactoredGradients`; classification here.
"""

import numpy as np
import torch

from rnnfv.arrays.sequences import Sequences
from rnnfv.devices import usual_torch
from rnnfv.rnn.factored_gradients import FactoredGradients
from rnnfv.rnn.network import NextElementRNN, PaddedBatches, shifted

STEPS = 1024
"""Steps whose errors are computed at a time: more would leave the CPU's caches."""


def classification_gradient(
    logits: torch.Tensor,
    targets: torch.Tensor,
    hidden: torch.Tensor,
    mask: torch.Tensor,
    coordinates: torch.Tensor | None = None,
) -> torch.Tensor:
    """RNN-FVs of the softmax network, all M (H + 1) coordinates or only the sampled ones.

    Args:
        logits: (B, T, M), the layer's output before the softmax.
        targets: (B, T) int64, the index of the next symbol; anything valid where padded.
        hidden: (B, T, H).
        mask: (B, T), true at real steps.
        coordinates: (C,) int64 positions in the flattened M x (H + 1) gradient, the same for every
            sequence.

    Returns:
        (B, C), or (B, M (H + 1)) without ``coordinates``.
    """
    errors = torch.softmax(logits, dim=2)
    errors.scatter_add_(2, targets[..., None], -torch.ones_like(errors[..., :1]))
    errors = errors * mask[..., None]
    lengths = mask.sum(1)
    states = torch.cat([hidden, torch.ones_like(hidden[..., :1])], dim=2)
    if coordinates is None:
        return torch.bmm((errors / lengths[:, None, None]).transpose(1, 2), states).flatten(1)
    width = states.shape[2]
    symbols, units = coordinates // width, coordinates % width
    gradient = states.new_zeros(len(states), len(coordinates))
    # On a CPU a few sequences at a time: what is gathered for them stays in the cache.
    step = len(states) if states.is_cuda else max(1, 2**18 // max(len(coordinates), 1))
    for first in range(0, len(states), step):
        some = slice(first, first + step)
        for t in range(states.shape[1]):
            by_symbol = errors[some, t].index_select(1, symbols)
            gradient[some].addcmul_(by_symbol, states[some, t].index_select(1, units))
    return gradient / lengths[:, None]


class FisherVectors(FactoredGradients):
    """The (n, D (H + 1)) matrix of regression RNN-FVs, produced by rows or by columns.

    A sequence's gradient is the product of its errors (T, D) and states (T, H + 1), which take a
    tenth of its memory or less.

    Args:
        model: the network; it is switched to evaluation mode, so dropout is off.
        sequences: the sequences, (T_i, D).
        batch_size: sequences per forward pass; results do not depend on it.
        device: where to compute.
    """

    @usual_torch()
    def __init__(
        self,
        model: NextElementRNN,
        sequences: Sequences,
        batch_size: int = 64,
        device: torch.device | str = "cpu",
    ):
        model = model.to(device).eval()
        data, output = PaddedBatches(sequences, device, model.scale), model.output
        super().__init__(sequences.offsets, output.out_features, output.in_features + 1, device)
        with torch.inference_mode():
            weights = torch.cat([output.weight, output.bias[:, None]], dim=1).T
            for batch in data.by_length(batch_size):
                positions, mask = data.positions(batch)
                hidden = model.hidden(shifted(data.elements(positions, mask)))
                self.states[positions[mask], :-1] = hidden[mask]
            for start in range(0, len(self.errors), STEPS):
                some = slice(start, start + STEPS)
                torch.mm(self.states[some], weights, out=self.errors[some])
                self.errors[some] -= data.run(some)

    def loss(self, chosen: np.ndarray) -> float:
        """Mean over the steps of the chosen sequences of 1/2 ||x_{i+1} - v_i||^2."""
        errors = (self.errors[self._steps(i)].cpu().double() for i in chosen)
        squared = sum(float(e.square().sum()) for e in errors)
        return 0.5 * squared / int(np.diff(self._offsets)[np.asarray(chosen)].sum())

    def hidden_rms(self, chosen: np.ndarray) -> float:
        """Root mean square of the hidden states' values, over the chosen sequences' steps."""
        states = torch.cat([self.states[self._steps(i), :-1] for i in chosen])
        return float(states.double().square().mean().sqrt())

    def mean_hidden(self) -> np.ndarray:
        """Mean over steps of the hidden state, (n, H): the RNN activations as a representation."""
        states = (self.states[self._steps(i), :-1] for i in range(self.shape[0]))
        return np.stack([state.mean(0).cpu().numpy() for state in states])
