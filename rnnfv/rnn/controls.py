"""Controls of the RNN Fisher vector as transformers: a network's activations, and no network."""

from typing import Any

import numpy as np

from rnnfv.arrays.estimators import UntrainedPooling
from rnnfv.rnn.estimator import RNNFisherVector
from rnnfv.rnn.predictions import copy_fisher_vectors


class RNNActivations(RNNFisherVector):
    """Mean hidden activations of the network of an :class:`RNNFisherVector`: (T, D) to (H,).

    Examples:
        >>> model = RNNActivations(n_fc=4, n_lstm=5, epochs=1, random_state=0)
        >>> model.fit_transform([[[1, 2], [3, 6]], [[5, 5]]]).shape
        (2, 5)
    """

    @property
    def _n_features_out(self) -> int:
        return int(self.network_.output.in_features)

    def transform(self, X: Any) -> np.ndarray:
        """Mean activations over the steps of the sequences X: (n, H) float32.

        Raises:
            InputError: as ``fit``, or another dimension than in ``fit``.
        """
        return self._vectors(X).mean_hidden()


class CopyFisherVector(UntrainedPooling):
    """Fisher vector of copying the element before, without a network: (T, D) to (D (D + 1),).

    Args:
        layout: of arrays, ``"time_first"``, ``"channels_first"`` or ``"auto"``.

    Examples:
        >>> CopyFisherVector().fit_transform([[[1, 2], [3, 6]], [[5, 5]]]).shape
        (2, 6)
    """

    @property
    def _n_features_out(self) -> int:
        return self.n_features_in_ * (self.n_features_in_ + 1)

    def transform(self, X: Any) -> np.ndarray:
        """Vectors of the sequences X: (n, D (D + 1)) float32.

        Raises:
            InputError: an empty sequence, NaN, or another dimension than in ``fit``.
        """
        return copy_fisher_vectors(self._more(X)).matrix()
