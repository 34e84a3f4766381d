"""Fisher vectors of several models side by side (MM-ENS of the paper)."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rnnfv.arrays.conversion import as_sequences
from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.normalize import l2_normalize, power_normalize
from rnnfv.pooling.fisher_sums import FisherVectorModel


class ConcatenatedFisherVectors:
    """Fisher vectors of several fitted models side by side, of which some coordinates are kept.

    MM-ENS in the paper is GMM beside HGLMM, 36,000 coordinates, of which 20,000 drawn at random are
    kept::

        coordinates = np.sort(np.random.default_rng(seed).choice(36_000, 20_000, replace=False))
        ConcatenatedFisherVectors([gmm, hglmm], coordinates, alpha=0.5).blocks(sentences)

    Args:
        models: fitted, of one D.
        coordinates: (C,) positions in the concatenated vector, kept in this order; all if None.
        alpha: exponent of a power normalisation followed by L2, of every model's vector for itself
            and before coordinates are picked; None leaves the vectors as they are. Not normalised,
            a GMM's and an HGLMM's vectors differ by the root of the sequence's length.
    """

    def __init__(
        self,
        models: Sequence[FisherVectorModel],
        coordinates: np.ndarray | None = None,
        *,
        alpha: float | None = None,
    ):
        self._sums = [model.fisher_sums() for model in models]
        self._n_features = models[0].n_features_in_
        self._starts = np.cumsum([0, *(sums.dim for sums in self._sums)])
        total = int(self._starts[-1])
        self.coordinates = np.arange(total) if coordinates is None else np.asarray(coordinates)
        self.alpha = alpha

    @property
    def dim(self) -> int:
        """C, the number of coordinates kept."""
        return len(self.coordinates)

    def blocks(self, X: Any, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """The kept coordinates for the sequences X, in blocks of rows (b, C) float32.

        Before coordinates are picked, a block takes about ``block_bytes``.

        Raises:
            InputError: an empty sequence, NaN, or another dimension than in ``fit``.
        """
        sequences = as_sequences(X, self._n_features)
        total = int(self._starts[-1])
        streams = (sums.blocks(sequences, block_bytes, width=total) for sums in self._sums)
        for blocks in zip(*streams, strict=True):
            out = np.empty((len(blocks[0]), self.dim), np.float32)
            for vectors, start in zip(blocks, self._starts[:-1], strict=True):
                mine = (self.coordinates >= start) & (self.coordinates < start + vectors.shape[1])
                if self.alpha is not None:
                    vectors = l2_normalize(power_normalize(vectors, self.alpha))
                out[:, mine] = vectors[:, self.coordinates[mine] - start]
            yield out
