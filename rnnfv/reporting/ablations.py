"""The table of side experiments on action recognition: one row per change, and renderings of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rnnfv.errors import InputError
from rnnfv.reporting.table1 import deviation, escape, number, plus_minus, records

Runs = Sequence[Sequence[Mapping[str, Any]]]
"""What was measured of a change: for every split, and in it for every seed."""


def ablation_row(
    change: Mapping[str, Any],
    dataset: str,
    split_numbers: Sequence[int],
    runs: Runs,
    reference: Runs,
    items: pd.DataFrame,
) -> dict[str, Any]:
    """One row: a change over all splits and seeds. Accuracies in per cent.

    Args:
        change: ``name``, ``changed`` (its own settings), ``feature`` and ``reduction``.
        dataset: its name.
        split_numbers: of ``runs``, in order.
        runs: mappings with ``accuracy`` and ``val_accuracy`` (fractions), ``dim``, ``pca``, ``alpha``, ``l2``, ``epoch``,
            ``time`` and ``weights``.
        reference: the same of the reference.
        items: the items table of the data set's feature.

    Returns:
        ``mean`` and ``std`` are over the splits' means; ``seed_std`` is the deviation, over seeds, of the mean over splits;
        ``gain`` and ``gain_std`` are mean and deviation over the splits' differences from the reference. Deviations divide
        by n - 1 and are empty for a single value.

    Raises:
        InputError: the features were made with random weights, which no table may show.
    """
    every = [run for split in runs for run in split]
    weights = sorted({run["weights"] for run in every})
    if any("RANDOM WEIGHTS" in label for label in weights):
        raise InputError(
            f"features.{change['feature']}: made with random weights, which are for tests of shapes only. "
            "Set its weights to a file of trained weights."
        )
    accuracy, compared = _accuracies(runs), _accuracies(reference)
    by_split, gains = accuracy.mean(axis=1), (accuracy - compared).mean(axis=1)
    return {
        "change": change["name"],
        "settings": "; ".join(f"{key} {_words(value)}" for key, value in change["changed"].items()),
        "mean": by_split.mean(),
        "std": deviation(by_split),
        **{f"split{number}": value for number, value in zip(split_numbers, by_split, strict=True)},
        "n_seeds": accuracy.shape[1],
        "seed_std": deviation(accuracy.mean(axis=0)),
        "gain": gains.mean(),
        "gain_std": deviation(gains),
        "val_mean": 100 * np.mean([run["val_accuracy"] for run in every]),
        "dim": every[0]["dim"],
        **{
            key: _once([_words(run[key]) for run in every])
            for key in ("pca", "alpha", "l2", "epoch")
        },
        "time": float(np.median([run["time"] for run in every])),
        "dataset": dataset,
        "feature": f"{change['feature']}-{change['reduction'].upper()}",
        "weights": "; ".join(weights),
        "n_items": int((items["status"] != "bad").sum()),
        "n_excluded": int((items["status"] == "bad").sum()),
    }


def _accuracies(runs: Runs) -> np.ndarray:
    """(splits, seeds), in per cent."""
    return 100 * np.array([[run["accuracy"] for run in split] for split in runs])


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return "+".join(value)
    return "none" if value is None else str(value)


def _once(values: Sequence[str]) -> str:
    """The values of all runs in order, or one if all are equal."""
    return values[0] if len(set(values)) == 1 else " ".join(values)


def ablation_markdown(table: pd.DataFrame, caption: str, notes: Sequence[str]) -> str:
    """The table for reading: accuracies and deviations rounded, notes below."""
    header = [
        "change",
        "accuracy (%)",
        "± seeds",
        "gain",
        "validation",
        "numbers",
        "PCA",
        "epochs",
        "time",
    ]
    lines = [caption, "", "| " + " | ".join(header) + " |", "|---|" + "---:|" * 6 + "---|---:|"]
    for row in records(table):
        cells = [
            row["change"],
            plus_minus(row["mean"], row["std"]),
            number(row["seed_std"]),
            _gain(row),
        ]
        cells += [
            number(row["val_mean"]),
            f"{row['dim']:,}",
            row["pca"],
            row["epoch"],
            f"{row['time']:.1f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *(f"- {note}" for note in notes)]) + "\n"


def ablation_latex(table: pd.DataFrame, caption: str, notes: Sequence[str]) -> str:
    """The table as a LaTeX ``tabular`` inside a ``table``; needs no packages."""
    lines = [
        r"\begin{table}",
        rf"\caption{{{escape(caption)}}}",
        r"\begin{tabular}{lrrrr}",
        r"\hline",
    ]
    lines += [r"change & accuracy (\%) & gain & numbers & time \\", r"\hline"]
    for row in records(table):
        cells = [
            plus_minus(row["mean"], row["std"]),
            _gain(row),
            f"{row['dim']}",
            f"{row['time']:.1f}",
        ]
        lines.append(" & ".join(escape(cell) for cell in [row["change"], *cells]) + r" \\")
    lines += [r"\hline", r"\end{tabular}"]
    lines += [rf"\par {escape(note)}" for note in notes]
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def _gain(row: Mapping[str, Any]) -> str:
    """With its sign; nothing for the reference."""
    return plus_minus(row["gain"], row["gain_std"]) if row["settings"] else ""
