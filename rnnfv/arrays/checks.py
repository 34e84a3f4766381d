"""Checks of numbers wherever they enter: finite, real, of a size that can be meant.

There is one definition of such a size. Everything is squared and summed in float32, which ends at
3.4e38 and loses what is below 1e-38. A number may be at most 1e15, so that the squares of 1e8 of
them can be summed; an item with nothing above 1e-15 vanishes when it is squared. And beside an item
that is ten thousand times as large as the typical one, three of float32's seven digits are left of
the others: means, principal components and scores are those of the one. Real data are far from
that: the largest of 928 clips, by frame features, is 1.5 times the typical one, of 566 skeletons
1.2 times, of 7,000 images twice, of 19,797 word vectors 4 times.
"""

import warnings
from collections.abc import Mapping
from contextlib import suppress
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rnnfv.errors import InputError

LARGEST = 1e15
"""Numbers beyond it cannot be squared and summed in float32."""

SMALLEST = 1e-15
"""An item whose numbers are all below it vanishes when it is squared in float32."""

MOST_TIMES_TYPICAL = 1e4
"""An item is ten thousand times as large as the median of the items, at most."""

LEAST_TIMES_TYPICAL = 1e-6
"""A new item is a millionth of what is typical of a model's, at least: a pause is no noise."""

_OTHER_UNIT = 100
"""The median of some items is this many times that of others, or more: they have other units."""


def peaks_of(X: np.ndarray) -> np.ndarray:
    """The largest absolute value of every row of X, (n, D): NaN where a row holds NaN."""
    if not X.size:
        return np.zeros(len(X))
    smallest = X.min(axis=1).astype(np.float64)  # the negative of an unsigned number wraps
    return np.maximum(X.max(axis=1), -smallest)


def typical_of(peaks: ArrayLike) -> float:
    """The lower median of positive peaks: of two, the larger would else be half of it. 0 of none.

    Args:
        peaks: (n,) the largest absolute value of each item.
    """
    peaks = np.asarray(peaks, np.float64)
    there = peaks[(peaks > 0) & np.isfinite(peaks)]
    return float(np.quantile(there, 0.5, method="lower")) if len(there) else 0.0


def flaws(peaks: ArrayLike, typical: float | None = None) -> dict[int, str]:
    """The items that cannot be used because of their size: number -> ``"code: words"``.

    ==============  ==============================================================
    ``not-finite``  NaN or infinity
    ``too-large``   beyond 1e15, or ten thousand times what is typical of the others
    ``too-small``   nothing above 1e-15, or a millionth of what a model was fitted on
    ``zero``        nothing but zeros
    ==============  ==============================================================

    Args:
        peaks: (n,) the largest absolute value of each item.
        typical: of the items that a model was fitted on; of these if None.
    """
    peaks = np.asarray(peaks, np.float64)
    least = SMALLEST if typical is None else max(SMALLEST, typical * LEAST_TIMES_TYPICAL)
    typical = typical_of(peaks) if typical is None else typical
    found = {}
    for i in np.flatnonzero(~_is_meant(peaks, typical, least)):
        found[int(i)] = _flaw(float(peaks[i]), typical)
    return found


def other_unit(peaks: ArrayLike, typical: float) -> str:
    """The factor by which items are larger, or smaller, than is typical; "" below a hundred.

    Args:
        peaks: (n,) the largest absolute value of each item.
        typical: of other items; 0 where nothing is known of them.
    """
    found = typical_of(peaks)
    if not (found and typical) or max(found / typical, typical / found) < _OTHER_UNIT:
        return ""
    times = 10 ** round(abs(np.log10(found / typical)))
    return f"about {times:,} times as {'large' if found > typical else 'small'}"


def warn_of_other_unit(peaks: ArrayLike, typical: float | None, what: str) -> None:
    """Warn where new items are so large, or small, that their unit may be another one.

    Args:
        peaks: (n,) the largest absolute value of each item.
        typical: of the items that a model was fitted on; None where that is not known.
        what: the items, in words.
    """
    if times := other_unit(peaks, typical or 0.0):
        told = f"{what} are {times} as those that the model was fitted on: is it the same unit?"
        warnings.warn(told, UserWarning, stacklevel=2)


def _is_meant(peaks: np.ndarray, typical: float, least: float) -> np.ndarray:
    largest = min(LARGEST, MOST_TIMES_TYPICAL * typical) if typical else LARGEST
    return (peaks >= least) & (peaks <= largest)


def _flaw(peak: float, typical: float) -> str:
    if not np.isfinite(peak):
        return "not-finite: NaN or infinity"
    if peak > LARGEST:
        return f"too-large: {peak:.3g}, which overflows when it is squared and summed"
    if peak == 0:
        return "zero: nothing but zeros"
    if peak < SMALLEST:
        return f"too-small: nothing above {peak:.3g}, which vanishes when it is squared"
    size = "too-large" if peak > typical else "too-small"
    return f"{size}: {peak:.3g}, {peak / typical:.1g} times what is typical of the others"


def check_rows(X: np.ndarray, row: str, of: str = "", first: int = 0) -> None:
    """Check that every entry of X, (n, D), is finite and can be squared. Rows of zeros may be.

    Args:
        X: (n, D).
        row: what a row is, for the message, as "row" or "word vector".
        of: what follows its number in the message.
        first: number of the first row.

    Raises:
        InputError: the message names the first row that holds something else.
    """
    if not X.size or max(float(X.max()), -float(X.min())) <= LARGEST:  # NaN compares as false
        return
    peaks = peaks_of(X)
    number = int(np.argmin(peaks <= LARGEST))
    where = f"{row} {first + number}{of}"
    what = _flaw(float(peaks[number]), 0).partition(": ")[2]
    raise InputError(f"{where} holds {what}: repair it or leave it out.")


def items_of(X: Any, expected: str) -> Any:
    """X, once it is clear that it has items to go through.

    Args:
        X: several items.
        expected: what they are, for the message.

    Raises:
        InputError: it is a single thing, a text or a dictionary.
    """
    if isinstance(X, str | bytes | Mapping) or not np.iterable(X):
        raise InputError(f"expected {expected}, got {type(X).__name__}.")
    return X


def floating(dtype: Any) -> np.dtype:
    """A type that numbers are to be stored in.

    Raises:
        InputError: it is no floating-point type of NumPy.
    """
    with suppress(TypeError):
        found = np.dtype(dtype)
        if found.kind == "f":
            return found
    raise InputError(f"dtype is {dtype!r}; it is a floating-point type, as numpy.float32.")


def real_array(X: Any, what: str) -> np.ndarray:
    """X as an array of real numbers, in their own type.

    Args:
        X: whatever NumPy can make an array of.
        what: the array's name, for messages.

    Raises:
        InputError: it cannot, or the array holds something else.
    """
    if getattr(X, "requires_grad", False):
        raise InputError(f"{what} is a tensor that requires grad: give x.detach().")
    if np.ma.is_masked(X):
        raise InputError(f"{what} has masked entries: fill them, or leave it out.")
    try:
        array = np.asarray(X)
    except ValueError as error:
        problem = "is ragged: its elements have different numbers of values"
        raise InputError(f"{what} {problem}.") from error
    except (TypeError, RuntimeError) as error:  # a tensor on a GPU
        raise InputError(f"{what} cannot be made an array: {error}") from error
    if array.dtype.kind not in "fiu":
        raise InputError(f"{what} holds {array.dtype}; expected real numbers.")
    return array


def check_beside(
    peaks: ArrayLike, row: str, of: str = "", numbers: np.ndarray | None = None
) -> None:
    """Check that no row is so large that the others vanish beside it; rows of zeros may be.

    Args:
        peaks: (n,) the largest absolute value of each row.
        row: what a row is, for the message, as are the others.
        of: what follows its number.
        numbers: (n,) of the rows.

    Raises:
        InputError: naming the first that is.
    """
    for place, flaw in flaws(peaks).items():
        code, _, words = flaw.partition(": ")
        if code in ("not-finite", "too-large"):
            where = f"{row} {place if numbers is None else numbers[place]}{of}"
            raise InputError(f"{where} holds {words}: repair it or leave it out.")


def check_varies(X: np.ndarray, least: float, name: str) -> None:
    """Check that rows differ by more than what is added to, or is the floor of, every variance.

    Args:
        X: (n, D), finite.
        least: the variance that is assumed in any case. Beside ten thousand times as much as there
            is, nothing of X is left.
        name: of the parameter that sets it.

    Raises:
        InputError: they do not.
    """
    largest = float(X.var(axis=0, dtype=np.float64).max())
    if largest <= 1e-4 * least:
        problem = f"the elements are equal, or nearly: their variance is {largest:.1g} at most"
        raise InputError(f"{problem}, beside {name} = {least:g}. Scale them up, or lower it.")


def check_fits(X: np.ndarray, dtype: Any, what: str) -> None:
    """Check that a floating-point type holds X without turning numbers into infinity.

    Args:
        X: an array of numbers.
        dtype: that it is to be stored in.
        what: the array's name, for the message.

    Raises:
        InputError: it does not, or all of X would become zero.
    """
    limits, name = np.finfo(dtype), np.dtype(dtype).name
    peak = max(X.max(), -float(X.min())) if X.size else 0
    if peak > limits.max and np.isfinite(peak):
        end = f"ends at {limits.max:g}. Scale it down"
        raise InputError(f"{what} holds {peak:.6g}, and {name} {end}.")
    if 0 < peak < limits.tiny:
        begin = f"begins at {limits.tiny:.2g}. Scale it up"
        raise InputError(f"{what} holds nothing above {peak:.3g}, and {name} {begin}.")


def real_matrix(X: Any, row: str, keep_double: bool = False) -> np.ndarray:
    """X as a matrix (n, D) of numbers that can be squared, float32.

    Args:
        X: whatever NumPy can make a matrix of.
        row: what a row is, for messages.
        keep_double: leave float64 as it is.

    Raises:
        InputError: not a matrix of real numbers, or :func:`check_rows` objects.
    """
    X = real_array(X, f"the matrix of {row}s")
    if X.ndim != 2:
        expected = f"expected a ({row}s, dimension) matrix of real numbers"
        raise InputError(f"{expected}, got {X.dtype} of shape {X.shape}.")
    if not X.size:
        raise InputError(f"the matrix of {row}s is empty: its shape is {X.shape}.")
    X = X.astype(np.float64 if keep_double and X.dtype == np.float64 else np.float32, copy=False)
    check_rows(X, row)
    return X


def check_count(k: Any) -> None:
    """Check a number of answers that is asked for.

    Raises:
        InputError: it is no whole number of 1 or more.
    """
    if isinstance(k, bool) or not isinstance(k, Integral) or k < 1:
        raise InputError(f"k is {k!r}; it is how many answers to give, 1 or more.")
