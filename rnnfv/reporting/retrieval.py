"""Tables 3 to 5: image-sentence retrieval on Flickr8k, Flickr30k and COCO.

Our rows make a CSV. Published values never enter it: they stand in a block of their own in the Markdown and LaTeX
renderings, each value with its status.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rnnfv.errors import InputError
from rnnfv.evaluation.retrieval import METRICS
from rnnfv.reporting.table1 import deviation, number, plus_minus, records

COLUMNS = (
    *("dataset", "method", "dim", "eta", "epochs"),
    *(*METRICS, "rsum", "n_images", "n_sentences", "weights", "words", "seed_std", "n_seeds"),
)
STATUS_MARKS = {"R": "", "W": " (W)", "?": " (?)"}
LEGEND = (
    "Published values, as they stand in other works, not measured here. No mark: read in a source. "
    "(W): from memory, only the number of digits was checked. (?): not certain. Empty: not known."
)
PUBLISHED_METRICS = {
    f"{task} {name}": f"{task}_{short}"
    for task in ("annotation", "search", "sentence")
    for name, short in {
        "R@1": "r1",
        "R@5": "r5",
        "R@10": "r10",
        "median rank": "medr",
        "mean rank": "meanr",
    }.items()
}
# Shown, as in the paper: of sentence similarity the mean rank alone. The CSV has everything.
SHOWN = (*METRICS[:10], "sentence_meanr")
HEADERS = {"r1": "R@1", "r5": "R@5", "r10": "R@10", "medr": "med", "meanr": "mean"}
GROUPS = (("annotation", 5), ("search", 5), ("sentence", 1))


def retrieval_row(
    dataset: str,
    method: str,
    members: Sequence[Mapping[str, Any]],
    metrics: Sequence[Mapping[str, Any]],
    *,
    weights: str,
    words: str,
) -> dict[str, Any]:
    """One row: a method on a data set, metrics averaged over seeds.

    Args:
        dataset: its name, with the protocol where it is not all test images.
        method: its name; a combination names its members.
        members: one mapping per member of a combination, one alone for a method by itself, with what is known of
            ``dim`` (numbers in the representation), ``eta`` (of the CCA), ``epochs``; a value may be a list, one per seed.
        metrics: one per seed, as :func:`rnnfv.evaluation.retrieval.evaluate` returns them, and ``order_accuracy`` where it is known.
        weights: the network that made the image features.
        words: the word vectors.

    Returns:
        The columns :data:`COLUMNS`, then ``order_accuracy`` where the metrics have it. ``seed_std`` is the standard
        deviation (n - 1) of ``rsum`` over seeds, None for one seed. Members' values are joined with " + ".

    Raises:
        InputError: no metrics, seeds evaluated on other numbers of items, NaN, or features of random weights.
    """
    where = f"{dataset}, {method}"
    if not metrics:
        raise InputError(f"{where}: no metrics. Every row needs at least one seed.")
    if "RANDOM WEIGHTS" in weights:
        raise InputError(
            f"{where}: the image features were made with random weights, which are for tests of shapes only. "
            "Use features of trained weights."
        )
    ordered = any(seed.get("order_accuracy") is not None for seed in metrics)
    averaged = [*METRICS, "rsum", *(["order_accuracy"] if ordered else [])]
    means = {
        name: _mean_over_seeds([seed.get(name) for seed in metrics], f"{where}, {name}")
        for name in averaged
    }
    row: dict[str, Any] = {"dataset": dataset, "method": method}
    row |= {
        key: _settings([member.get(key) for member in members]) for key in ("dim", "eta", "epochs")
    }
    row |= {name: means[name] for name in (*METRICS, "rsum")}
    for name in ("n_images", "n_sentences"):
        if len({seed[name] for seed in metrics}) > 1:
            raise InputError(
                f"{where}: {name} differs between seeds: {[seed[name] for seed in metrics]}."
            )
        row[name] = metrics[0][name]
    row |= {
        "weights": weights,
        "words": words,
        "seed_std": deviation(np.array([seed["rsum"] for seed in metrics])),
    }
    row |= {"n_seeds": len(metrics)}
    return row | ({"order_accuracy": means["order_accuracy"]} if ordered else {})


def retrieval_table(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The rows as a table with the columns :data:`COLUMNS`, and ``order_accuracy`` last where a row has it."""
    extra = ["order_accuracy"] if any("order_accuracy" in row for row in rows) else []
    return pd.DataFrame([dict(row) for row in rows], columns=[*COLUMNS, *extra])


def read_published(path: str | Path) -> pd.DataFrame:
    """Published results, values as text, with the digits that were printed.

    Raises:
        InputError: no such file.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file. It belongs to the repository; check it out again.")
    return pd.read_csv(path, dtype={"value": str})


def published_rows(published: pd.DataFrame, table: int) -> pd.DataFrame:
    """The published values of one table, a row per data set and method, in the order of the file.

    Args:
        published: columns ``table, dataset, method, reference, metric, value, status, source``, a row per value.
        table: 3, 4 or 5.

    Returns:
        ``dataset, method, reference``, the columns :data:`~rnnfv.evaluation.retrieval.METRICS` as text, each value with the mark
        of its status (:data:`STATUS_MARKS`) and "" where none is known, and ``source``. No rows, where none are known.

    Raises:
        InputError: a value without a known status or source, an unknown metric, or two values for one place.
    """
    chosen = published[published["table"] == table]
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for record in records(chosen):
        key = (record["dataset"], record["method"], record["reference"])
        where = f"published results, table {table}, {', '.join(map(str, key))}, {record['metric']}"
        if record["status"] not in STATUS_MARKS or pd.isna(record["source"]):
            raise InputError(
                f"{where}: needs a status of R, W or ? and a source; a number without them is not printed."
            )
        if record["metric"] not in PUBLISHED_METRICS:
            raise InputError(f"{where}: unknown metric; known are {', '.join(PUBLISHED_METRICS)}.")
        row = rows.setdefault(key, {"sources": {}})
        metric = PUBLISHED_METRICS[record["metric"]]
        if metric in row or pd.isna(record["value"]):
            raise InputError(
                f"{where}: {'there are two values' if metric in row else 'there is no value'}; one is needed."
            )
        row[metric] = f"{record['value']}{STATUS_MARKS[record['status']]}"
        row["sources"][record["source"]] = None
    names = ("dataset", "method", "reference")
    filled = [
        {
            **dict(zip(names, key, strict=True)),
            **{name: row.get(name, "") for name in METRICS},
            "source": "; ".join(row["sources"]),
        }
        for key, row in rows.items()
    ]
    return pd.DataFrame(filled, columns=[*names, *METRICS, "source"])


def markdown(
    table: pd.DataFrame, published: pd.DataFrame, caption: str, notes: Sequence[str]
) -> str:
    """Our rows, then the published values in a table of their own, for reading.

    Args:
        table: of :func:`retrieval_table`.
        published: of :func:`published_rows`.
        caption: above the table.
        notes: below it.
    """
    ordered = "order_accuracy" in table
    tail = [
        "sum of R@",
        "± seeds",
        "seeds",
        *(["word order"] if ordered else []),
        "dim",
        "eta",
        "epochs",
        "images",
        "sentences",
    ]
    lines = [caption, "", *_markdown_head(["data set", "method"], tail)]
    for row in records(table):
        cells = [
            row["dataset"],
            row["method"],
            *(number(row[name]) for name in SHOWN),
            number(row["rsum"]),
        ]
        cells += [
            number(row["seed_std"]),
            row["n_seeds"],
            *([number(row["order_accuracy"])] if ordered else []),
        ]
        cells += [_blank(row[key]) for key in ("dim", "eta", "epochs")] + [
            f"{row[key]:.10g}" for key in ("n_images", "n_sentences")
        ]
        lines.append(_markdown_line(cells))
    lines += ["", *(f"- {note}" for note in [*_reading(ordered), *_origins(table), *notes])]
    if len(published):
        letters = _letters(published["source"])
        lines += [
            "",
            "### Published",
            "",
            LEGEND,
            "",
            *_markdown_head(["data set", "method", "reference"], ["source"]),
        ]
        for row in records(published):
            start = [row["dataset"], row["method"], row["reference"]]
            lines.append(
                _markdown_line(
                    [*start, *(row[name] for name in SHOWN), f"[{letters[row['source']]}]"]
                )
            )
        lines += ["", *(f"- [{letter}] {source}" for source, letter in letters.items())]
    return "\n".join(lines) + "\n"


def latex(table: pd.DataFrame, published: pd.DataFrame, caption: str, notes: Sequence[str]) -> str:
    """The same as :func:`markdown` for LaTeX, without the settings' columns: a ``table*`` that needs no packages."""
    columns = 1 + len(SHOWN) + 1
    lines = [
        r"\begin{table*}",
        r"\scriptsize\setlength{\tabcolsep}{2.5pt}",
        rf"\caption{{{latex_escape(caption)}}}",
    ]
    lines += [rf"\begin{{tabular}}{{l{'r' * (columns - 1)}}}", r"\hline"]
    lines += [
        " & ".join(["", *(rf"\multicolumn{{{size}}}{{c}}{{{name}}}" for name, size in GROUPS), ""])
        + r" \\"
    ]
    lines += [
        " & ".join(["", *(HEADERS[name.split("_")[1]] for name in SHOWN), "sum of R@"]) + r" \\",
        r"\hline",
    ]
    for dataset, rows in table.groupby("dataset", sort=False):
        lines.append(_latex_title(str(dataset), columns))
        for row in records(rows):
            cells = [
                row["method"],
                *(number(row[name]) for name in SHOWN),
                plus_minus(row["rsum"], row["seed_std"]),
            ]
            lines.append(" & ".join(map(latex_escape, cells)) + r" \\")
    letters = _letters(published["source"])
    if len(published):
        lines += [
            r"\hline",
            rf"\multicolumn{{{columns}}}{{l}}{{\textbf{{Published}} (not measured here)}} \\",
            r"\hline",
        ]
    for dataset, rows in published.groupby("dataset", sort=False):
        lines.append(_latex_title(str(dataset), columns))
        for row in records(rows):
            name = f"{row['method']}, {row['reference']} [{letters[row['source']]}]"
            lines.append(
                " & ".join(map(latex_escape, [name, *(row[metric] for metric in SHOWN), ""]))
                + r" \\"
            )
    lines += [r"\hline", r"\end{tabular}"]
    below = [*_reading(False), *notes, *([LEGEND] if len(published) else [])]
    below += [f"[{letter}] {source}" for source, letter in letters.items()]
    return (
        "\n".join([*lines, *(rf"\par {latex_escape(note)}" for note in below), r"\end{table*}"])
        + "\n"
    )


LATEX = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "±": r"$\pm$",
        "[": "{[}",
        "]": "{]}",
    }
)
"""A bracket in braces cannot be taken for the optional argument of the line break before it."""


def latex_escape(text: Any) -> str:
    """Text as LaTeX that prints it."""
    return str(text).translate(LATEX)


def _mean_over_seeds(values: Sequence[Any], where: str) -> float | None:
    """None where no seed has the value: a task that was left out."""
    if all(value is None for value in values):
        return None
    if any(value is None or not np.isfinite(value) for value in values):
        raise InputError(f"{where}: {list(values)}; every seed needs a finite number.")
    return float(np.mean(values))


def _settings(values: Sequence[Any]) -> str:
    """As "20000 + 500": a value per member; of a list over seeds "30 45", once if all are equal; "" if nothing is known."""
    members = []
    for value in values:
        seeds = dict.fromkeys([value]) if not isinstance(value, (list, tuple)) else value
        texts = [
            "-" if seed is None else str(seed) if not isinstance(seed, float) else f"{seed:g}"
            for seed in seeds
        ]
        members.append(texts[0] if len(set(texts)) == 1 else " ".join(texts))
    return "" if set(members) <= {"-"} else " + ".join(members)


def _reading(ordered: bool) -> list[str]:
    lines = [
        "annotation: image to sentences; search: sentence to image; sentence: sentence to the others of its image. "
        "R@K in per cent; med, mean: median and mean rank of the first right answer, ties counted against us; "
        "sum of R@: of the six recalls of annotation and search, ± its standard deviation over seeds."
    ]
    if ordered:
        lines.append(
            "word order: per cent of sentences that fit their image better than that of the same words reordered."
        )
    return lines


def _origins(table: pd.DataFrame) -> list[str]:
    """What made image features and word vectors, once each with the methods they serve; combinations have their members'."""
    lines = [f"image features: {weights}" for weights in table["weights"].unique()]
    alone = table[~table["words"].str.contains(" + ", regex=False)]
    for words, rows in alone.groupby("words", sort=False):
        methods = ", ".join(dict.fromkeys(rows["method"]))
        lines.append(f"words of {methods}: {words}")
    return lines


def _markdown_head(start: Sequence[str], end: Sequence[str]) -> list[str]:
    shown = [f"{task} {HEADERS[short]}" for task, short in (name.split("_") for name in SHOWN)]
    text = [*start, *shown, *end]
    return [
        _markdown_line(text),
        "|" + "---|" * len(start) + "---:|" * len(shown) + "---|" * len(end),
    ]


def _markdown_line(cells: Sequence[Any]) -> str:
    return (
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
    )


def _latex_title(dataset: str, columns: int) -> str:
    return rf"\multicolumn{{{columns}}}{{l}}{{\textit{{{latex_escape(dataset)}}}}} \\"


def _blank(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _letters(sources: pd.Series) -> dict[str, str]:
    """A letter for every source, in order; numbers follow when the letters are used up."""
    names = [*string.ascii_lowercase, *map(str, range(1, len(sources) + 1))]
    return dict(zip(dict.fromkeys(sources), names, strict=False))
