r"""RNN Fisher vectors in closed form (section 1 of the method).

Only the output layer's weights and bias are used, and their gradient needs no backward pass. With h_i the state that
feeds the layer and e_i the derivative of the loss by the layer's output,

.. math:: G = \frac{1}{N} \sum_i e_i \, [h_i; 1]^T, \qquad G \in R^{D \times (H + 1)},

where e_i = v_i - x_{i+1} for regression (loss 1/2 ||x_{i+1} - v_i||^2) and e_i = softmax(v_i) - onehot(w_{i+1}) for
classification (cross entropy). G is flattened by rows: bias last within each output dimension.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.sequences import Sequences
from rnnfv.rnn.network import NextElementRNN, PaddedBatches, shifted


def outer_gradient(
    errors: torch.Tensor, hidden: torch.Tensor, lengths: torch.Tensor | None
) -> torch.Tensor:
    """sum_i e_i [h_i; 1]^T, over the length if given: (B, T, D), (B, T, H), (B,) -> (B, D (H + 1)).

    ``errors`` must be zero at padded steps; ``hidden`` may hold anything finite there. ``lengths=None`` keeps the sum.
    """
    states = torch.cat([hidden, torch.ones_like(hidden[..., :1])], dim=2)
    if lengths is not None:
        errors = errors / lengths[:, None, None]
    return torch.bmm(errors.transpose(1, 2), states).flatten(1)


def regression_gradient(
    predictions: torch.Tensor,
    targets: torch.Tensor,
    hidden: torch.Tensor,
    mask: torch.Tensor,
    reduction: str = "mean",
) -> torch.Tensor:
    """RNN-FVs of the regression network: (B, T, D) x 2, (B, T, H), (B, T) -> (B, D (H + 1)).

    Args:
        predictions: v_i.
        targets: x_{i+1}.
        hidden: h_i, dropout off.
        mask: true at real steps.
        reduction: ``"mean"`` over steps (videos) or ``"sum"`` (sentences; L2 normalisation makes them equal).
    """
    errors = (predictions - targets) * mask[..., None]
    return outer_gradient(errors, hidden, mask.sum(1) if reduction == "mean" else None)


def classification_gradient(
    logits: torch.Tensor,
    targets: torch.Tensor,
    hidden: torch.Tensor,
    mask: torch.Tensor,
    coordinates: torch.Tensor | None = None,
    reduction: str = "sum",
) -> torch.Tensor:
    """RNN-FVs of the softmax network, all M (H + 1) coordinates or only the sampled ones.

    Args:
        logits: (B, T, M), the layer's output before the softmax.
        targets: (B, T) int64, the index of the next symbol; anything valid where padded.
        hidden: (B, T, H).
        mask: (B, T), true at real steps.
        coordinates: (C,) int64 positions in the flattened M x (H + 1) gradient, the same for every sequence.
        reduction: ``"sum"`` or ``"mean"`` over steps.

    Returns:
        (B, C), or (B, M (H + 1)) without ``coordinates``.
    """
    errors = torch.softmax(logits, dim=2)
    errors.scatter_add_(2, targets[..., None], -torch.ones_like(errors[..., :1]))
    errors = errors * mask[..., None]
    lengths = mask.sum(1) if reduction == "mean" else None
    if coordinates is None:
        return outer_gradient(errors, hidden, lengths)
    states = torch.cat([hidden, torch.ones_like(hidden[..., :1])], dim=2)
    width = states.shape[2]
    symbols, units = coordinates // width, coordinates % width
    gradient = states.new_zeros(len(states), len(coordinates))
    # On a CPU a few sequences at a time: what is gathered for them stays in the cache.
    step = len(states) if states.is_cuda else max(1, 2**18 // max(len(coordinates), 1))
    for first in range(0, len(states), step):
        some = slice(first, first + step)
        for t in range(states.shape[1]):
            gradient[some].addcmul_(
                errors[some, t].index_select(1, symbols), states[some, t].index_select(1, units)
            )
    return gradient / lengths[:, None] if lengths is not None else gradient


class FactoredGradients:
    """The (n, D W) matrix of sum_t e_t [h_t; 1]^T / T of n sequences, held as its factors; produced by rows or by columns.

    Rows stream to disk, and columns stream into a Gram matrix (:func:`rnnfv.reduction.gram.pca_scores`), without the matrix ever
    existing.

    Args:
        offsets: (n + 1,) int64, where each sequence's steps begin.
        dim: D, numbers in e_t.
        width: W, numbers in h_t and one.
        device: where the factors are and products are made.

    Attributes:
        errors: (total length, D) e_t, to be filled in.
        states: (total length, W) [h_t; 1], to be filled in but for the last column.

    Memory: 4 (D + W) bytes per step, and the block that is asked for.
    """

    def __init__(self, offsets: np.ndarray, dim: int, width: int, device: torch.device | str):
        self._offsets = offsets
        self.errors = torch.empty(int(offsets[-1]), dim, device=device)
        self.states = torch.ones(int(offsets[-1]), width, device=device)

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D W)."""
        return len(self._offsets) - 1, self.errors.shape[1] * self.states.shape[1]

    def rows(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Yield blocks (b, D W) float32 of consecutive sequences, in order.

        A block's memory is used again for the next one: write it out, or copy it, before asking for that.
        """
        n, dim = self.shape
        step = min(max(1, block_bytes // (4 * dim)), n)
        buffer = torch.empty(step, dim, device=self.errors.device)
        for start in range(0, n, step):
            out = buffer[: min(step, n - start)]
            self._gradients(start, slice(None), out)
            yield out.cpu().numpy()

    def columns(self, block_bytes: int = BLOCK_BYTES) -> Iterator[torch.Tensor]:
        """Yield blocks (n, w) float32 on the device, w a multiple of W: a few of the D at a time.

        As with :meth:`rows`, a block's memory is used again for the next one.
        """
        n, width = self.shape[0], self.states.shape[1]
        dims = self.errors.shape[1]
        step = min(max(1, block_bytes // (4 * n * width)), dims)
        buffer = torch.empty(n * step * width, device=self.errors.device)
        for start in range(0, dims, step):
            count = min(step, dims - start)
            out = buffer[: n * count * width].view(n, count * width)
            self._gradients(0, slice(start, start + count), out)
            yield out

    def _steps(self, i: int) -> slice:
        """Where the steps of sequence i lie."""
        return slice(int(self._offsets[i]), int(self._offsets[i + 1]))

    def _gradients(self, first: int, dims: slice, out: torch.Tensor) -> None:
        """Gradients of ``len(out)`` sequences from ``first``, at some of the D, ``dims``, into ``out``.

        One product per sequence, straight into its place: a batched product would have to gather, pad and scatter,
        and moving this much memory takes longer than the calls.
        """
        places = out.view(len(out), -1, self.states.shape[1])
        with torch.inference_mode():
            for i, place in enumerate(places, first):
                steps = self._steps(i)
                torch.addmm(
                    place,
                    self.errors[steps, dims].T,
                    self.states[steps],
                    beta=0,
                    alpha=1 / (steps.stop - steps.start),
                    out=place,
                )


class FisherVectors(FactoredGradients):
    """The (n, D (H + 1)) matrix of regression RNN-FVs, held as its factors and produced by rows or by columns.

    A sequence's gradient is the product of its errors (T, D) and states (T, H + 1), which take a tenth of its memory or
    less.

    Args:
        model: the network; it is switched to evaluation mode, so dropout is off.
        sequences: the sequences, (T_i, D).
        batch_size: sequences per forward pass; results do not depend on it.
        device: where to compute.
    """

    def __init__(
        self,
        model: NextElementRNN,
        sequences: Sequences,
        batch_size: int = 256,
        device: torch.device | str = "cpu",
    ):
        model = model.to(device).eval()
        data = PaddedBatches(sequences, device)
        super().__init__(
            sequences.offsets, model.output.out_features, model.output.in_features + 1, device
        )
        with torch.inference_mode():
            for rows in data.by_length(batch_size):
                positions, mask = data.positions(rows)
                targets = data.elements(positions, mask)
                hidden = model.hidden(shifted(targets))
                errors = model.output(hidden) - targets
                self.errors[positions[mask]], self.states[positions[mask], :-1] = (
                    errors[mask],
                    hidden[mask],
                )

    def loss(self, rows: np.ndarray) -> float:
        """Mean over the steps of the sequences at ``rows`` of 1/2 ||x_{i+1} - v_i||^2."""
        squared = sum(
            float(self.errors[self._steps(i)].cpu().double().square().sum()) for i in rows
        )
        return 0.5 * squared / int(np.diff(self._offsets)[np.asarray(rows)].sum())

    def mean_hidden(self) -> np.ndarray:
        """Mean over steps of the hidden state, (n, H) float32: the RNN activations as a representation."""
        return np.stack(
            [self.states[self._steps(i), :-1].mean(0).cpu().numpy() for i in range(self.shape[0])]
        )
