"""The classification of Table 1 as a scikit-learn classifier of vectors, for new ones as well."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Self

import h5py
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.checks import check_beside, check_rows, peaks_of, real_matrix
from rnnfv.arrays.columns import check_features, check_names, column_names, keep_names
from rnnfv.arrays.estimators import number, whole
from rnnfv.arrays.matrices import as_rows
from rnnfv.arrays.normalize import l2_normalize, power_normalize
from rnnfv.arrays.saving import Saveable
from rnnfv.arrays.views import NormalizedColumns
from rnnfv.data.labels import label_array
from rnnfv.errors import InputError
from rnnfv.evaluation.classifier import Choice, Vectors, as_columns, train_once
from rnnfv.evaluation.svm import LargestValue
from rnnfv.reduction.gram import combined_rows


@dataclass(eq=False, repr=False)
class VectorClassifier(Saveable, LargestValue, BaseEstimator):
    """PCA, power, L2 and a one-vs-rest linear SVM: section 3 of the paper, from vectors on.

    ``fit`` is the very function that makes the tables. What it learnt is then written out in the
    vectors' own D dimensions, so that it applies to vectors not seen before; their decision values
    agree with the table's to rounding.

    Args:
        pca: components to keep; None for no PCA.
        alpha: exponent of the power normalisation.
        C: of the SVM.
        l2: whether vectors are scaled to unit length.

    Attributes:
        classes_: (c,) labels, sorted.
        mean_, components_: (D,) and (k, D) float32 of the PCA; None without.
        coef_, intercept_: of the SVM on normalised vectors, (c, k) or (c, D), and (c,) float64; one
            row for two classes, positive for the second.
        scale_: number that all vectors are divided by without L2; 1 with.
        n_features_in_: D.

    Examples:
        >>> X, y = np.array([[0, 1], [0, 3], [2, 0], [3, 1]]), ["tall", "tall", "wide", "wide"]
        >>> VectorClassifier().fit(X, y).predict([[0, 9], [9, 0]])
        array(['tall', 'wide'], dtype='<U4')
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "pca": [*whole(1), None],
        "alpha": number(0, 1, "right"),
        "C": number(0, None, "neither"),
        "l2": [bool],
    }

    pca: int | None = None
    alpha: float = 0.5
    _: KW_ONLY
    C: float = 1.0
    l2: bool = True

    def fit(self, X: Vectors, y: Any, pca_rows: np.ndarray | None = None) -> Self:
        """Fit on all rows of X, (n, D): an array, an HDF5 data set or a source of columns.

        Args:
            X: the vectors.
            y: (n,) labels.
            pca_rows: rows to fit the PCA on, all if None; in the paper those of training items
                without those of validation.

        Raises:
            InputError: fewer than two classes, NaN or infinity, or not a label per row.
        """
        self._validate_params()
        keep_names(self, column_names(X))
        if not isinstance(X, h5py.Dataset) and not callable(getattr(X, "columns", None)):
            X = real_matrix(X, "row", keep_double=True)
            check_beside(peaks_of(X), "row", " of X")
            if np.ptp(X, axis=0).max() == 0:
                raise InputError("all rows are equal: there is nothing to tell classes apart by.")
        source = as_columns(X)
        every = np.arange(source.shape[0])
        labels = label_array(y, len(every))
        train = every if pca_rows is None else np.asarray(pca_rows)
        rows = {"train": train, "val": np.setdiff1d(every, train)}
        choice = Choice(self.pca, self.alpha, accuracy=np.nan, l2=self.l2)
        found, svm = train_once(source, labels, rows, choice, self.C)
        self.classes_, self.n_features_in_ = svm.classes_, source.shape[1]
        self.coef_, self.intercept_ = svm.coef_, np.atleast_1d(svm.intercept_)
        self.scale_ = found.scale or 1.0
        self.mean_: np.ndarray | None = None
        self.components_: np.ndarray | None = None
        if found.weights is not None and self.pca is not None:
            self.components_, self.mean_ = combined_rows(source, train, found.weights)
        elif found.weights is not None:
            fitted = np.concatenate([rows["train"], rows["val"]])
            normalized = NormalizedColumns(source, self.alpha, l2=self.l2)
            by_row = found.weights @ svm.coef_.T
            self.coef_, _ = combined_rows(normalized, fitted, by_row, center=False)
        return self

    @classmethod
    def of_svm(cls, svm: Any, coef: np.ndarray) -> Self:
        """The classifier of vectors as they are, by an SVM that is trained already.

        Args:
            svm: with ``classes_`` and ``intercept_``.
            coef: its weights in the vectors' own dimensions, (c, D); one row for two classes.
        """
        made = cls(alpha=1.0, C=svm.C, l2=False)
        made.classes_, made.n_features_in_ = svm.classes_, coef.shape[1]
        made.coef_, made.intercept_ = coef, np.atleast_1d(svm.intercept_)
        made.scale_, made.mean_, made.components_ = 1.0, None, None
        return made

    def normalized(self, X: Any) -> np.ndarray:
        """Vectors X, (n, D), after PCA, power and L2, as the SVM sees them: (n, k) float32.

        Raises:
            InputError: another number of features than in ``fit``, NaN or infinity.
        """
        check_is_fitted(self)
        return np.concatenate([np.empty((0, self.coef_.shape[1]), np.float32), *self._blocks(X)])

    def decision_function(self, X: Any) -> np.ndarray:
        """Decision values of X, (n, D): (n, c) float64; (n,) of two classes.

        Raises:
            InputError: as :meth:`normalized`.
        """
        check_is_fitted(self)
        weights = self.coef_.T.astype(np.float64)
        found = [block.astype(np.float64) @ weights for block in self._blocks(X)]
        values = np.concatenate([np.empty((0, len(self.coef_))), *found]) + self.intercept_
        return values[:, 0] if len(self.classes_) == 2 else values

    def _blocks(self, X: Any) -> Iterator[np.ndarray]:
        check_names(column_names(X), self)
        source = as_rows(X)
        check_features(source.shape[1], self.n_features_in_, "the classifier")
        for block in source.rows():
            check_rows(block, "row", " of X")
            vectors = block.astype(np.float32, copy=False)
            if self.components_ is not None and self.mean_ is not None:
                vectors = (vectors - self.mean_) @ self.components_.T
            vectors = power_normalize(vectors, self.alpha)
            yield l2_normalize(vectors) if self.l2 else vectors / np.float32(self.scale_)
