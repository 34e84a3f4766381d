"""Columns of what a model was fitted on, and of what it is given: their number and names."""

from typing import Any

import numpy as np

from rnnfv.errors import InputError


def column_names(X: Any) -> list[str]:
    """Names of the columns of a data frame, as scikit-learn takes them; none of anything else."""
    names = list(getattr(X, "columns", [])) if hasattr(X, "to_numpy") else []
    return names if all(isinstance(name, str) for name in names) else []


def keep_names(model: Any, names: list[str]) -> None:
    """Remember the columns of data frames that a model is fitted on, as ``feature_names_in_``."""
    vars(model).pop("feature_names_in_", None)
    if names:
        model.feature_names_in_ = np.array(names, dtype=object)


def check_names(names: list[str], fitted: Any, what: str = "X") -> None:
    """Check that a data frame has the columns that are known, in their order.

    Args:
        names: of its columns; none where it is no data frame.
        fitted: a model, or the names of another data frame.
        what: it is, for the message.

    Raises:
        InputError: it has others, or in another order.
    """
    known = fitted if isinstance(fitted, list) else getattr(fitted, "feature_names_in_", ())
    if names and len(known) and names != list(known):
        of = "of the first" if isinstance(fitted, list) else "that the model was fitted on"
        found, needed = (", ".join(some[:5]) for some in (names, list(known)))
        problem = f"{what} has the columns {found}, not those {of}: {needed}"
        raise InputError(f"{problem}. Give them by these names, in this order.")


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
