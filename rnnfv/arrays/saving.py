"""Estimators that can be kept in a file, and read from it again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.bundles import Bundle, read_bundle, write_bundle
from rnnfv.errors import InputError
from rnnfv.public import HOME, find


class Saveable:
    """An estimator with ``save``; :func:`rnnfv.load` reads the file.

    What is kept are the parameters and, by scikit-learn's convention, the attributes whose names
    end in an underscore. An estimator with others, such as a network, has its own ``_fitted`` and
    ``_restore``. Not kept are a generator given as ``random_state``, which counts in ``fit`` alone,
    and the device: a model that is read runs wherever it can.
    """

    def save(self, path: str | Path, made_by: Mapping[str, Any] | None = None) -> None:
        """Store the fitted estimator in one file: HDF5, JSON and a checksum, no pickle.

        Args:
            path: of the file; its extension is usually ``.rnnfv``.
            made_by: provenance to keep in the header, anything JSON can hold.
        """
        write_bundle(path, self.bundle(), made_by)

    def bundle(self) -> Bundle:
        """Parameters and fitted attributes, as a file holds them.

        Raises:
            NotFittedError: of scikit-learn, before ``fit``.
            InputError: a class that is not one of this package's could not be read again.
        """
        check_is_fitted(self)
        kind = type(self).__name__
        if _class(kind) is not type(self):
            raise InputError(f"{kind} is no class of rnnfv, so rnnfv.load could not read it.")
        fitted = {name: _kept(value) for name, value in self._fitted().items()}
        return Bundle(kind, {"parameters": self._parameters(), "fitted": fitted})

    @classmethod
    def from_bundle(cls, content: Mapping[str, Any]) -> Self:
        """The fitted estimator from the content of its bundle."""
        made = cls(**content["parameters"])
        made._restore(content["fitted"])
        return made

    def _parameters(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get_params(deep=False)  # type: ignore[attr-defined]
        if isinstance(found.get("random_state"), np.random.RandomState):
            found["random_state"] = None
        return found | ({"device": "auto"} if "device" in found else {})

    def _fitted(self) -> dict[str, Any]:
        attributes = vars(self).items()
        return {n: value for n, value in attributes if n.endswith("_") and not n.startswith("_")}

    def _restore(self, fitted: dict[str, Any]) -> None:
        vars(self).update(fitted)


def load(path: str | Path) -> Any:
    """The estimator that ``save`` stored in a file, fitted. Nothing in the file is executed.

    Raises:
        InputError: the file is absent, damaged, cut short, foreign, or of a newer version.
    """
    bundle = read_bundle(path)
    try:
        return _restored(bundle)
    except (KeyError, TypeError, AttributeError, ValueError, RuntimeError) as error:
        problem = f"not a model that this version of rnnfv can read ({error})"
        raise InputError(f"{path}: {problem}. Make it again.") from error


def _restored(value: Any) -> Any:
    """Estimators from bundles, innermost first."""
    if isinstance(value, Bundle):
        owner = _class(value.kind)
        if owner is None:
            raise KeyError(f"kind {value.kind}")
        return owner.from_bundle(_restored(value.content))
    if isinstance(value, Mapping):
        return {name: _restored(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_restored(one) for one in value)
    return value


def _kept(value: Any) -> Any:
    """Bundles of estimators, also within lists and dictionaries."""
    if isinstance(value, Saveable):
        return value.bundle()
    if isinstance(value, Mapping):
        return {name: _kept(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_kept(one) for one in value)
    return value


def _class(kind: str) -> type[Saveable] | None:
    """The class of a kind: one that the package names in public, and no other."""
    found = find(kind) if kind in HOME else None
    return found if isinstance(found, type) and issubclass(found, Saveable) else None
