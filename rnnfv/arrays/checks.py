"""Checks of matrices that every estimator makes: finite, real, of the right width."""

from typing import Any

import numpy as np

from rnnfv.errors import InputError


def seed_of(random_state: int | np.random.RandomState | None) -> int:
    """A seed from scikit-learn's ``random_state``; NumPy's global generator is left alone."""
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    if random_state is None:
        return int(np.random.default_rng().integers(2**31))
    return int(random_state)


def check_finite_rows(X: np.ndarray, row: str, of: str = "", first: int = 0) -> None:
    """Check that every entry of X, (n, D), is finite.

    Args:
        X: (n, D).
        row: what a row is, for the message, as "row" or "word vector".
        of: what follows its number in the message.
        first: the number of the first row.

    Raises:
        InputError: NaN or infinity; the message names the first row that holds one.
    """
    finite = np.isfinite(X).all(axis=1)
    if not finite.all():
        where = f"{row} {first + int(np.argmin(finite))}{of}"
        raise InputError(f"{where} holds NaN or infinity: repair it or leave it out.")


def real_matrix(X: Any, row: str, keep_double: bool = False) -> np.ndarray:
    """X as a matrix (n, D) of finite numbers, float32.

    Args:
        X: whatever NumPy can make a matrix of.
        row: what a row is, for messages.
        keep_double: leave float64 as it is.

    Raises:
        InputError: not a matrix of real numbers, NaN or infinity.
    """
    X = np.asarray(X)
    if X.ndim != 2 or X.dtype.kind not in "fiu":
        expected = f"expected a ({row}s, dimension) matrix of real numbers"
        raise InputError(f"{expected}, got {X.dtype} of shape {X.shape}.")
    X = X.astype(np.float64 if keep_double and X.dtype == np.float64 else np.float32, copy=False)
    check_finite_rows(X, row)
    return X


def check_features(found: int, fitted: int, model: str) -> None:
    """Check that X has as many columns as the data that ``model`` was fitted on.

    Args:
        found: columns of X.
        fitted: columns in ``fit``.
        model: its name, for the message.

    Raises:
        InputError: it has not.
    """
    if found != fitted:
        raise InputError(f"X has {found} features, but {model} was fitted on {fitted}.")
