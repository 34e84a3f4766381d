"""Pictures of what one would rather see than read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd

matplotlib.use("Agg")  # no screen on a cluster
from matplotlib import pyplot as plt

from rnnfv.arrays.hdf5 import atomic_path


def _save(figure: Any, path: str | Path) -> None:
    with atomic_path(path) as temporary:
        figure.savefig(
            temporary, format="png", dpi=110, metadata={"Software": None}
        )  # the same bytes every time
    plt.close(figure)


def learning_curve(curve: pd.DataFrame, chosen_epoch: int, title: str, path: str | Path) -> None:
    """Training and validation loss and validation accuracy by epoch, the chosen epoch marked, as PNG.

    Args:
        curve: columns ``epoch``, ``train_loss``, ``val_loss``, ``val_accuracy`` (a fraction).
        chosen_epoch: the epoch that validation chose.
        title: of the figure.
        path: the file.
    """
    figure, left = plt.subplots(figsize=(7, 4), layout="constrained")
    left.plot(
        curve["epoch"], curve["train_loss"], color="tab:blue", label="loss, training (with dropout)"
    )
    left.plot(
        curve["epoch"],
        curve["val_loss"],
        color="tab:blue",
        linestyle="--",
        label="loss, validation",
    )
    left.set(
        xlabel="epoch (0: untrained)",
        ylabel=r"mean over steps of $\frac{1}{2}\|x-v\|^2$",
        title=title,
    )
    right = left.twinx()
    right.plot(
        curve["epoch"], 100 * curve["val_accuracy"], color="tab:red", label="accuracy, validation"
    )
    right.axvline(
        chosen_epoch,
        color="grey",
        linewidth=1,
        linestyle=":",
        label=f"chosen: epoch {chosen_epoch}",
    )
    right.set(ylabel="accuracy of the RNN-FV (%)", ylim=(0, 100))
    (left_lines, left_names), (right_lines, right_names) = (
        axis.get_legend_handles_labels() for axis in (left, right)
    )
    figure.legend(
        left_lines + right_lines,
        left_names + right_names,
        loc="outside lower center",
        ncols=2,
        fontsize=8,
    )
    _save(figure, path)


def confusion_matrices(
    counts: dict[str, np.ndarray], classes: list[str], title: str, path: str | Path
) -> None:
    """One confusion matrix per pooling, rows the true class, each row in per cent, as PNG.

    Args:
        counts: pooling to (classes, classes) counts.
        classes: names in the order of the counts.
        title: of the figure.
        path: the file.
    """
    size = max(3.2, 0.26 * len(classes))
    columns = min(3, len(counts))
    rows = -(-len(counts) // columns)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(columns * size + 1.5, rows * size + 1),
        squeeze=False,
        layout="constrained",
    )
    image = None
    for axis, (name, matrix) in zip(axes.flat, counts.items(), strict=False):
        share = 100 * matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
        image = axis.imshow(share, vmin=0, vmax=100, cmap="Blues")
        axis.set_title(
            f"{name}: {100 * np.trace(matrix) / max(matrix.sum(), 1):.1f} % right", fontsize=9
        )
        axis.set_xticks(range(len(classes)), classes, rotation=90, fontsize=6)
        axis.set_yticks(range(len(classes)), classes, fontsize=6)
        axis.set(xlabel="predicted", ylabel="true")
    for axis in axes.flat[len(counts) :]:
        axis.set_visible(False)
    figure.suptitle(title)
    if image is not None:
        figure.colorbar(image, ax=axes, label="share of the true class (%)", shrink=0.6)
    _save(figure, path)


def retrieval_curve(
    curve: pd.DataFrame, chosen_epoch: int, loss: str, title: str, path: str | Path
) -> None:
    """Training loss and the validation images' sum of recalls by epoch, the chosen epoch marked, as PNG.

    Args:
        curve: columns ``epoch``, ``train_loss``, ``val_rsum`` (per cent, up to 600; NaN where it was not looked at).
        chosen_epoch: the epoch that validation chose.
        loss: what the loss is, in words.
        title: of the figure.
        path: the file.
    """
    figure, left = plt.subplots(figsize=(7, 4), layout="constrained")
    left.plot(curve["epoch"], curve["train_loss"], color="tab:blue", label="loss, training")
    left.set(xlabel="epoch (0: untrained)", ylabel=f"mean over words of {loss}", title=title)
    right = left.twinx()
    seen = curve[curve["val_rsum"].notna()]
    right.plot(
        seen["epoch"],
        seen["val_rsum"],
        color="tab:red",
        marker="o",
        label="sum of recalls, validation",
    )
    right.axvline(
        chosen_epoch,
        color="grey",
        linewidth=1,
        linestyle=":",
        label=f"chosen: epoch {chosen_epoch}",
    )
    right.set(ylabel="sum of the six recalls (%)")
    (left_lines, left_names), (right_lines, right_names) = (
        axis.get_legend_handles_labels() for axis in (left, right)
    )
    figure.legend(
        left_lines + right_lines,
        left_names + right_names,
        loc="outside lower center",
        ncols=2,
        fontsize=8,
    )
    _save(figure, path)


def ablation_bars(
    names: list[str], means: np.ndarray, deviations: np.ndarray, title: str, path: str | Path
) -> None:
    """A bar per change, from the reference at the top, whose accuracy is a line through all, as PNG.

    Args:
        names: of the changes, the reference first.
        means: (n,) accuracies in per cent.
        deviations: (n,) over splits; NaN where there is one split.
        title: of the figure.
        path: the file.
    """
    figure, axis = plt.subplots(figsize=(8, 1.2 + 0.24 * len(names)), layout="constrained")
    places = np.arange(len(names))
    colours = ["tab:orange", *["tab:blue"] * (len(names) - 1)]
    axis.barh(
        places,
        means,
        xerr=np.nan_to_num(deviations),
        color=colours,
        ecolor="black",
        height=0.7,
        capsize=2,
    )
    axis.axvline(means[0], color="tab:orange", linewidth=1, linestyle=":")
    axis.set_yticks(places, names, fontsize=8)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.set(xlabel="accuracy (%), ± over splits; dotted: the reference", title=title)
    _save(figure, path)
