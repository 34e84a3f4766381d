"""Fisher vectors of any of the network's layers, by columns: what PCA and the SVM of action recognition read.

The gradient of the LSTM has 320,800 numbers at the paper's size, of all layers 521,500: 28 GB for UCF101. Like that of the
output layer it is a product, of derivatives and of what the layer saw, and only these are held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.sequences import Sequences
from rnnfv.rnn.fisher_vector import FactoredGradients
from rnnfv.rnn.layer_gradients import layer_factors, layer_shapes
from rnnfv.rnn.network import NextElementRNN, PaddedBatches


class LayerFisherVectors:
    """The (n, P) matrix of gradients by the weights of some layers, as a :class:`~rnnfv.arrays.matrices.ColumnSource`.

    Args:
        model: a regression network; it is switched to evaluation mode, so dropout is off.
        sequences: the sequences, (T_i, D).
        layers: of ``fc``, ``lstm``, ``output``; columns come in this order, see :func:`rnnfv.rnn.layer_gradients.layer_gradients`.
        batch_size: sequences per pass; results do not depend on it.
        device: where to compute.

    Memory: 4 (given + seen) bytes per step and layer (:func:`rnnfv.rnn.layer_gradients.layer_shapes`), 10 kB for all three at the
    paper's size, so 2.6 GB for UCF101's 250,000 steps; and the block that is asked for.

    Raises:
        InputError: the network does not have the layer.
    """

    def __init__(
        self,
        model: NextElementRNN,
        sequences: Sequences,
        layers: Sequence[str],
        batch_size: int = 256,
        device: torch.device | str = "cpu",
    ):
        model = model.to(device).eval()
        shapes = dict(zip(layers, layer_shapes(model, layers), strict=True))
        self.parts = {
            name: FactoredGradients(sequences.offsets, given, seen, device)
            for name, (given, seen) in shapes.items()
        }
        data = PaddedBatches(sequences, device)
        for rows in data.by_length(batch_size):
            positions, mask = data.positions(rows)
            factors = layer_factors(model, data.elements(positions, mask), mask)
            for name, part in self.parts.items():
                deltas, seen = factors[name]
                part.errors[positions[mask]], part.states[positions[mask], :-1] = (
                    deltas[mask],
                    seen[mask],
                )

    @property
    def shape(self) -> tuple[int, int]:
        """(n, P)."""
        shapes = [part.shape for part in self.parts.values()]
        return shapes[0][0], sum(width for _, width in shapes)

    def columns(self, block_bytes: int = BLOCK_BYTES) -> Iterator[torch.Tensor]:
        """Yield blocks (n, w) float32 on the device, layer after layer; a block's memory is used again for the next."""
        for part in self.parts.values():
            yield from part.columns(block_bytes)
