"""Normalisation of Fisher vectors: power, then L2 (section "Normalisation" of the method)."""

from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin

from rnnfv.arrays.checks import check_rows, real_matrix
from rnnfv.arrays.columns import check_features, check_names, column_names, keep_names
from rnnfv.arrays.estimators import number
from rnnfv.arrays.matrices import as_rows, in_memory
from rnnfv.arrays.normalize import l2_normalize, power_normalize
from rnnfv.arrays.saving import Saveable


@dataclass(eq=False, repr=False)
class PowerNormalizer(Saveable, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """z -> sign(z) |z|^alpha, then L2 per row.

    Args:
        alpha: exponent in (0, 1]; 1/2 in the paper.
        l2: whether to scale rows to unit length afterwards.

    Examples:
        >>> PowerNormalizer(l2=False).fit_transform([[4.0, -9.0, 0.0]])
        array([[ 2., -3.,  0.]])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "alpha": number(0, 1, "right"),
        "l2": [bool],
    }

    alpha: float = 0.5
    _: KW_ONLY
    l2: bool = True

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the parameters and X, (n, D); nothing is learnt from it.

        Raises:
            InputError: X is no such matrix, or holds NaN or infinity.
        """
        self._validate_params()
        keep_names(self, column_names(X))
        self.n_features_in_ = real_matrix(X, "row", keep_double=True).shape[1]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Normalise the rows of X, (n, D).

        Raises:
            InputError: X is no such matrix, or holds NaN or infinity.
        """
        check_names(column_names(X), self)
        X = in_memory(as_rows(X))
        if hasattr(self, "n_features_in_"):  # it needs no fit
            check_features(X.shape[1], self.n_features_in_, "PowerNormalizer")
        check_rows(X, "row", " of the vectors to normalise")
        dtype = np.float64 if X.dtype == np.float64 else np.float32
        powered = power_normalize(X.astype(dtype, copy=False), self.alpha)
        return l2_normalize(powered) if self.l2 else powered

    def __sklearn_is_fitted__(self) -> bool:
        return True
