"""Table 1: accuracy by data set, feature and pooling."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from rnnfv.data.bad_items import summarize
from rnnfv.evaluation.table_poolings import POOLINGS
from rnnfv.reporting import Facts, accuracies
from rnnfv.reporting.names import feature_name
from rnnfv.reporting.pages import table_page
from rnnfv.reporting.render import Texts, bold_best, latex, markdown, numbers, plus_minus
from rnnfv.reporting.terminal import terminal

CAPTION = f"Table 1: action recognition by pooling, {accuracies.MEASURE}"
LABELS = {name: pooling.label for name, pooling in POOLINGS.items()}
LEFT = ("data set", "feature", "pooling", "by split", "chosen")
IDENTITY = ("dataset", "feature", "reduction", "pooling")


def table1(rows: list[Facts], items: list[pd.DataFrame], published: pd.DataFrame) -> pd.DataFrame:
    """Table 1 as numbers, one row per data set, feature and pooling.

    Args:
        rows: see :func:`table1_row`.
        items: the items table of every row.
        published: published results: ``table, dataset, method, value, status``.

    Raises:
        InputError: features were made with random weights.
    """
    pairs = zip(rows, items, strict=True)
    return accuracies.order_columns([table1_row(row, used, published) for row, used in pairs])


def table1_row(row: Facts, items: pd.DataFrame, published: pd.DataFrame) -> dict[str, Any]:
    """One row of Table 1: all splits and seeds of a pooling. Accuracies in per cent.

    Args:
        row: ``dataset, feature, reduction, pooling`` and ``metrics``, one entry per split as
            ``classify`` writes them: ``split``, ``dim``, ``weights`` and ``seeds``, a list of
            ``seed``, ``accuracy`` (a fraction) and ``chosen``.
        items: the items table of the data set.
        published: published results.

    Raises:
        InputError: the features were made with random weights.
    """
    metrics = row["metrics"]
    weights = {entry["weights"] for entry in metrics}
    accuracies.refuse_random_weights(weights, f"features.{row['feature']}")
    feature = feature_name(row["feature"], row["reduction"])
    method = f"{feature} {POOLINGS[row['pooling']].label}"
    known = published[(published["table"] == 1) & (published["dataset"] == row["dataset"])]
    known = known[known["method"] == method]
    value, status = known[["value", "status"]].iloc[0] if len(known) else (None, None)
    chosen = _chosen([entry["chosen"] for split in metrics for entry in split["seeds"]])
    about = {"dataset": row["dataset"], "feature": feature, "pooling": row["pooling"]}
    about |= accuracies.over_splits(metrics) | {"chosen": chosen, "dim": metrics[0]["dim"]}
    about |= {"weights": "; ".join(sorted(weights)), **accuracies.counts(items)}
    return {**about, "published": value, "published_status": status}


def _chosen(choices: Sequence[Facts]) -> str:
    """As "epoch 3 5 4; pca 100": values of all splits and in them seeds, once if all are equal."""
    parts = []
    for key in dict.fromkeys(key for choice in choices for key in choice):
        values = [choice.get(key) for choice in choices]
        if any(value is not None for value in values):
            texts = ["none" if value is None else _short(value) for value in values]
            parts.append(f"{key} {texts[0] if len(set(texts)) == 1 else ' '.join(texts)}")
    return "; ".join(parts)


def _short(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _networks(rows: Iterable[Facts]) -> dict[str, list[Facts]]:
    """Facts about the networks of a data set and feature: their runs with losses."""
    found: dict[str, list[Facts]] = {}
    for row in rows:
        runs = [run for split in row["metrics"] for run in split["seeds"] if "copy_loss" in run]
        if runs:
            found[f"{row['dataset']}, {row['feature']}-{row['reduction'].upper()}"] = runs
    return found


def table1_notes(
    table: pd.DataFrame,
    rows: Iterable[Facts],
    items: Iterable[pd.DataFrame],
    missing: list[str],
    synthetic: list[str],
    drawn: Sequence[str] = (),
) -> list[str]:
    """Notes below Table 1.

    Args:
        table: of :func:`table1`.
        rows: what it was made of.
        items: the items table of every row.
        missing: features that have no row since they have no weights.
        synthetic: data sets that are synthetic.
        drawn: a note for every data set whose splits were drawn.
    """
    used = zip(table["dataset"], items, strict=True)
    weights = zip(table["feature"], table["weights"], strict=True)
    notes = [
        *(f"{dataset}: {summarize(rows)}" for dataset, rows in used),
        *(f"{feature}: {label}" for feature, label in weights),
        *(f"{name}: no row, since features.{name}.weights is not set" for name in missing),
        *drawn,
        *accuracies.worse_than_copying(_networks(rows)),
        accuracies.PROCESSORS,
        *map(accuracies.SYNTHETIC.format, synthetic),
    ]
    return list(dict.fromkeys(notes))


def table1_texts(table: pd.DataFrame, notes: Sequence[str]) -> Texts:
    """Table 1 for people; the best pooling of a data set and feature is bold."""
    accuracy, groups = plus_minus(table["mean"], table["std"]), [table["dataset"], table["feature"]]
    published = table["published"], table["published_status"]
    view = pd.DataFrame({"data set": table["dataset"], "feature": table["feature"]})
    view["pooling"] = table["pooling"].map(LABELS)
    view["accuracy (%)"] = bold_best(accuracy, table["mean"], groups)
    view["by split"] = accuracies.by_split(table)
    view["seeds"], view["± seeds"] = table["n_seeds"], numbers(table["seed_std"])
    view["published"] = accuracies.with_status(*published)
    view["chosen"] = table["chosen"]
    brief = view[["data set", "feature", "pooling", "accuracy (%)", "published"]]
    short = view[["data set", "feature", "pooling", "accuracy (%)"]]
    return Texts(
        markdown(CAPTION, view, notes, LEFT),
        latex(CAPTION, [brief], notes, LEFT),
        table_page(CAPTION, view, notes, LEFT),
        terminal(CAPTION, short, LEFT),
    )
