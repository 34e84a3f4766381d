"""Early fusion: the normalised vectors of several representations side by side, one linear SVM (section 3, Table 2)."""

from __future__ import annotations

from collections.abc import Sequence

import h5py
import numpy as np

from rnnfv.arrays.matrices import ArraySource, ColumnSource
from rnnfv.arrays.views import ConcatenatedColumns
from rnnfv.errors import InputError
from rnnfv.evaluation.classifier import linear_svm
from rnnfv.reduction.gram import pca_scores


def common_ids(members: Sequence[Sequence[str]]) -> list[str]:
    """The ids that every member has, in the first one's order.

    Raises:
        InputError: there are none.
    """
    shared = set.intersection(*(set(ids) for ids in members))
    ids = [name for name in members[0] if name in shared]
    if not ids:
        raise InputError(
            "the representations to fuse have no item in common: were they made of the same data set?"
        )
    return ids


def side_by_side(
    members: Sequence[tuple[Sequence[str], np.ndarray | h5py.Dataset]], ids: Sequence[str]
) -> ConcatenatedColumns:
    """The rows ``ids`` of several (ids, values (n, D)) pairs, one beside the other, read when they are needed."""
    sources: list[ColumnSource] = []
    for names, values in members:
        place = {name: i for i, name in enumerate(names)}
        rows = np.array([place[name] for name in ids])
        # Vectors files follow the manifest, so that rows increase; what comes in another order is read at once.
        sources.append(
            ArraySource(values, rows)
            if (np.diff(rows) > 0).all()
            else ArraySource(np.asarray(values[:])[rows])
        )
    return ConcatenatedColumns(sources)


def classify_fused(
    vectors: ConcatenatedColumns, labels: np.ndarray, rows: dict[str, np.ndarray], C: float = 1.0
) -> np.ndarray:
    """Train a linear one-vs-rest SVM on training and validation rows; predict the test rows, once.

    Nothing is chosen here: the vectors are normalised as they are to be. More numbers than rows to train on are replaced by
    coordinates in the span of these rows, which leaves the SVM what it is and bounds memory by 16 n len(fitted) bytes.

    Args:
        vectors: (n, D).
        labels: (n,).
        rows: indices of the rows of ``train``, ``val`` and ``test``.
        C: of the SVM.

    Returns:
        Predicted labels of ``rows["test"]``.
    """
    fitted = np.sort(np.concatenate([rows["train"], rows["val"]]))
    if vectors.shape[1] > len(fitted):
        coordinates = pca_scores(vectors, fitted, len(fitted), center=False)
    else:
        coordinates = np.concatenate(list(vectors.columns()), axis=1)
    return linear_svm(coordinates[fitted], labels[fitted], C).predict(coordinates[rows["test"]])
