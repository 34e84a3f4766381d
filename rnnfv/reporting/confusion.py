"""Confusions of classes: counts, accuracy by class, and a figure of both."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from rnnfv.reporting.style import COLOURS, LIGHT, MARKERS, ORANGE, save, shared_legend
from rnnfv.reporting.table1 import LABELS

MATRIX, PAIRS = 15, 50
"""Classes of a matrix with numbers in its cells, at most; pairs that are listed of more classes."""

Counts = Mapping[str, pd.DataFrame]
"""Pooling to counts (classes, classes); rows are true classes, columns predicted ones."""


def count_confusions(predictions: pd.DataFrame, classes: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Confusions by pooling, from predictions with ``pooling``, ``label`` and ``predicted``."""
    counts = {}
    for pooling, table in predictions.groupby("pooling", sort=False):
        found = pd.crosstab(table["label"], table["predicted"])
        found = found.reindex(index=list(classes), columns=list(classes), fill_value=0)
        counts[str(pooling)] = found
    return counts


def list_confusions(counts: Counts) -> pd.DataFrame:
    """Counts that are not 0 as rows: ``pooling, label, predicted, count``."""
    stacked = {pooling: pd.Series(matrix.stack()) for pooling, matrix in counts.items()}
    long = pd.concat(stacked, names=["pooling", "label", "predicted"])
    table = long.to_frame("count").reset_index()
    return table[table["count"] > 0]


def class_accuracies(counts: Counts) -> pd.DataFrame:
    """Per cent right and number of items: ``pooling, label, accuracy, n``."""
    tables = []
    for pooling, matrix in counts.items():
        n = matrix.sum(axis=1)
        accuracy = 100 * np.diag(matrix) / np.maximum(n, 1)
        columns = {"pooling": pooling, "label": matrix.index, "accuracy": accuracy, "n": n}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def draw_confusions(counts: Counts, title: str, path: str | Path) -> None:
    """Confusion matrices as PNG; of more than 15 classes, accuracies and the most frequent pairs.

    Classes that are taken for each other stand side by side.

    Args:
        counts: of :func:`count_confusions`.
        title: of the figure.
        path: the file.
    """
    order = _partners_together(counts)
    counts = {pooling: matrix.loc[order, order] for pooling, matrix in counts.items()}
    draw = _draw_matrices if len(order) <= MATRIX else _draw_classes
    figure = draw(counts)
    figure.suptitle(title)
    save(figure, path)


def _partners_together(counts: Counts) -> list[str]:
    classes = next(iter(counts.values())).index
    if len(classes) < 3:
        return list(classes)
    shares = np.sum([_shares(matrix) for matrix in counts.values()], axis=0)
    distances = 200 * len(counts) - shares - shares.T
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), "average", optimal_ordering=True)
    return list(classes[leaves_list(tree)])


def _shares(matrix: pd.DataFrame) -> np.ndarray:
    """Rows in per cent; a class without items has zeros."""
    values = matrix.to_numpy()
    return 100 * values / np.maximum(values.sum(axis=1, keepdims=True), 1)


def _title(pooling: str, matrix: pd.DataFrame) -> str:
    right = 100 * np.trace(matrix) / max(matrix.to_numpy().sum(), 1)
    return f"{_label(pooling)}\n{right:.1f} % right"


def _label(pooling: str) -> str:
    return LABELS.get(pooling, pooling)


def _draw_matrices(counts: Counts) -> plt.Figure:
    n = len(next(iter(counts.values())))
    size, columns = max(3.2, 0.26 * n), min(3, len(counts))
    rows = -(-len(counts) // columns)
    across, down = columns * size + 1.5, rows * (size + 0.3) + 1
    figure, axes = plt.subplots(rows, columns, figsize=(across, down), squeeze=False)
    for axis in axes.flat[len(counts) :]:
        axis.set_visible(False)
    for axis, (pooling, matrix) in zip(axes.flat, counts.items(), strict=False):
        shares = _shares(matrix)
        image = axis.imshow(shares, vmin=0, vmax=100, cmap="Blues")
        axis.set_xticks(range(n), matrix.columns, rotation=90, fontsize=7)
        axis.set_yticks(range(n), matrix.index, fontsize=7)
        axis.set(xlabel="predicted", ylabel="true", title=_title(pooling, matrix))
        _write_numbers(axis, shares)
    figure.colorbar(image, ax=axes, label="share of the true class (%)", shrink=0.6)
    return figure


def _write_numbers(axis: Axes, shares: np.ndarray) -> None:
    for (i, j), share in np.ndenumerate(shares):
        if share >= 0.5:
            colour = "white" if share > 60 else "black"
            text = axis.text(j, i, f"{share:.0f}", color=colour, fontsize=6)
            text.set(horizontalalignment="center", verticalalignment="center")


def _draw_classes(counts: Counts) -> plt.Figure:
    classes = list(next(iter(counts.values())).index)
    lines = max(len(classes), PAIRS)
    size = (13, 1.5 + 0.165 * lines)
    figure, (left, right) = plt.subplots(1, 2, figsize=size)
    best = max(counts, key=lambda pooling: np.trace(counts[pooling]))
    _draw_accuracies(left, counts, best)
    left.set_title("accuracy by class")
    shared_legend(figure, left)

    shares = _shares(counts[best])
    np.fill_diagonal(shares, 0)
    first = np.argsort(-shares, axis=None, kind="stable")[:PAIRS]
    first = first[shares.flat[first] > 0]
    pairs = [f"{classes[i // len(classes)]} → {classes[i % len(classes)]}" for i in first]
    right.barh(range(len(first)), shares.flat[first], color=ORANGE)
    right.set_yticks(range(len(first)), pairs, fontsize=7)
    right.set(ylim=(lines - 0.5, -0.5), xlabel="share of the true class (%)")
    right.set_title(f"most frequent confusions of {_label(best)}: true → predicted")
    return figure


def _draw_accuracies(axis: Axes, counts: Counts, best: str) -> None:
    """Bars of the best pooling, marks of the others."""
    classes = counts[best].index
    places = np.arange(len(classes))
    label = _title(best, counts[best])
    axis.barh(places, np.diag(_shares(counts[best])), height=0.7, color=LIGHT, label=label)
    others = [pooling for pooling in counts if pooling != best]
    for pooling, colour, marker in zip(others, COLOURS, MARKERS, strict=False):
        right, label = np.diag(_shares(counts[pooling])), _title(pooling, counts[pooling])
        axis.scatter(right, places, color=colour, marker=marker, s=12, label=label)
    axis.set_yticks(places, classes, fontsize=7)
    axis.set(ylim=(len(classes) - 0.5, -0.5), xlim=(-2, 102), xlabel="accuracy of the class (%)")
    axis.grid(axis="y", linewidth=0.3)
