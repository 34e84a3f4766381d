"""Normalisation of Fisher vectors: power, then L2 (section "Normalisation" of the method)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from rnnfv.errors import InputError
from rnnfv.pca import ColumnSource
from rnnfv.storage import BLOCK_BYTES


def l2_normalize(X: np.ndarray) -> np.ndarray:
    """Scale the rows of X, (n, D), to unit length; rows of zeros stay zero."""
    norms = np.linalg.norm(X, axis=1, keepdims=True)
    return X / np.where(norms > 0, norms, 1)


def power_normalize(X: np.ndarray, alpha: float) -> np.ndarray:
    """sign(z) |z|^alpha, element by element."""
    return X.copy() if alpha == 1 else np.sign(X) * np.abs(X) ** np.asarray(alpha, X.dtype)


def as_numpy(block: Any) -> np.ndarray:
    """A block of a :class:`~rnnfv.pca.ColumnSource`, NumPy or torch on any device, as NumPy."""
    return block if isinstance(block, np.ndarray) else block.cpu().numpy()


class NormalizedColumns:
    """A :class:`~rnnfv.pca.ColumnSource` seen through power and L2 normalisation, itself by columns.

    Args:
        source: the (n, D) matrix; it is read once for the norms, if these are needed, and once per use.
        alpha: exponent of the power normalisation.
        l2: whether to scale rows to unit length afterwards.
    """

    def __init__(self, source: ColumnSource, alpha: float, block_bytes: int = BLOCK_BYTES, *, l2: bool = True):
        self.source = source
        self.alpha = alpha
        squares = np.zeros(source.shape[0])
        for block in source.columns(block_bytes) if l2 else ():
            squares += (np.abs(as_numpy(block)) ** np.float32(2 * alpha)).sum(axis=1, dtype=np.float64)
        self._scale = (1 / np.sqrt(np.where(squares > 0, squares, 1))).astype(np.float32)[:, None]

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""
        return self.source.shape

    def columns(self, block_bytes: int) -> Iterator[np.ndarray]:
        """Yield normalised blocks (n, w), left to right."""
        for block in self.source.columns(block_bytes):
            yield power_normalize(as_numpy(block), self.alpha) * self._scale


class PowerNormalizer(TransformerMixin, BaseEstimator):
    """z -> sign(z) |z|^alpha, then L2 per row.

    Args:
        alpha: exponent in (0, 1]; 1/2 in the paper.
        l2: whether to scale rows to unit length afterwards.
    """

    def __init__(self, alpha: float = 0.5, *, l2: bool = True):
        self.alpha = alpha
        self.l2 = l2

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the parameters; nothing is learnt from X."""
        if not 0 < self.alpha <= 1:
            raise InputError(f"alpha is {self.alpha}; it must be above 0 and at most 1.")
        self.n_features_in_ = np.shape(X)[1]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Normalise the rows of X, (n, D).

        Raises:
            InputError: X holds NaN or infinity.
        """
        X = np.asarray(X)
        if not np.isfinite(X).all():
            raise InputError("the vectors to normalise hold NaN or infinity.")
        if not np.issubdtype(X.dtype, np.floating):
            X = X.astype(np.float32)
        powered = power_normalize(X, self.alpha)
        return l2_normalize(powered) if self.l2 else powered

    def __sklearn_is_fitted__(self) -> bool:
        return True
