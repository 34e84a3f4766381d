"""Mean pooling, the baseline that every other pooling is compared with."""

from typing import Any

import numpy as np

from rnnfv.arrays.estimators import UntrainedPooling


class MeanPooling(UntrainedPooling):
    """The mean of a sequence's elements: (T, D) -> (D,). Blind to order.

    Args:
        layout: of arrays, ``"time_first"``, ``"channels_first"`` or ``"auto"``.

    Examples:
        >>> MeanPooling().fit_transform([[[1, 2], [3, 6]], [[5, 5]]])
        array([[2., 4.],
               [5., 5.]], dtype=float32)
    """

    @property
    def _n_features_out(self) -> int:
        return self.n_features_in_

    def transform(self, X: Any) -> np.ndarray:
        """Means of the sequences X: (n, D) float32.

        Raises:
            InputError: an empty sequence, NaN, or another dimension than in ``fit``.
        """
        sequences = self._more(X)
        means = np.empty((len(sequences), sequences.dim), np.float32)
        for first, last, values in sequences.blocks():
            starts = sequences.offsets[first:last] - sequences.offsets[first]
            sums = np.add.reduceat(values.astype(np.float64), starts, axis=0)
            means[first:last] = sums / sequences.lengths[first:last, None]
        return means
