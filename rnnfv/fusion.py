"""Early fusion: the normalised vectors of several representations side by side, one linear SVM (section 3, Table 2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import h5py
import numpy as np

from rnnfv.classifier import linear_svm
from rnnfv.errors import InputError
from rnnfv.pca import ColumnSource, pca_scores
from rnnfv.rows import ArrayRows
from rnnfv.storage import BLOCK_BYTES


class ConcatenatedColumns:
    """Matrices side by side as one :class:`~rnnfv.pca.ColumnSource`; each is read in its turn.

    Args:
        sources: matrices of the same number of rows.
    """

    def __init__(self, sources: Sequence[ColumnSource]):
        if len({source.shape[0] for source in sources}) != 1:
            raise InputError(f"matrices of {[source.shape[0] for source in sources]} rows cannot stand side by side.")
        self.sources = list(sources)

    @property
    def shape(self) -> tuple[int, int]:
        """(n, sum of the sources' dimensions)."""
        return self.sources[0].shape[0], sum(source.shape[1] for source in self.sources)

    def columns(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Yield blocks (n, w), left to right."""
        for source in self.sources:
            yield from source.columns(block_bytes)


def common_ids(members: Sequence[Sequence[str]]) -> list[str]:
    """The ids that every member has, in the first one's order.

    Raises:
        InputError: there are none.
    """
    shared = set.intersection(*(set(ids) for ids in members))
    ids = [name for name in members[0] if name in shared]
    if not ids:
        raise InputError("the representations to fuse have no item in common: were they made of the same data set?")
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
        sources.append(ArrayRows(values, rows) if (np.diff(rows) > 0).all() else ArrayRows(np.asarray(values[:])[rows]))
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
