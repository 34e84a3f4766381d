"""Manners that estimators share: layouts of sequences, checked parameters, names of columns."""

from numbers import Integral, Real
from typing import Any

from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.conversion import LAYOUTS, read_sequences
from rnnfv.arrays.saving import Saveable
from rnnfv.arrays.sequences import Sequences


def whole(least: int) -> list[Any]:
    """The constraint of a parameter that is a whole number of ``least`` or more."""
    return [Interval(Integral, least, None, closed="left")]


def number(low: float | None, high: float | None, closed: str) -> list[Any]:
    """The constraint of a parameter that is a number between two.

    Args:
        low: the least; None for none.
        high: the largest; None for none.
        closed: which of them are allowed: ``left``, ``right``, ``both`` or ``neither``.
    """
    return [Interval(Real, low, high, closed=closed)]


def one_of(*names: str) -> list[Any]:
    """The constraint of a parameter that is one of some names."""
    return [StrOptions(set(names))]


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


class SequenceEstimator(Saveable, BaseEstimator):
    """An estimator whose X are sequences, in any layout."""

    layout: str = "auto"
    layout_: str = "auto"
    n_features_in_: int

    def _known(self, X: Any) -> Sequences:
        """The sequences to fit on, after a check of the parameters."""
        self._validate_params()
        sequences, self.layout_ = read_sequences(X, layout=self.layout)
        self.n_features_in_ = sequences.dim
        return sequences

    def _more(self, X: Any) -> Sequences:
        """Sequences of the dimension, and in the layout, of those that were fitted on."""
        check_is_fitted(self)
        return read_sequences(X, self.n_features_in_, self.layout_)[0]


class Transformer(Saveable, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """A transformer with names of its columns, and ``set_output`` for data frames."""


class Pooling(SequenceEstimator, Transformer):
    """A transformer from sequences to vectors."""
