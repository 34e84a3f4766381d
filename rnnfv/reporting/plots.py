"""Figures of training."""

from pathlib import Path

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rnnfv.reporting.style import BLUE, GREEN, ORANGE, save, shared_legend

LOSSES = {
    "val_loss": ("--", "loss, validation"),
    "copy_loss": (":", "loss of copying"),
    "mean_loss": ("-.", "loss of the mean element"),
}
"""Columns of a curve, with the style of the line and its label."""


def accuracy_curve(curve: pd.DataFrame, chosen_epoch: int, title: str, path: str | Path) -> None:
    """Losses and validation accuracy by epoch, the chosen epoch marked, as PNG.

    Args:
        curve: ``epoch``, ``train_loss``, ``val_loss``, ``copy_loss``, ``mean_loss``,
            ``hidden_rms``, ``val_accuracy`` (a fraction).
        chosen_epoch: the epoch that validation chose.
        title: of the figure.
        path: the file.
    """
    figure, left, right = _epochs(title, chosen_epoch, curve)
    epochs, accuracy = curve["epoch"], 100 * curve["val_accuracy"]
    left.plot(epochs, curve["train_loss"], color=BLUE, label="loss, training (with dropout)")
    left.set_ylabel("mean over steps of ½‖x − v‖²")
    _results(right, epochs, accuracy, "accuracy, validation")
    right.set_ylabel("accuracy of the RNN-FV (%)")
    _finish(figure, left, right, path)


def retrieval_curve(
    curve: pd.DataFrame, chosen_epoch: int, loss: str, title: str, path: str | Path
) -> None:
    """Training loss and the validation images' sum of recalls by epoch, as PNG.

    Args:
        curve: ``epoch``, ``train_loss``, ``val_rsum`` (per cent, up to 600; NaN in epochs without
            a validation pass); of a regression network also ``val_loss``, ``copy_loss``,
            ``mean_loss`` and ``hidden_rms``.
        chosen_epoch: the epoch that validation chose.
        loss: the loss in words.
        title: of the figure.
        path: the file.
    """
    figure, left, right = _epochs(title, chosen_epoch, curve)
    left.plot(curve["epoch"], curve["train_loss"], color=BLUE, label="loss, training")
    left.set_ylabel(f"mean over words of {loss}")
    seen = curve[curve["val_rsum"].notna()]
    _results(right, seen["epoch"], seen["val_rsum"], "sum of recalls, validation")
    right.set_ylabel("sum of the six recalls (%)")
    _finish(figure, left, right, path)


def _epochs(title: str, chosen_epoch: int, curve: pd.DataFrame) -> tuple[Figure, Axes, Axes]:
    """A figure over epochs with an axis for losses, left, and one for results, right.

    Of a regression network it has the losses that tell whether it predicts, and a panel below with
    the size of its hidden states.
    """
    seen = curve[curve["val_loss"].notna()] if "val_loss" in curve else curve[:0]
    panels = 2 if len(seen) else 1
    size, heights = (7, 3 + panels), [4, 1][:panels]
    figure, axes = plt.subplots(
        panels, sharex=True, squeeze=False, figsize=size, height_ratios=heights
    )
    left, lowest = axes[0, 0], axes[-1, 0]
    left.set(title=title)
    lowest.set(xlabel="epoch (0: untrained)")
    lowest.xaxis.set_major_locator(MaxNLocator(integer=True))
    for name, (style, label) in LOSSES.items():
        if len(seen):
            left.plot(seen["epoch"], seen[name], style, color=BLUE, label=label)
    if len(seen):
        lowest.plot(seen["epoch"], seen["hidden_rms"], color=GREEN)
        lowest.set_ylim(bottom=0)
        lowest.set_ylabel("rms of\nhidden states", color=GREEN)
    right = left.twinx()
    right.spines.right.set_visible(True)
    label = f"chosen: epoch {chosen_epoch}"
    right.axvline(chosen_epoch, color="grey", linewidth=1, linestyle=":", label=label)
    return figure, left, right


def _results(axis: Axes, epochs: pd.Series, values: pd.Series, label: str) -> None:
    """The line of results; a note where the untrained network, which cannot be chosen, is best."""
    axis.plot(epochs, values, "o-", markersize=3, color=ORANGE, label=label)
    untrained, trained = values[epochs == 0], values[epochs > 0]
    if len(untrained) and len(trained) and untrained.iloc[0] > trained.max():
        note, place = "epoch 0 is better, but cannot be chosen", (0, untrained.iloc[0])
        axis.annotate(note, place, (12, 6), textcoords="offset points", fontsize="small")
        axis.margins(y=0.12)


def _finish(figure: Figure, left: Axes, right: Axes, path: str | Path) -> None:
    for axis, colour in ((left, BLUE), (right, ORANGE)):
        axis.yaxis.label.set_color(colour)
    shared_legend(figure, left, right)
    save(figure, path)
