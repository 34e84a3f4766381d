"""Result tables: one tidy CSV, and Markdown and LaTeX renderings of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rnnfv.errors import InputError

TABLE1_NAMES = {
    "mean": "mean pooling",
    "gmm-fv": "GMM-FV",
    "rnn-fv": "RNN-FV",
    "rnn-hidden": "RNN hidden activations (control)",
    "rnn-fv-untrained": "RNN-FV, untrained network (control)",
}


def table1_row(
    row: Mapping[str, str],
    metrics: Sequence[Mapping[str, Any]],
    items: pd.DataFrame,
    published: pd.DataFrame,
) -> dict[str, Any]:
    """One row of Table 1: a data set, a feature and a pooling over all splits and seeds. Accuracies in per cent.

    Args:
        row: ``dataset, feature, reduction, pooling``.
        metrics: one per split, as ``classify`` writes them: ``split``, ``dim``, ``weights`` and ``seeds``, a list of
            ``seed``, ``accuracy`` (a fraction) and ``chosen``.
        items: the items table of the data set.
        published: published results: ``table, dataset, method, value, status``.

    Returns:
        ``mean`` and ``std`` are over the splits' means; ``seed_std`` is the deviation, over seeds, of the mean over
        splits. Deviations divide by n - 1 and are empty for a single value.

    Raises:
        InputError: the features were made with random weights, which no table may show.
    """
    weights = {entry["weights"] for entry in metrics}
    if any("RANDOM WEIGHTS" in label for label in weights):
        raise InputError(
            f"features.{row['feature']}: made with random weights, which are for tests of shapes only. "
            "Set its weights to a file of trained weights."
        )
    accuracy = 100 * np.array(
        [[entry["accuracy"] for entry in split["seeds"]] for split in metrics]
    )
    by_split = accuracy.mean(axis=1)
    method = f"{row['feature']}-{row['reduction'].upper()} {TABLE1_NAMES[row['pooling']]}"
    known = published[
        (published["table"] == 1)
        & (published["dataset"] == row["dataset"])
        & (published["method"] == method)
    ]
    return {
        "dataset": row["dataset"],
        "feature": f"{row['feature']}-{row['reduction'].upper()}",
        "pooling": row["pooling"],
        "mean": by_split.mean(),
        "std": deviation(by_split),
        **{f"split{split['split']}": value for split, value in zip(metrics, by_split, strict=True)},
        "n_seeds": accuracy.shape[1],
        "seed_std": deviation(accuracy.mean(axis=0)),
        "chosen": _chosen([entry["chosen"] for split in metrics for entry in split["seeds"]]),
        "dim": metrics[0]["dim"],
        "weights": "; ".join(sorted(weights)),
        "n_items": int((items["status"] != "bad").sum()),
        "n_excluded": int((items["status"] == "bad").sum()),
        "published": known["value"].iloc[0] if len(known) else None,
        "published_status": known["status"].iloc[0] if len(known) else None,
    }


def deviation(values: np.ndarray) -> float | None:
    """Standard deviation, n - 1 in the denominator; None of a single value."""
    return float(values.std(ddof=1)) if len(values) > 1 else None


def _chosen(choices: Sequence[Mapping[str, Any]]) -> str:
    """As "epoch 3 5 4; pca 100": the values of all runs in order (splits, within them seeds), once if all are equal."""
    parts = []
    for key in dict.fromkeys(key for choice in choices for key in choice):
        if all(choice.get(key) is None for choice in choices):
            continue
        values = ["none" if choice.get(key) is None else f"{choice[key]:g}" for choice in choices]
        parts.append(f"{key} {values[0] if len(set(values)) == 1 else ' '.join(values)}")
    return "; ".join(parts)


def order_columns(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The rows as a table with all split columns between ``std`` and ``n_seeds``, splits 1 to 3 always there."""
    table = pd.DataFrame(rows)
    numbers = {int(name[5:]) for name in table.columns if name.startswith("split")} | {1, 2, 3}
    splits = [f"split{n}" for n in sorted(numbers)]
    rest = [name for name in table.columns if not name.startswith("split")]
    place = rest.index("std") + 1
    return table.reindex(columns=[*rest[:place], *splits, *rest[place:]])


def markdown(table: pd.DataFrame, caption: str, notes: Sequence[str]) -> str:
    """Table 1 for reading: one line a row, accuracy and deviations rounded, notes below."""
    lines = [caption, ""]
    header = [
        "data set",
        "feature",
        "pooling",
        "accuracy (%)",
        "by split",
        "seeds",
        "± seeds",
        "published",
        "chosen",
    ]
    lines += [
        "| " + " | ".join(header) + " |",
        "|" + "---|" * 3 + "---:|" + "---|" + "---:|" * 2 + "---|" * 2,
    ]
    for row in records(table):
        published = (
            "not known"
            if pd.isna(row["published"])
            else f"{row['published']} [{row['published_status']}]"
        )
        cells = [
            row["dataset"],
            row["feature"],
            TABLE1_NAMES[row["pooling"]],
            plus_minus(row["mean"], row["std"]),
        ]
        cells += [
            " / ".join(
                number(row[name])
                for name in map(str, table)
                if name.startswith("split") and pd.notna(row[name])
            )
        ]
        cells += [str(row["n_seeds"]), number(row["seed_std"]), published, row["chosen"]]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *(f"- {note}" for note in notes)]) + "\n"


def latex(table: pd.DataFrame, caption: str, notes: Sequence[str]) -> str:
    """Table 1 as a LaTeX ``tabular`` inside a ``table``; needs no packages."""
    lines = [
        r"\begin{table}",
        rf"\caption{{{escape(caption)}}}",
        r"\begin{tabular}{lllrr}",
        r"\hline",
    ]
    lines += [r"data set & feature & pooling & accuracy (\%) & published \\", r"\hline"]
    for row in records(table):
        published = (
            "--" if pd.isna(row["published"]) else f"{row['published']} [{row['published_status']}]"
        )
        cells = [
            escape(row["dataset"]),
            escape(row["feature"]),
            escape(TABLE1_NAMES[row["pooling"]]),
        ]
        cells += [plus_minus(row["mean"], row["std"]).replace("±", r"$\pm$"), published]
        lines.append(" & ".join(cells) + r" \\")
    lines += [r"\hline", r"\end{tabular}"]
    lines += [rf"\par {escape(note)}" for note in notes]
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as dictionaries."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def number(value: Any) -> str:
    """One decimal; nothing for a missing value."""
    return "" if pd.isna(value) else f"{value:.1f}"


def plus_minus(mean: float, deviation: Any) -> str:
    """Mean ± deviation, where there is one."""
    return f"{mean:.1f}" if pd.isna(deviation) else f"{mean:.1f} ± {deviation:.1f}"


def escape(text: str) -> str:
    """Text that LaTeX shows as it is."""
    for character in "&%$#_{}":
        text = text.replace(character, "\\" + character)
    return text.replace("±", r"$\pm$")
