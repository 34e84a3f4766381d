"""Linear classification of representations; what is chosen is chosen on validation data."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import h5py
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.matrices import ArraySource, ColumnSource
from rnnfv.arrays.normalize import as_numpy, l2_normalize, power_normalize
from rnnfv.arrays.views import NormalizedColumns
from rnnfv.evaluation.svm import NewtonLinearSVC
from rnnfv.reduction.gram import PrincipalScores, principal_scores

log = logging.getLogger(__name__)

Vectors: TypeAlias = "ColumnSource | np.ndarray | h5py.Dataset"
"""(n, D) representations: in memory, on disk, or columns on demand."""


def linear_svm(X: np.ndarray, y: np.ndarray, C: float) -> LinearSVC | NewtonLinearSVC:
    """One-vs-rest linear SVM (squared hinge): decision values within 1e-5 of the minimiser's.

    Where its conjugate gradients are too inexact (columns of very different scale, a mean far from
    zero, C far above 100), liblinear's Newton method takes over: float64, a class at a time.

    Args:
        X: (n, D).
        y: (n,) labels.
        C: weight of the loss.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        svm = NewtonLinearSVC(C).fit(X, y)
    if svm.converged_:
        return svm
    n, dim = X.shape
    log.warning("Newton's method did not converge on %d x %d: liblinear takes over", n, dim)
    return LinearSVC(C=C, tol=1e-8, dual=False, max_iter=20_000).fit(X, y)


@dataclass(frozen=True)
class Grid:
    """The settings that validation may choose from.

    Attributes:
        pca: numbers of components; None for no PCA.
        alpha: exponents of the power normalisation.
        C: of the SVM; one value.
        l2: whether every vector is scaled to unit length in the end; one value. If not, all are
            divided by one number, the root mean square length of those the SVM is trained on: what
            C means depends on it.
    """

    pca: tuple[int | None, ...] = (None,)
    alpha: tuple[float, ...] = (0.5,)
    C: float = 1.0
    l2: bool = True


@dataclass(frozen=True)
class Choice:
    """A point of a :class:`Grid` and its validation accuracy, a fraction."""

    pca: int | None
    alpha: float
    accuracy: float
    l2: bool = True


class Represented(NamedTuple):
    """All rows after PCA, power and L2, at a point of a :class:`Grid`.

    Attributes:
        pca: the number of components there are, the size asked for or the rank of the rows PCA was
            fitted on; None without PCA.
        alpha: exponent.
        vectors: (n, d) float32.
        weights: of the rows of PCA, or of those the SVM is trained on where ``vectors`` are
            coordinates in their span (:func:`rnnfv.reduction.gram.combined_rows`); None where they
            are neither.
        scale: the number all vectors were divided by; None where each has unit length.
    """

    pca: int | None
    alpha: float
    vectors: np.ndarray
    weights: np.ndarray | None
    scale: float | None


class WithScores:
    """Vectors by columns, whose principal scores are computed once for all that ask for them.

    Validation and the test have the same PCA, fitted on the training items. The products of all
    vectors with each other, which it is made of, are most of the work of either.

    Args:
        source: (n, D) vectors.
    """

    def __init__(self, source: Vectors):
        self._source = as_columns(source)
        self.shape, self.columns = self._source.shape, self._source.columns
        self._key: tuple[bytes, int] = (b"", 0)
        self._found: PrincipalScores | None = None

    def scores(self, rows: np.ndarray, size: int) -> PrincipalScores:
        """Scores of at least ``size`` components, if there are as many, fitted on ``rows``."""
        about, known = np.asarray(rows).tobytes(), self._key
        if self._found is None or about != known[0] or size > known[1]:
            self._found = principal_scores(self._source, rows, size)
            self._key = about, size
        return self._found


def representations(
    source: Vectors, pca_rows: np.ndarray, svm_rows: np.ndarray, grid: Grid
) -> Iterator[Represented]:
    """Yield all rows after PCA, power and L2, per point of ``grid``.

    PCA is fitted on ``pca_rows`` alone, once for all sizes; to use it again for other rows to train
    on, give the source as :class:`WithScores`. Without PCA, vectors longer than there
    are rows to train on are given as coordinates in the span of the normalised ``svm_rows``: a
    linear SVM trained on these rows is the same, and neither its cost nor its memory grows with D.

    Args:
        source: (n, D) vectors.
        pca_rows: indices of the rows to fit PCA on.
        svm_rows: indices of the rows the SVM will be trained on.
        grid: sizes and exponents.
    """
    source = source if isinstance(source, WithScores) else WithScores(source)
    sizes = [size for size in grid.pca if size is not None]
    pca = source.scores(pca_rows, max(sizes)) if sizes else None

    def finish(powered: np.ndarray) -> tuple[np.ndarray, float | None]:
        if grid.l2:
            return l2_normalize(powered), None
        scale = np.sqrt((powered[svm_rows] ** 2).sum(axis=1).mean())
        return powered / scale, float(scale)

    for size in grid.pca:
        for alpha in grid.alpha:
            if size is not None and pca is not None:
                vectors, scale = finish(power_normalize(pca.scores[:, :size], alpha))
                kept = min(size, pca.scores.shape[1])
                yield Represented(kept, alpha, vectors, pca.weights[:, :size], scale)
            elif source.shape[1] > len(svm_rows):
                normalized = NormalizedColumns(source, alpha, l2=grid.l2)
                vectors, weights = principal_scores(
                    normalized, svm_rows, len(svm_rows), center=False
                )
                vectors, scale = (vectors, None) if grid.l2 else finish(vectors)
                yield Represented(size, alpha, vectors, weights, scale)
            else:
                blocks = [np.array(as_numpy(block)) for block in source.columns(BLOCK_BYTES)]
                whole = np.concatenate(blocks, axis=1)
                vectors, scale = finish(power_normalize(whole, alpha))
                yield Represented(size, alpha, vectors, None, scale)


def as_columns(source: Vectors) -> ColumnSource:
    """Vectors, wherever they are, by columns."""
    if isinstance(source, np.ndarray | h5py.Dataset):
        return ArraySource(source, dtype=np.float32)
    return source


def validate(
    source: Vectors, labels: np.ndarray, train: np.ndarray, validation: np.ndarray, grid: Grid
) -> list[Choice]:
    """The validation accuracy at every point of ``grid``.

    Args:
        source: (n, D) vectors, an array or columns on demand.
        labels: (n,).
        train: indices of the rows to fit on. Rows neither here nor in ``validation`` have no
            influence.
        validation: indices of the rows to choose by.
        grid: what to choose from.
    """
    points = []
    for found in representations(source, train, train, grid):
        svm = linear_svm(found.vectors[train], labels[train], grid.C)
        accuracy = float(np.mean(svm.predict(found.vectors[validation]) == labels[validation]))
        points.append(Choice(found.pca, found.alpha, accuracy, grid.l2))
    return points


def best_on_average(points: Sequence[Choice], others: Sequence[Sequence[float]] = ()) -> Choice:
    """The point of a grid with the best mean accuracy over folds; ties go to the one listed first.

    Args:
        points: of :func:`validate`, of one fold.
        others: the accuracies of the same points in every other fold.
    """
    folds = [[point.accuracy for point in points], *others]
    means = [float(np.mean(accuracies)) for accuracies in zip(*folds, strict=True)]
    best = means.index(max(means))
    return replace(points[best], accuracy=means[best])


def predict_once(
    source: Vectors, labels: np.ndarray, rows: dict[str, np.ndarray], choice: Choice, C: float = 1.0
) -> np.ndarray:
    """Train on training + validation rows at ``choice``; predict the test rows, once.

    PCA stays fitted on the training rows, as it was when ``choice`` was made.

    Args:
        source: (n, D) vectors.
        labels: (n,).
        rows: indices of the rows of ``train``, ``val`` and ``test``.
        choice: what validation chose.
        C: of the SVM.

    Returns:
        Predicted labels of ``rows["test"]``.
    """
    found, svm = train_once(source, labels, rows, choice, C)
    return svm.predict(found.vectors[rows["test"]])


def train_once(
    source: Vectors, labels: np.ndarray, rows: dict[str, np.ndarray], choice: Choice, C: float = 1.0
) -> tuple[Represented, LinearSVC | NewtonLinearSVC]:
    """All rows as the SVM sees them, and the SVM; see :func:`predict_once`.

    Args:
        source: (n, D) vectors.
        labels: (n,).
        rows: indices of the rows of ``train`` and ``val``; others have no influence.
        choice: what validation chose.
        C: of the SVM.
    """
    fitted = np.concatenate([rows["train"], rows["val"]])
    grid = Grid((choice.pca,), (choice.alpha,), C, choice.l2)
    [found] = representations(source, rows["train"], fitted, grid)
    return found, linear_svm(found.vectors[fitted], labels[fitted], C)
