"""Table 2: our fused representations beside published results, and its renderings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rnnfv.errors import InputError
from rnnfv.reporting.table1 import deviation, escape, number, order_columns, plus_minus, records

OURS = "this run"


def table2(rows: Sequence[Mapping[str, Any]], published: pd.DataFrame) -> pd.DataFrame:
    """Our rows, then the published rows of the same table that are not matched by one of ours; accuracies in per cent.

    Args:
        rows: ``dataset``, ``method`` and ``metrics``, one entry per split as ``fuse`` writes them: ``split``, ``dim``,
            ``weights`` (a list), ``n_items``, ``n_excluded`` and ``seeds``, a list of ``seed`` and ``accuracy``, a fraction.
        published: published results: ``table, dataset, method, reference, value, status, source``.

    Returns:
        One row per method and data set. ``mean`` and ``std`` are over the splits' means, ``seed_std`` over seeds of the mean
        over splits; deviations divide by n - 1 and are empty for a single value. ``source`` says where a row comes from:
        ``this run``, or the publication and where its number was read. ``published`` of a row of ours is the published value
        of the method of the same name on the same data set.

    Raises:
        InputError: some features were made with random weights, which no table may show.
    """
    known = published[published["table"] == 2]
    lines, matched = [], set()
    for row in rows:
        line = _our_row(row)
        same = known[(known["dataset"] == row["dataset"]) & (known["method"] == row["method"])]
        if len(same):
            matched.add(same.index[0])
            line |= {"published": same["value"].iloc[0], "published_status": same["status"].iloc[0]}
            line["source"] = f"{OURS}; published: {_source(same.iloc[0])}"
        lines.append(line)
    for index, entry in known.sort_values("dataset", kind="stable").iterrows():
        if index in matched:
            continue
        line = {"method": entry["method"], "dataset": entry["dataset"]}
        line |= {
            "published": entry["value"],
            "published_status": entry["status"],
            "source": _source(entry),
        }
        lines.append(line)
    table = order_columns(lines)
    for name in ("n_seeds", "dim", "n_items", "n_excluded"):
        table[name] = table[name].astype("Int64")
    return table


def notes_on_tracks(row: Mapping[str, Any]) -> list[str]:
    """How many videos of a row of ours have no tracks, in words; nothing where trajectories are not among its members."""
    most = max(entry.get("without_tracks", 0) for entry in row["metrics"])
    items = max(entry["n_items"] for entry in row["metrics"])
    if not most:
        return []
    return [
        f"{row['dataset']}, {row['method']}: {most} of {items} videos have no tracks, which is the zero vector"
    ]


def _our_row(row: Mapping[str, Any]) -> dict[str, Any]:
    metrics = row["metrics"]
    weights = list(dict.fromkeys(label for entry in metrics for label in entry["weights"]))
    if any("RANDOM WEIGHTS" in label for label in weights):
        raise InputError(
            f"table2.rows.{row['method']}: made with random weights, which are for tests of shapes only."
        )
    accuracy = 100 * np.array(
        [[entry["accuracy"] for entry in split["seeds"]] for split in metrics]
    )
    by_split = accuracy.mean(axis=1)
    return {
        "method": row["method"],
        "dataset": row["dataset"],
        "mean": by_split.mean(),
        "std": deviation(by_split),
        **{f"split{split['split']}": value for split, value in zip(metrics, by_split, strict=True)},
        "n_seeds": accuracy.shape[1],
        "weights": " | ".join(weights),
        "published": None,
        "published_status": None,
        "source": OURS,
        "seed_std": deviation(accuracy.mean(axis=0)),
        "dim": max(entry["dim"] for entry in metrics),
        "n_items": max(entry["n_items"] for entry in metrics),
        "n_excluded": max(entry["n_excluded"] for entry in metrics),
    }


def _source(entry: pd.Series) -> str:
    return f"{entry['reference']} ({entry['source']})"


def markdown(table: pd.DataFrame, caption: str, notes: Sequence[str]) -> str:
    """The table for reading: a block of our rows and published ones by data set, notes below."""
    lines = [caption, ""]
    header = [
        "data set",
        "method",
        "accuracy (%)",
        "by split",
        "seeds",
        "± seeds",
        "items",
        "published",
        "source",
    ]
    lines += ["| " + " | ".join(header) + " |", "|---|---|---:|---|---:|---:|---:|---:|---|"]
    for row in records(table):
        ours = pd.notna(row["mean"])
        splits = [
            row[name]
            for name in map(str, table)
            if name.startswith("split") and pd.notna(row[name])
        ]
        items = f"{row['n_items']} ({row['n_excluded']} left out)" if ours else ""
        cells = [row["dataset"], row["method"], plus_minus(row["mean"], row["std"]) if ours else ""]
        cells += [
            " / ".join(map(number, splits)),
            str(row["n_seeds"]) if ours else "",
            number(row["seed_std"]),
        ]
        cells += [items, _published(row), row["source"]]
        lines.append("| " + " | ".join(cells) + " |")
    told = [
        f"{row['dataset']}, {row['method']}: {row['weights']}"
        for row in records(table)
        if pd.notna(row["mean"])
    ]
    status = "published: [R] read in a source, [W] digits from memory, [?] unknown"
    return (
        "\n".join([*lines, "", *(f"- {note}" for note in dict.fromkeys([*told, *notes, status]))])
        + "\n"
    )


def latex(table: pd.DataFrame, caption: str, notes: Sequence[str]) -> str:
    """The table as a LaTeX ``tabular`` inside a ``table``; needs no packages."""
    lines = [
        r"\begin{table}",
        rf"\caption{{{escape(caption)}}}",
        r"\begin{tabular}{llrr}",
        r"\hline",
    ]
    lines += [r"data set & method & accuracy (\%) & published \\", r"\hline"]
    for row in records(table):
        accuracy = (
            plus_minus(row["mean"], row["std"]).replace("±", r"$\pm$")
            if pd.notna(row["mean"])
            else "--"
        )
        lines.append(
            " & ".join(
                [escape(row["dataset"]), escape(row["method"]), accuracy, _published(row) or "--"]
            )
            + r" \\"
        )
    lines += [r"\hline", r"\end{tabular}"]
    lines += [rf"\par {escape(note)}" for note in notes]
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def _published(row: Mapping[str, Any]) -> str:
    return "" if pd.isna(row["published"]) else f"{row['published']} [{row['published_status']}]"
