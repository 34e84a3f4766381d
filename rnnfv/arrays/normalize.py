"""Power and L2 normalisation of rows (section "Normalisation" of the method)."""

from typing import Any

import numpy as np

from rnnfv.arrays.checks import SMALLEST


def l2_normalize(X: np.ndarray) -> np.ndarray:
    """Scale the rows of X, (n, D), to unit length; rows of zeros stay zero.

    float16 becomes float32: it can hold neither the squares of small numbers nor their sum.
    """
    X = np.asarray(X)
    X = X.astype(np.result_type(X, np.float32), copy=False)
    with np.errstate(over="ignore"):
        norms = np.linalg.norm(X, axis=1, keepdims=True)
    squared = (norms >= SMALLEST) & np.isfinite(norms)
    if not squared.all():  # squares vanished or overflowed, or there is nothing but zeros
        peaks = np.abs(X).max(axis=1, keepdims=True, initial=0)
        X = X / np.where(squared | (peaks == 0), 1, peaks)
        norms = np.linalg.norm(X, axis=1, keepdims=True)
    return X / np.where(norms > 0, norms, 1)


def power_normalize(X: np.ndarray, alpha: float) -> np.ndarray:
    """sign(z) |z|^alpha, element by element."""
    return X.copy() if alpha == 1 else np.sign(X) * np.abs(X) ** np.asarray(alpha, X.dtype)


def as_numpy(block: Any) -> np.ndarray:
    """A block of columns, NumPy or torch on any device, as NumPy."""
    return block if isinstance(block, np.ndarray) else block.cpu().numpy()
