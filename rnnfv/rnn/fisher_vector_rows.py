"""RNN Fisher vectors of more sequences than fit in memory, produced a block of rows at a time.

600,000 sentences x 30,300 dimensions are 70 GB. They pass once into the covariances of a CCA, and
once more to be projected.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from rnnfv.arrays.columns import check_features
from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.sequences import Sequences
from rnnfv.devices import usual_torch
from rnnfv.rnn.fisher_vector import FisherVectors, classification_gradient
from rnnfv.rnn.layer_gradients import layer_gradients, layer_sizes
from rnnfv.rnn.network import NextElementRNN, PaddedBatches, shifted

BATCH_BYTES = 2**25
"""Size of a batch's gradients, or of its softmax: larger arrays leave the CPU's caches."""


class FisherVectorRows:
    """The (n, P) matrix of RNN-FVs as a :class:`~rnnfv.arrays.matrices.RowSource`.

    Args:
        model: the network; a classification network has as many outputs as the sequences' table
            has rows.
        sequences: of any number; only their elements (for sentences: numbers of words) are in
            memory.
        objective: ``"regression"`` or ``"classification"``.
        layers: whose gradient, see :func:`rnnfv.rnn.layer_gradients.layer_gradients`.
        coordinates: sorted positions in the gradient to keep; all if None. For classification only
            these are computed.
        batch_size: sequences per forward pass; results do not depend on it.
        device: where to compute.

    Memory: a block, and the states and errors of its sequences.
    """

    def __init__(
        self,
        model: NextElementRNN,
        sequences: Sequences,
        *,
        objective: str = "regression",
        layers: Sequence[str] = ("output",),
        coordinates: np.ndarray | None = None,
        batch_size: int = 64,
        device: torch.device | str = "cpu",
    ):
        first = model.lstm.input_size if model.fc is None else model.fc.in_features
        check_features(sequences.dim, first, "the network")
        self.model = model.to(device).eval()
        self.sequences, self.coordinates = sequences, coordinates
        self.objective, self.layers = objective, tuple(layers)
        self.batch_size, self.device = batch_size, device
        self._full = sum(layer_sizes(model, self.layers))
        # The closed form gives sampled coordinates without the others.
        self._sampled_at_once = self.layers == ("output",) and objective == "classification"
        width = self._full if coordinates is None else len(coordinates)
        self.shape = len(sequences), width

    def rows(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Yield blocks (b, P) float32 of consecutive sequences, in order.

        A block's memory may be used again for the next.
        """
        # What is sampled from a full gradient needs the full gradient's memory first.
        width = self.shape[1] if self._sampled_at_once else self._full
        step = max(1, block_bytes // (4 * width))
        # One buffer: new memory for every block would cost more than computing it.
        buffer: np.ndarray | None = None
        for first in range(0, len(self.sequences), step):
            run = self.sequences.run(first, min(first + step, len(self.sequences)))
            if self.layers == ("output",) and self.objective == "regression":
                vectors = FisherVectors(self.model, run, self.batch_size, self.device)
                for block in vectors.rows(block_bytes):
                    yield block if self.coordinates is None else block[:, self.coordinates]
            else:
                if buffer is None:
                    buffer = np.empty((len(run), self.shape[1]), np.float32)
                yield self._gradients(run, buffer[: len(run)])

    @usual_torch()
    def _gradients(self, run: Sequences, out: np.ndarray) -> np.ndarray:
        """Rows of a run of sequences into ``out``, by batches of similar length."""
        data = PaddedBatches(run, self.device, self.model.scale)
        wanted = None
        if self.coordinates is not None:
            wanted = torch.from_numpy(self.coordinates).to(self.device)
        width = 16 * self.model.output.out_features if self._sampled_at_once else self._full
        for batch in data.by_length(min(self.batch_size, max(8, BATCH_BYTES // (4 * width)))):
            positions, mask = data.positions(batch)
            targets = data.elements(positions, mask)
            symbols = data.symbols(positions) if self.objective == "classification" else None
            if symbols is not None and self._sampled_at_once:
                with torch.inference_mode():
                    hidden = self.model.hidden(shifted(targets))
                    logits = self.model.output(hidden)
                    gradient = classification_gradient(logits, symbols, hidden, mask, wanted)
            else:
                gradient = layer_gradients(self.model, targets, mask, self.layers, symbols)
                gradient = gradient if wanted is None else gradient[:, wanted]
            out[batch] = gradient.cpu().numpy()
        return out
