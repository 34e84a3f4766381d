"""Controls of the RNN Fisher vector as transformers: a network's activations, and no network."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.saving import Saveable
from rnnfv.arrays.sequences import as_sequences
from rnnfv.rnn.estimator import RNNFisherVector
from rnnfv.rnn.predictions import copy_fisher_vectors


class RNNActivations(RNNFisherVector):
    """Mean hidden activations of the network of an :class:`RNNFisherVector`: (T, D) to (H,)."""

    def transform(self, X: Any) -> np.ndarray:
        """Mean activations over the steps of the sequences X: (n, H) float32.

        Raises:
            InputError: as ``fit``, or another dimension than in ``fit``.
        """
        return self._vectors(X).mean_hidden()


class CopyFisherVector(Saveable, TransformerMixin, BaseEstimator):
    """Fisher vector of copying the element before, without a network: (T, D) to (D (D + 1),)."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn nothing but D from sequences X (a list of (T, D) arrays or a sequences file)."""
        self.n_features_in_ = as_sequences(X).dim
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Vectors of the sequences X: (n, D (D + 1)) float32.

        Raises:
            InputError: an empty sequence, NaN, or another dimension than in ``fit``.
        """
        check_is_fitted(self)
        return copy_fisher_vectors(as_sequences(X, self.n_features_in_)).matrix()
