"""Manners that estimators share: layouts of sequences, checked parameters, names of columns."""

from dataclasses import KW_ONLY, dataclass
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions, make_constraint
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.checks import LARGEST, items_of
from rnnfv.arrays.columns import check_names, keep_names
from rnnfv.arrays.conversion import LAYOUTS, read_sequences
from rnnfv.arrays.saving import Saveable
from rnnfv.arrays.sequences import Sequences
from rnnfv.errors import InputError

MOST = 2**31 - 1
"""The largest whole number that may be meant; libraries in C take none beyond it."""


_NUMBERS = (int, float, np.int32, np.int64, np.floating)
"""Not Fraction, which NumPy does not take, nor NumPy's shorter integers, which overflow."""


class _Numbers(Interval):
    """An interval without True and False, which Python takes for 1 and 0."""

    def is_satisfied_by(self, val: Any) -> bool:
        known = isinstance(val, _NUMBERS) and not isinstance(val, bool)
        return known and bool(super().is_satisfied_by(val))


class _ListOf(HasMethods):
    """Several values, each of which satisfies one of the constraints; at least one."""

    def __init__(self, constraints: list[Any]):
        super().__init__(["__len__", "__iter__"])
        self.each = [make_constraint(constraint) for constraint in constraints]

    def is_satisfied_by(self, val: Any) -> bool:
        several = np.iterable(val) and super().is_satisfied_by(val)  # an array may be a number
        if isinstance(val, str | bytes | dict) or not several or not len(val):
            return False
        return all(any(one.is_satisfied_by(item) for one in self.each) for item in val)

    def __str__(self) -> str:
        return f"a list of {' or '.join(map(str, self.each))}"


def whole(least: int) -> list[Any]:
    """The constraint of a parameter that is a whole number of ``least`` or more."""
    return [_Numbers(Integral, least, MOST, closed="both")]


def number(low: float | None, high: float | None, closed: str) -> list[Any]:
    """The constraint of a parameter that is a number between two.

    Args:
        low: the least; None for none.
        high: the largest; None for any that can be squared.
        closed: which of them are allowed: ``left``, ``right``, ``both`` or ``neither``.
    """
    return [_Numbers(Real, low, LARGEST if high is None else high, closed=closed)]


def list_of(constraints: list[Any]) -> list[Any]:
    """The constraint of a parameter that is a list of values, which satisfy the constraints."""
    return [_ListOf(constraints)]


def one_of(*names: str) -> list[Any]:
    """The constraint of a parameter that is one of some names."""
    return [StrOptions(set(names))]


SCALE = [*one_of("none", "unit"), *list_of(one_of("none", "unit"))]
N_JOBS = {"n_jobs": [*whole(1), _Numbers(Integral, None, -1, closed="right"), None]}
LAYOUT = {"layout": one_of(*LAYOUTS)}
SEEDED = {"random_state": ["random_state"]}
OPTIMISATION = {
    "dropout": number(0, 1, "left"),
    "learning_rate": number(0, None, "neither"),
    "weight_decay": number(0, None, "left"),
    "batch_size": whole(1),
    "init": one_of("torch", "orthogonal"),
    "device": [str],
    **SEEDED,
}
"""Constraints of the parameters of a training."""


def fitted(steps: Any, kinds: Any, what: str) -> list[Any]:
    """Steps of a model, once it is clear that they are fitted and of the right kind.

    Args:
        steps: one or more.
        kinds: a class, or several.
        what: they are, for messages.

    Raises:
        InputError: none are given, or something else is.
        NotFittedError: of scikit-learn.
    """
    found = list(items_of(steps, f"a list of {what}"))
    wrong = [type(step).__name__ for step in found if not isinstance(step, kinds)]
    if wrong or not found:
        raise InputError(f"expected {what}, fitted; got {', '.join(wrong) or 'none'}.")
    for step in found:
        if hasattr(step, "fit"):  # not a projection
            check_is_fitted(step)
    return found


class SequenceEstimator(Saveable, BaseEstimator):
    """An estimator whose X are sequences, in any layout."""

    layout: str = "auto"
    layout_: str = "auto"
    typical_: float | None = None  # size of the sequences that it was fitted on
    n_features_in_: int

    def _known(self, X: Any) -> Sequences:
        """The sequences to fit on, after a check of the parameters."""
        self._validate_params()
        sequences, self.layout_ = read_sequences(X, layout=self.layout)
        self.n_features_in_, self.typical_ = sequences.dim, sequences.typical()
        keep_names(self, sequences.names)
        return sequences

    def _more(self, X: Any) -> Sequences:
        """Sequences of the dimension, and in the layout, of those that were fitted on."""
        check_is_fitted(self)
        sequences, _ = read_sequences(X, self.n_features_in_, self.layout_, self.typical_)
        check_names(sequences.names, self)
        return sequences


class Transformer(Saveable, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """A transformer with names of its columns, and ``set_output`` for data frames."""


class Pooling(SequenceEstimator, Transformer):
    """A transformer from sequences to vectors."""


@dataclass(eq=False, repr=False)
class UntrainedPooling(Pooling):
    """A pooling that learns nothing but the dimension of the elements."""

    _parameter_constraints: ClassVar[dict[str, Any]] = LAYOUT

    _: KW_ONLY
    layout: str = "auto"

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn nothing but D from sequences X (a list of (T, D) arrays or a sequences file)."""
        self._known(X)
        return self
