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

from rnnfv.rnn import NextElementRNN, PaddedBatches, shifted
from rnnfv.sequences import Sequences
from rnnfv.storage import BLOCK_BYTES


def outer_gradient(errors: torch.Tensor, hidden: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
    """sum_i e_i [h_i; 1]^T, over the length if given: (B, T, D), (B, T, H), (B,) -> (B, D (H + 1)).

    ``errors`` must be zero at padded steps; ``hidden`` may hold anything finite there. ``lengths=None`` keeps the sum.
    """
    states = torch.cat([hidden, torch.ones_like(hidden[..., :1])], dim=2)
    if lengths is not None:
        errors = errors / lengths[:, None, None]
    return torch.bmm(errors.transpose(1, 2), states).flatten(1)


def regression_gradient(
    predictions: torch.Tensor, targets: torch.Tensor, hidden: torch.Tensor, mask: torch.Tensor, reduction: str = "mean"
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
    # A slice of coordinates at a time: the products before the sum over steps are T times larger than the result.
    step = max(1, BLOCK_BYTES // (8 * states.shape[0] * states.shape[1]))
    parts = [
        (errors[..., symbols[i : i + step]] * states[..., units[i : i + step]]).sum(1)
        for i in range(0, len(coordinates), step)
    ]
    gradient = torch.cat(parts, dim=1)
    return gradient / lengths[:, None] if lengths is not None else gradient


class FisherVectors:
    """The (n, D (H + 1)) matrix of regression RNN-FVs, held as its factors and produced by rows or by columns.

    A sequence's gradient is the product of its errors (T, D) and states (T, H), which take 1/10 of its memory or less;
    rows stream to disk, and columns stream into a Gram matrix (:func:`rnnfv.pca.pca_scores`) without the matrix ever
    existing.

    Args:
        model: the network; it is switched to evaluation mode, so dropout is off.
        sequences: the sequences, (T_i, D).
        batch_size: sequences per forward pass; results do not depend on it.
        device: where to compute.
    """

    def __init__(
        self, model: NextElementRNN, sequences: Sequences, batch_size: int = 256, device: torch.device | str = "cpu"
    ):
        model = model.to(device).eval()
        self._data = data = PaddedBatches(sequences, device)
        self._lengths = sequences.lengths
        total = int(sequences.offsets[-1])
        self.errors = torch.empty(total, model.output.out_features, device=device)
        self.hidden = torch.empty(total, model.output.in_features, device=device)
        with torch.inference_mode():
            for rows in data.by_length(batch_size):
                positions, mask = data.positions(rows)
                targets = data.values[positions] * mask[..., None]
                hidden = model.hidden(shifted(targets))
                errors = model.output(hidden) - targets
                self.errors[positions[mask]], self.hidden[positions[mask]] = errors[mask], hidden[mask]

    def loss(self, rows: np.ndarray) -> float:
        """Mean over the steps of the sequences at ``rows`` of 1/2 ||x_{i+1} - v_i||^2."""
        squared, count = 0.0, 0
        for some in self._data.by_length(1024, np.asarray(rows)):
            positions, mask = self._data.positions(some)
            squared += float(self.errors[positions[mask]].double().square().sum())
            count += int(mask.sum())
        return 0.5 * squared / max(count, 1)

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D (H + 1))."""
        return len(self._lengths), self.errors.shape[1] * (self.hidden.shape[1] + 1)

    def mean_hidden(self) -> np.ndarray:
        """Mean over steps of the hidden state, (n, H) float32: the RNN activations as a representation."""
        sums = np.add.reduceat(self.hidden.double().cpu().numpy(), self._data.starts.cpu().numpy(), axis=0)
        return (sums / self._lengths[:, None]).astype(np.float32)

    def rows(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Yield blocks (b, D (H + 1)) float32 of consecutive sequences, in order."""
        step = max(1, block_bytes // (4 * self.shape[1]))
        for start in range(0, len(self._lengths), step):
            chosen = np.arange(start, min(start + step, len(self._lengths)))
            out = torch.empty(len(chosen), self.shape[1], device=self.errors.device)
            self._gradients(chosen, slice(None), out, group=64)
            yield out.cpu().numpy()

    def columns(self, block_bytes: int = BLOCK_BYTES) -> Iterator[torch.Tensor]:
        """Yield blocks (n, w) float32 on the device, w a multiple of H + 1: a few output dimensions at a time."""
        n, width = self.shape[0], self.hidden.shape[1] + 1
        step = max(1, block_bytes // (4 * n * width))
        buffer = torch.empty(n * step * width, device=self.errors.device)
        for start in range(0, self.errors.shape[1], step):
            count = min(step, self.errors.shape[1] - start)
            out = buffer[: n * count * width].view(n, count * width)
            self._gradients(np.arange(n), slice(start, start + count), out, group=256)
            yield out

    def _gradients(self, chosen: np.ndarray, dims: slice, out: torch.Tensor, group: int) -> None:
        """Gradients of the consecutive sequences ``chosen`` by the output dimensions ``dims``, into ``out``."""
        with torch.inference_mode():
            for rows in self._data.by_length(group, chosen):
                positions, mask = self._data.positions(rows)
                errors = self.errors[:, dims][positions] * mask[..., None]
                places = torch.from_numpy(rows - chosen[0]).to(out.device)
                out[places] = outer_gradient(errors, self.hidden[positions], mask.sum(1))
