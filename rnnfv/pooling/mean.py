"""Mean pooling, the baseline that every other pooling is compared with."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.saving import Saveable
from rnnfv.arrays.sequences import as_sequences


class MeanPooling(Saveable, TransformerMixin, BaseEstimator):
    """The mean of a sequence's elements: (T, D) -> (D,). Blind to order."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn nothing but D from sequences X (a list of (T, D) arrays or a sequences file)."""
        self.n_features_in_ = as_sequences(X).dim
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Means of the sequences X: (n, D) float32.

        Raises:
            InputError: an empty sequence, NaN, or another dimension than in ``fit``.
        """
        check_is_fitted(self)
        sequences = as_sequences(X, self.n_features_in_)
        means = np.empty((len(sequences), sequences.dim), np.float32)
        for first, last, values in sequences.blocks():
            starts = sequences.offsets[first:last] - sequences.offsets[first]
            sums = np.add.reduceat(values.astype(np.float64), starts, axis=0)
            means[first:last] = sums / sequences.lengths[first:last, None]
        return means
