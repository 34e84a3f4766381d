"""A picture of the claim: clips that are each other's reverse, beside accuracies by pooling."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from rnnfv.reporting.bars import draw_bars
from rnnfv.reporting.style import LIGHT, ORANGE, SKY, save
from rnnfv.reporting.table1 import LABELS

FRAMES, GAP = 6, 4  # of a clip; white pixels between them
BLIND = ("mean", "gmm-fv")
"""Poolings that give the same vector for a clip and the same clip backwards."""


def order_picture(
    clips: Mapping[str, np.ndarray], rows: pd.DataFrame, classes: int, path: str | Path
) -> None:
    """Draw frames of clips, one clip below the other, and bars of accuracies, as PNG.

    Args:
        clips: class name to the frames of a clip, (T, height, width, 3) uint8 RGB.
        rows: those of Table 1 of one data set and feature.
        classes: number of classes, for the line of chance.
        path: the file.
    """
    figure = plt.figure(figsize=(11, 1 + 0.72 * len(clips)))
    parts: Any = figure.subfigures(1, 2, width_ratios=[1.1, 1])
    left, right = parts
    left.suptitle("The same frames in another order are another class")
    axes = left.subplots(len(clips), 1)
    for axis, (name, frames) in zip(axes, clips.items(), strict=True):
        axis.imshow(_strip(frames))
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
        axis.set_ylabel(name, rotation=0, ha="right", va="center")
    right.suptitle(f"Accuracy by pooling: {rows['dataset'].iloc[0]}, {classes} classes")
    _draw_bars(right.subplots(), rows, 100 / classes)
    save(figure, path)


def _strip(frames: np.ndarray) -> np.ndarray:
    """Frames of a clip side by side, from its first to its last."""
    moments = np.linspace(0, len(frames) - 1, FRAMES).round().astype(int)
    framed = np.pad(frames[moments], ((0, 0), (0, 0), (0, GAP), (0, 0)), constant_values=255)
    return np.concatenate(list(framed), axis=1)


def _draw_bars(axis: Axes, rows: pd.DataFrame, chance: float) -> None:
    colours = [LIGHT if name in BLIND else SKY for name in rows["pooling"]]
    draw_bars(axis, rows["pooling"].map(LABELS), rows["mean"], rows["std"], colours)
    line = axis.axvline(chance, color=ORANGE, linestyle="--", label=f"chance, {chance:.0f} %")
    axis.set_xlabel("accuracy (%), ± over splits")
    kinds = [Patch(color=LIGHT, label="blind to order"), Patch(color=SKY, label="sees order")]
    axis.figure.legend(handles=[*kinds, line], loc="outside lower center", ncols=3, frameon=False)
