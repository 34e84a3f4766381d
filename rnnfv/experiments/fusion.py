"""Table 2's experiments: networks trained on another data set, and early fusion (section 3).

The normalised vectors of several representations stand side by side, before one linear SVM.

Torch is imported only where a network is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pandas as pd

from rnnfv.arrays.matrices import ArraySource, ColumnSource
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.provenance import provenance, weights_label
from rnnfv.arrays.saving import load
from rnnfv.arrays.sequences import Sequences
from rnnfv.arrays.vectors import open_vectors, write_vectors
from rnnfv.arrays.views import ConcatenatedColumns
from rnnfv.data.labels import label_facts
from rnnfv.data.splits import items_in_split, split_rows
from rnnfv.errors import InputError
from rnnfv.evaluation.classifier import Grid, linear_svm
from rnnfv.evaluation.table_poolings import Pooled, SplitData, fisher_vectors
from rnnfv.evaluation.vector_classifier import VectorClassifier
from rnnfv.experiments.classification import accuracy_of, normalized, open_split, predictions_of
from rnnfv.progress import progress
from rnnfv.reduction.gram import combined_rows, principal_scores

if TYPE_CHECKING:
    from rnnfv.rnn.checkpoint import TrainedNetwork

LOSSES = ("val_loss", "copy_loss")
"""What is kept of a network beside its vectors; see :class:`Pooled`."""


def projected_split(
    sequences: str | Path,
    manifest: pd.DataFrame,
    split: int,
    pca: str | Path | None,
    items: str | Path,
) -> SplitData:
    """A split's sequences, projected by the PCA of another data set and scaled to unit length.

    Args:
        sequences: the file of all items.
        manifest: of the data set.
        split: its number.
        pca: the file of the PCA; None where the elements are reduced already.
        items: see :func:`~rnnfv.experiments.classification.open_split`.

    Raises:
        InputError: the PCA was fitted on elements of another dimension.
    """
    fitted = load(pca) if pca else None
    with open_split(sequences, manifest, split, items) as (source, place):
        if fitted is not None and source.dim != fitted.n_features_in_:
            other = f"{pca} was fitted on {fitted.n_features_in_}"
            problem = f"{sequences}: elements have {source.dim} dimensions, but {other}"
            raise InputError(f"{problem}: use features of one network for both data sets.")
        read = progress((source[i] for i in place.values()), "items", len(place))
        parts = [x if fitted is None else l2_normalize(fitted.transform(x)) for x in read]
    offsets = np.concatenate([[0], np.cumsum([len(x) for x in parts])])
    ids = list(place)
    labels, rows = split_rows(manifest, ids, split)
    return SplitData(Sequences(ids, offsets, np.concatenate(parts)), labels, rows)


def transferred(trained: TrainedNetwork, sequences: Sequences, source: str) -> Pooled:
    """RNN-FVs of sequences by a network that was trained on another data set.

    Args:
        trained: the network.
        sequences: n sequences.
        source: the name of the other data set.

    Raises:
        InputError: the network predicts elements of another dimension.
    """
    from rnnfv.rnn.estimator import RNNFisherVector

    if sequences.dim != trained.n_features:
        problem = f"elements have {sequences.dim} dimensions after reduction"
        other = f"the RNN of {source} predicts {trained.n_features}"
        raise InputError(f"{problem}, but {other}: reduce both data sets alike.")
    encoder = RNNFisherVector.from_network(trained.network())
    return Pooled(fisher_vectors(encoder.network_, sequences), encoder=encoder)


def write_normalized(
    path: str | Path, pooled: Pooled, data: SplitData, grid: Grid, made_by: Mapping[str, Any]
) -> None:
    """Normalise vectors as their classifier would, and store them.

    Args:
        path: of the vectors file.
        pooled: the vectors, and the normalisation where it was chosen before.
        data: of the split.
        grid: from which validation chooses otherwise.
        made_by: facts to store.
    """
    values, choice = normalized(pooled.vectors, data, grid, pooled.choice)
    print(f"{path}: pca {choice.pca}, alpha {choice.alpha}: {100 * choice.accuracy:.1f} % right")
    facts = {**made_by, **pooled.losses, "pca": choice.pca, "alpha": choice.alpha}
    attributes = provenance([grid.pca, grid.alpha, grid.C], **facts)
    write_vectors(path, data.sequences.ids, iter([values]), values.shape[1], attributes)


def fuse(
    members: Mapping[int, Sequence[str | Path]], manifest: pd.DataFrame, split: int, C: float
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Classify the members of a row side by side, on one split.

    Args:
        members: the vectors files of every seed.
        manifest: of the data set.
        split: its number.
        C: of the SVM.

    Returns:
        ``dim``, ``weights`` (of every member), ``counts``, ``n_items``, ``n_excluded``,
        ``without_tracks`` and ``seeds``, a list of ``seed``, ``accuracy`` (a fraction) and
        ``networks``, the losses of every member's network, if they are known; and a table ``seed,
        id, label, predicted``.
    """
    runs, predictions = [], []
    for seed, paths in members.items():
        with ExitStack() as stack:
            opened = [stack.enter_context(open_vectors(path)) for path in paths]
            without_tracks = max(int(made_by.get("without_tracks", 0)) for _, _, made_by in opened)
            ids = common_ids([names for names, _, _ in opened])
            labels, rows = split_rows(manifest, ids, split)
            vectors = side_by_side([(names, values) for names, values, _ in opened], ids)
            predicted = classify_fused(vectors, labels, rows, C)
        table = predictions_of(ids, labels, rows["test"], predicted, seed)
        networks = [
            {key: float(made_by[key]) for key in LOSSES if key in made_by}
            for _, _, made_by in opened
        ]
        runs.append({"seed": seed, "accuracy": accuracy_of(table), "networks": networks})
        predictions.append(table)
        print(f"split {split}, seed {seed}: {100 * accuracy_of(table):.2f} % of {len(table)}")
    facts: dict[str, Any] = {"dim": vectors.shape[1], "weights": list(map(weights_label, paths))}
    excluded = len(items_in_split(manifest, split)) - len(ids)
    facts |= {"counts": {part: len(some) for part, some in rows.items()}, "n_items": len(ids)}
    facts |= {"n_excluded": excluded, "without_tracks": without_tracks, "seeds": runs}
    facts |= label_facts(labels, rows)
    return facts, pd.concat(predictions)


def common_ids(members: Sequence[Sequence[str]]) -> list[str]:
    """The ids that every member has, in the first one's order.

    Raises:
        InputError: there are none.
    """
    shared = set.intersection(*(set(ids) for ids in members))
    ids = [name for name in members[0] if name in shared]
    if not ids:
        problem = "the representations to fuse have no item in common"
        raise InputError(f"{problem}: were they made of the same data set?")
    return ids


def side_by_side(
    members: Sequence[tuple[Sequence[str], np.ndarray | h5py.Dataset]], ids: Sequence[str]
) -> ConcatenatedColumns:
    """The rows ``ids`` of several (ids, values (n, D)) pairs side by side, read when needed."""
    sources: list[ColumnSource] = []
    for names, values in members:
        place = {name: i for i, name in enumerate(names)}
        rows = np.array([place[name] for name in ids])
        # Vectors files follow the manifest, so that rows increase; what comes in another order is
        # read at once.
        ordered = (np.diff(rows) > 0).all()
        sources.append(ArraySource(values, rows) if ordered else ArraySource(values[:][rows]))
    return ConcatenatedColumns(sources)


def classify_fused(
    vectors: ConcatenatedColumns, labels: np.ndarray, rows: dict[str, np.ndarray], C: float = 1.0
) -> np.ndarray:
    """Train a linear one-vs-rest SVM on training and validation rows; predict the test rows, once.

    Nothing is chosen here: the vectors are normalised as they are to be.

    Args:
        vectors: (n, D).
        labels: (n,).
        rows: indices of the rows of ``train``, ``val`` and ``test``.
        C: of the SVM.

    Returns:
        Predicted labels of ``rows["test"]``.
    """
    fitted = np.sort(np.concatenate([rows["train"], rows["val"]]))
    coordinates, _ = _in_span(vectors, fitted)
    return linear_svm(coordinates[fitted], labels[fitted], C).predict(coordinates[rows["test"]])


def fused_classifier(
    vectors: ConcatenatedColumns, labels: np.ndarray, C: float
) -> VectorClassifier:
    """The SVM of :func:`classify_fused`, for new vectors.

    Args:
        vectors: (n, D) to train on.
        labels: (n,).
        C: of the SVM.

    Raises:
        InputError: not a label a vector, fewer than two, or a C that is no number above 0.
    """
    VectorClassifier(C=C)._validate_params()
    every = np.arange(vectors.shape[0])
    coordinates, weights = _in_span(vectors, every)
    svm = linear_svm(coordinates, labels, C)
    coef = svm.coef_
    if weights is not None:
        coef, _ = combined_rows(vectors, every, weights @ coef.T, center=False)
    return VectorClassifier.of_svm(svm, coef)


def _in_span(
    vectors: ConcatenatedColumns, fitted: np.ndarray
) -> tuple[np.ndarray, np.ndarray | None]:
    """Vectors as an SVM is trained on them, and the weights of fitted rows that make the axes.

    More numbers than rows to train on are replaced by coordinates in the span of these rows, which
    leaves the SVM what it is and bounds memory by 16 n len(fitted) bytes. Else weights are None.
    """
    if vectors.shape[1] > len(fitted):
        return principal_scores(vectors, fitted, len(fitted), center=False)
    return np.concatenate(list(vectors.columns()), axis=1), None
