"""Bars beside every table: accuracies with their deviation over splits, and recalls."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rnnfv.reporting.retrieval_texts import HEADINGS
from rnnfv.reporting.style import BLUE, DARK, GREEN, LIGHT, ORANGE, SKY, save, shared_legend
from rnnfv.reporting.table1 import LABELS

ROW = 0.26  # inches of a bar
RECALLS = ((10, LIGHT), (5, BLUE), (1, DARK))  # the largest first: the others lie upon it


def table1_bars(table: pd.DataFrame, path: str | Path) -> None:
    """A panel for every feature and data set with a bar for every pooling, as PNG.

    Args:
        table: Table 1 as numbers.
        path: the file.
    """
    datasets, features = table["dataset"].unique(), table["feature"].unique()
    most = table.groupby(["dataset", "feature"]).size().max()
    size = 3 + 3.2 * len(datasets), 0.6 + len(features) * (0.9 + ROW * most)
    shape = len(features), len(datasets)
    figure, axes = plt.subplots(*shape, figsize=size, squeeze=False, sharex=True)
    for i, feature in enumerate(features):
        is_named = False
        for j, dataset in enumerate(datasets):
            rows = table[(table["dataset"] == dataset) & (table["feature"] == feature)]
            axis = axes[i, j]
            axis.set_visible(not rows.empty)
            draw_bars(axis, rows["pooling"].map(LABELS), rows["mean"], rows["std"])
            axis.set_title(f"{dataset}\n{feature}")
            axis.tick_params(labelleft=not is_named)  # poolings are named at the left alone
            is_named = is_named or not rows.empty
    _finish(figure, axes, "Table 1: accuracy by pooling, ± over splits", path)


def table2_bars(table: pd.DataFrame, path: str | Path) -> None:
    """A panel for every data set with a bar for every row of ours, as PNG.

    Args:
        table: Table 2 as numbers; a published value of a row's method is a diamond.
        path: the file.
    """
    ours = table[table["mean"].notna()]
    # Where no row of ours could be made, one empty panel says so.
    parts = [rows for _, rows in ours.groupby("dataset", sort=False)] or [ours]
    heights = [0.4 + ROW * len(rows) for rows in parts]
    figure, axes = plt.subplots(
        len(parts),
        figsize=(8, 1 + sum(heights) + 0.4 * len(parts)),
        squeeze=False,
        sharex=True,
        height_ratios=heights,
    )
    for axis, rows in zip(axes.flat, parts, strict=True):
        draw_bars(axis, rows["method"], rows["mean"], rows["std"])
        axis.set_title(next(iter(rows["dataset"]), "no rows of this run"))
        known = rows["published"].notna().to_numpy()
        if known.any():
            values = rows["published"].to_numpy(float)[known]
            axis.plot(values, np.flatnonzero(known), "D", color=GREEN, label="published")
    _finish(figure, axes, "Table 2: accuracy by early fusion, ± over splits", path)


def ablation_bars(table: pd.DataFrame, title: str, path: str | Path) -> None:
    """A bar for every change below the reference, whose accuracy is a line, as PNG.

    Args:
        table: ``change``, ``mean`` and ``std`` (NaN where there is one split), in per cent.
        title: of the figure.
        path: the file.
    """
    figure, axis = plt.subplots(figsize=(8, 1.2 + ROW * len(table)))
    colours = [ORANGE, *[SKY] * (len(table) - 1)]
    draw_bars(axis, table["change"], table["mean"], table["std"], colours)
    axis.axvline(table["mean"][0], color=ORANGE, linewidth=1, linestyle=":")
    axis.set(xlabel="accuracy (%), ± over splits; dotted: the reference", title=title)
    save(figure, path)


def recall_bars(table: pd.DataFrame, title: str, path: str | Path) -> None:
    """Recalls of annotation and of search by every method, and their sum, as PNG.

    Args:
        table: of :func:`~rnnfv.reporting.retrieval.retrieval_table`.
        title: of the figure.
        path: the file.
    """
    parts = [rows for _, rows in table.groupby("dataset", sort=False)]
    size = 12, 1.2 + sum(0.7 + ROW * len(rows) for rows in parts)
    heights = {"height_ratios": [len(rows) + 1 for rows in parts]}
    figure, axes = plt.subplots(
        len(parts), 3, figsize=size, squeeze=False, gridspec_kw=heights, sharex="col", sharey="row"
    )
    for (left, middle, right), rows in zip(axes, parts, strict=True):
        for axis, task in ((left, "annotation"), (middle, "search")):
            for k, colour in RECALLS:
                values = rows[_recall(task, k)]
                axis.barh(np.arange(len(rows)), values, color=colour, label=f"R@{k}", height=0.7)
            axis.set_title(f"{task}, {rows['dataset'].iloc[0]}")
        draw_bars(right, rows["method"], rows["rsum"], rows["seed_std"])
        right.set_title("sum of the six recalls, ± over seeds")
    for axis in axes[-1]:
        axis.set_xlabel("%")
    figure.suptitle(title)
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles[::-1], names[::-1], loc="outside lower center", ncols=3, frameon=False)
    save(figure, path)


def _recall(task: str, k: int) -> str:
    """The column of a recall in the table of numbers."""
    return next(name for name, heading in HEADINGS.items() if heading == f"{task} R@{k}")


def draw_bars(
    axis: Axes,
    names: pd.Series,
    means: pd.Series,
    deviations: pd.Series,
    colours: str | Sequence[str] = SKY,
) -> None:
    """Draw bars from top to bottom, each with its value.

    Args:
        axis: to draw on.
        names: of the bars.
        means: their lengths.
        deviations: drawn as lines; none where one is missing.
        colours: one, or one for every bar.
    """
    if names.empty:
        return
    places = np.arange(len(names))
    spread = pd.to_numeric(deviations).fillna(0).to_numpy(float)
    axis.barh(places, means, xerr=spread, height=0.7, color=colours, ecolor=DARK, capsize=2)
    axis.set_yticks(places, list(names))
    axis.set_ylim(len(names) - 0.5, -0.5)
    most = 1.14 * max((means + spread).max(), 1)
    axis.set_xlim(0, max(most, axis.get_xlim()[1]))  # panels may share it
    for place, (mean, more) in enumerate(zip(means, spread, strict=True)):
        text = axis.text(mean + more, place, f" {mean:.1f}", fontsize="small")
        text.set(verticalalignment="center")


def _finish(figure: Figure, axes: np.ndarray, title: str, path: str | Path) -> None:
    for axis in axes[-1]:
        axis.set_xlabel("accuracy (%)")
    figure.suptitle(title)
    if axes.flat[0].get_legend_handles_labels()[0]:
        shared_legend(figure, *axes.flat)
    save(figure, path)
