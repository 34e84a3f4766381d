"""Linear classification of representations, with everything that is chosen chosen on validation data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self, TypeAlias

import h5py
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import LinearSVC
from sklearn.utils.validation import check_is_fitted

from rnnfv.normalize import l2_normalize, power_normalize
from rnnfv.pca import ArrayColumns, ColumnSource, pca_scores

Vectors: TypeAlias = "ColumnSource | np.ndarray | h5py.Dataset"
"""(n, D) representations: in memory, on disk, or columns on demand."""


class LinearSVM(ClassifierMixin, BaseEstimator):
    """One-vs-rest linear SVM (squared hinge, liblinear), quick when there are more features than rows.

    The solution lies in the span of the training rows. With D > n they are first rotated into that span (n
    dimensions, X = R Q with orthonormal Q), which changes neither inner products nor the regulariser, so the
    classifier is the same and its cost does not grow with D.

    Args:
        C: weight of the loss (1 in the paper).
        random_state: seed of liblinear's coordinate order.

    Attributes:
        classes_: the labels.
    """

    def __init__(self, C: float = 1.0, *, random_state: int = 0):
        self.C = C
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Fit on X, (n, D), and labels y, (n,)."""
        self._basis = None
        if X.shape[1] > X.shape[0]:
            self._basis, triangle = np.linalg.qr(X.T)
            X = triangle.T
        self._svm = LinearSVC(C=self.C, random_state=self.random_state, max_iter=20_000).fit(X, y)
        self.classes_ = self._svm.classes_
        return self

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """Signed distances to the separating planes, (n, classes); (n,) with two classes."""
        check_is_fitted(self)
        return self._svm.decision_function(X if self._basis is None else X @ self._basis)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Labels of the rows of X, (n,)."""
        check_is_fitted(self)
        return self._svm.predict(X if self._basis is None else X @ self._basis)


@dataclass(frozen=True)
class Grid:
    """What validation may choose from.

    Attributes:
        pca: numbers of components; None for no PCA.
        alpha: exponents of the power normalisation.
        C: of the SVM; one value.
    """

    pca: tuple[int | None, ...] = (None,)
    alpha: tuple[float, ...] = (0.5,)
    C: float = 1.0


@dataclass(frozen=True)
class Choice:
    """A point of a :class:`Grid` and its validation accuracy, a fraction."""

    pca: int | None
    alpha: float
    accuracy: float


def representations(source: Vectors, fit_rows: np.ndarray, grid: Grid) -> Iterator[tuple[int | None, float, np.ndarray]]:
    """Yield ``(pca, alpha, vectors)`` for every point of ``grid``: all rows after PCA, power and L2.

    PCA is fitted on ``fit_rows`` alone, once for all sizes. Without PCA, ``source`` must be an array or HDF5 data set.
    """
    sizes = [size for size in grid.pca if size is not None]
    columns = ArrayColumns(source) if isinstance(source, np.ndarray | h5py.Dataset) else source
    scores = pca_scores(columns, fit_rows, max(sizes)) if sizes else None
    for size in grid.pca:
        vectors = source if size is None or scores is None else scores[:, :size]
        vectors = np.asarray(vectors)
        for alpha in grid.alpha:
            yield size, alpha, l2_normalize(power_normalize(vectors, alpha))


def choose(source: Vectors, labels: np.ndarray, train: np.ndarray, validation: np.ndarray, grid: Grid) -> Choice:
    """The point of ``grid`` with the best validation accuracy; ties go to the one listed first.

    Args:
        source: (n, D) vectors, an array or columns on demand.
        labels: (n,).
        train: indices of the rows to fit on. Rows neither here nor in ``validation`` have no influence.
        validation: indices of the rows to choose by.
        grid: what to choose from.
    """
    best: Choice | None = None
    for size, alpha, vectors in representations(source, train, grid):
        svm = LinearSVM(grid.C).fit(vectors[train], labels[train])
        accuracy = float(np.mean(svm.predict(vectors[validation]) == labels[validation]))
        if best is None or accuracy > best.accuracy:
            best = Choice(size, alpha, accuracy)
    assert best is not None
    return best


def predict_once(
    source: Vectors,
    labels: np.ndarray,
    rows: dict[str, np.ndarray],
    choice: Choice,
    C: float = 1.0,
) -> np.ndarray:
    """Train on training + validation rows at ``choice``; predict the test rows, once.

    PCA stays fitted on the training rows, as it was when ``choice`` was made.

    Returns:
        Predicted labels of ``rows["test"]``.
    """
    [(_, _, vectors)] = representations(source, rows["train"], Grid((choice.pca,), (choice.alpha,), C))
    fitted = np.concatenate([rows["train"], rows["val"]])
    svm = LinearSVM(C).fit(vectors[fitted], labels[fitted])
    return svm.predict(vectors[rows["test"]])
