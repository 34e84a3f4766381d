"""Whatever a user may call sequences, as :class:`~rnnfv.Sequences`: lists, arrays, files."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from rnnfv.arrays.checks import items_of, real_array
from rnnfv.arrays.columns import check_names, column_names
from rnnfv.arrays.sequences import Sequences, load_sequences
from rnnfv.errors import InputError

SHORTEST = 8
"""A single row is taken for a channel if it has as many values, else for an element."""

LAYOUTS = ("auto", "time_first", "channels_first")


def as_sequences(X: Any, dim: int | None = None, layout: str = "auto") -> Sequences:
    """Sequences of a user, checked: :class:`~rnnfv.Sequences`, a file of them, or arrays.

    Arrays are a list of (T, D) arrays, an (n, T, D) array, or univariate: a list of (T,) arrays or
    an (n, T) array. They are numbered: the id of the i-th is ``str(i)``.

    Args:
        X: the sequences.
        dim: D, where it is known.
        layout: of arrays: ``"time_first"``; ``"channels_first"``, (D, T) each, as in aeon; or
            ``"auto"``, time first unless lengths and values speak for the other
            (:func:`looks_channels_first`), which is warned about.

    Raises:
        InputError: see :meth:`~rnnfv.Sequences.validate`; also arrays that are not (T, D) of one D.
    """
    return read_sequences(X, dim, layout)[0]


def read_sequences(
    X: Any, dim: int | None = None, layout: str = "auto", typical: float | None = None
) -> tuple[Sequences, str]:
    """:func:`as_sequences`, and the layout that arrays were read in; ``"auto"`` where none were.

    Args:
        X: the sequences.
        dim: D, where it is known.
        layout: of arrays.
        typical: size of the sequences that a model was fitted on, to compare with.
    """
    X = load_sequences(X) if isinstance(X, str | Path) else X
    if isinstance(X, Sequences):
        if not len(X):
            raise InputError("no sequences given.")
        return X.validate(dim, typical), "auto"
    if layout not in LAYOUTS:
        raise InputError(f"layout: {layout!r} is not known; it is one of {', '.join(LAYOUTS)}.")
    X = items_of(X, "a list of (T, D) arrays, an (n, T, D) array or a file of sequences")
    if hasattr(X, "to_numpy"):  # a table: iterating gives the names of its columns
        X = X.to_numpy()
    arrays: list[np.ndarray] = []
    names: list[str] = []
    for i, x in enumerate(X):
        names = names or column_names(x)
        check_names(column_names(x), names, f"sequence '{i}'")
        arrays.append(_array(x, i))
    if not arrays:
        raise InputError("no sequences given.")
    univariate = np.ndim(arrays[0]) == 1
    arrays = [x[:, None] if x.ndim == 1 else x for x in arrays]
    if layout == "auto" and not univariate and looks_channels_first(arrays, dim):
        shape = (len(arrays), *arrays[0].shape)
        reading = "is read as aeon's (items, channels, time)"
        advice = "Give layout='channels_first' to confirm, or layout='time_first'"
        warnings.warn(f"X of shape {shape} {reading}. {advice}.", UserWarning, stacklevel=5)
        layout = "channels_first"
    if layout == "channels_first" and not univariate:
        arrays = [x.T for x in arrays]
    for i, x in enumerate(arrays):
        if x.shape[1] != (expected_dim := dim or arrays[0].shape[1]):
            advice = " One sequence alone goes into a list." if getattr(X, "ndim", 3) == 2 else ""
            problem = f"has dimension {x.shape[1]}, expected {expected_dim}"
            raise InputError(f"sequence '{i}' {problem}.{advice}")
    values = np.concatenate(arrays)
    if not np.issubdtype(values.dtype, np.floating):
        values = values.astype(np.float32)
    offsets = np.concatenate([[0], np.cumsum([len(x) for x in arrays])])
    found = Sequences([str(i) for i in range(len(arrays))], offsets, values)
    found.names = names
    return found.validate(dim, typical), layout


def looks_channels_first(arrays: list[np.ndarray], dim: int | None = None) -> bool:
    """Whether arrays, (T, D) or (D, T) each, are likely to be (D, T).

    Of different lengths, the axis that varies is time. Of equal lengths, one row of 8 values or
    more is one channel, for a single element has no order. Else time is taken to be the second
    axis if it is at least twice as long as the first, and values change less from step to step
    along it: neighbours in time are alike, neighbouring channels or features are not.

    Args:
        arrays: of two axes each.
        dim: D, where it is known.
    """
    firsts, seconds = ({x.shape[axis] for x in arrays} for axis in (0, 1))
    if len(firsts) > 1 or (dim is not None and seconds == {dim}):
        return False
    [first] = firsts
    if dim is not None:
        return first == dim
    if len(seconds) > 1:
        return len(arrays) > 1 and first > 0
    [second] = seconds
    if first < 2 or second < 2 * first:
        return first == 1 and second >= SHORTEST and len(arrays) > 1
    sample = np.stack(arrays[:: max(1, len(arrays) // 100)]).astype(np.float64)
    across, along = (np.abs(np.diff(sample, axis=axis)).mean() for axis in (1, 2))
    return bool(along < across)


def _array(x: Any, i: int) -> np.ndarray:
    """A sequence as an array of real numbers with two axes, or one if it is univariate."""
    array = real_array(x, f"sequence '{i}'")
    if array.ndim not in (1, 2):
        expected = "a sequence is a (length, dimension) array"
        raise InputError(f"sequence '{i}' has shape {array.shape}; {expected}.")
    return array
