"""The table of side experiments on action recognition: one row per change."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rnnfv.data.bad_items import summarize
from rnnfv.reporting import Facts, accuracies
from rnnfv.reporting.names import feature_name
from rnnfv.reporting.pages import table_page
from rnnfv.reporting.render import Texts, bold_best, latex, markdown, numbers, plus_minus
from rnnfv.reporting.terminal import terminal

Runs = Sequence[Facts]
"""Measurements of a change: for every split ``split`` and ``seeds``, a list of measurements."""
AllRuns = Mapping[tuple[str, str, str], Runs]
"""The same by (feature, training, change)."""

Items = Mapping[str, pd.DataFrame]
"""Feature to items table."""

LEFT = ("change", "epochs")
NOTES = (
    "gain: difference from the reference on the same splits and seeds, ± over splits; each row "
    "differs from it in what its name says alone",
    "validation: of an SVM trained on training items; choose by this column. Nothing was chosen "
    "on test items",
    "dimensions: of the vector before PCA; time: of extracting vectors, as a multiple of the "
    "reference's, which is timed in the same process in turn (medians of three); 1.0 where "
    "nothing about extraction differs",
)


def read_runs(metrics: Iterable[Facts]) -> AllRuns:
    """Measurements by (feature, training, change).

    Args:
        metrics: one per network, as ``measure_ablations`` writes them: ``feature``, ``training``,
            ``split``, ``weights`` and ``changes``, a list of measurements.
    """
    runs: dict[tuple[str, str, str], dict[int, dict[str, Any]]] = {}
    for entry in metrics:
        for measured in entry["changes"]:
            splits = runs.setdefault((entry["feature"], entry["training"], measured["change"]), {})
            run = splits.setdefault(entry["split"], {"split": entry["split"], "seeds": []})
            run["seeds"].append({**measured, "weights": entry["weights"]})
    return {key: list(splits.values()) for key, splits in runs.items()}


def ablation_table(changes: list[Facts], dataset: str, runs: AllRuns, items: Items) -> pd.DataFrame:
    """The side experiments as numbers, one row per change.

    Args:
        changes: the reference first; ``training`` and the keys that :func:`ablation_row` needs.
        dataset: its name.
        runs: of :func:`read_runs`.
        items: feature to items table.

    Raises:
        InputError: features were made with random weights.
    """
    found = [runs[change["feature"], change["training"], change["name"]] for change in changes]
    pairs = zip(changes, found, strict=True)
    rows = [ablation_row(c, dataset, mine, found[0], items[c["feature"]]) for c, mine in pairs]
    return accuracies.order_columns(rows)


def ablation_row(
    change: Facts, dataset: str, runs: Runs, reference: Runs, items: pd.DataFrame
) -> Facts:
    """One row: a change over all splits and seeds. Accuracies in per cent.

    Args:
        change: ``name``, ``changed`` (its own settings), ``feature`` and ``reduction``.
        dataset: its name.
        runs: measurements with ``accuracy`` and ``val_accuracy`` (fractions), ``dim``, ``pca``,
            ``alpha``, ``l2``, ``epoch``, ``time`` and ``weights``.
        reference: the same for the reference.
        items: the items table of the data set's feature.

    Returns:
        ``gain`` and ``gain_std`` are mean and deviation over the splits' differences from the
        reference; the others are those of :func:`~rnnfv.reporting.accuracies.over_splits`.

    Raises:
        InputError: the features were made with random weights.
    """
    every = [run for split in runs for run in split["seeds"]]
    weights = sorted({run["weights"] for run in every})
    accuracies.refuse_random_weights(weights, f"features.{change['feature']}")
    gains = (accuracies.matrix(runs) - accuracies.matrix(reference)).mean(axis=1)
    settings = [f"{key} {_words(value)}" for key, value in change["changed"].items()]
    row = {"change": change["name"], "settings": "; ".join(settings)}
    row |= accuracies.over_splits(runs)
    row |= {"gain": gains.mean(), "gain_std": accuracies.deviation(gains)}
    val_mean = 100 * np.mean([run["val_accuracy"] for run in every])
    row |= {"val_mean": val_mean, "dim": every[0]["dim"]}
    row |= {key: _once([run[key] for run in every]) for key in ("pca", "alpha", "l2", "epoch")}
    row |= {"time": float(np.median([run["time"] for run in every])), "dataset": dataset}
    feature = feature_name(change["feature"], change["reduction"])
    return row | {"feature": feature, "weights": "; ".join(weights), **accuracies.counts(items)}


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return "+".join(value)
    return "none" if value is None else str(value)


def _once(values: Sequence[Any]) -> str:
    """The values of all runs in order, or one if all are equal."""
    texts = [_words(value) for value in values]
    return texts[0] if len(set(texts)) == 1 else " ".join(texts)


def ablation_notes(
    table: pd.DataFrame, items: Items, synthetic: bool, drawn: Sequence[str] = ()
) -> list[str]:
    """Notes below the table.

    Args:
        table: of :func:`ablation_table`.
        items: feature to items table.
        synthetic: whether the data set is synthetic.
        drawn: a note where its splits were drawn.
    """
    weights = zip(table["feature"], table["weights"], strict=True)
    notes = [
        *NOTES,
        *(f"{feature}: {summarize(rows)}" for feature, rows in items.items()),
        *dict.fromkeys(f"{feature}: {label}" for feature, label in weights),
        accuracies.PROCESSORS,
    ]
    notes += drawn
    return [*notes, accuracies.SYNTHETIC.format(table["dataset"][0])] if synthetic else notes


def ablation_texts(table: pd.DataFrame, notes: Sequence[str]) -> Texts:
    """The table for people. The reference, which changes nothing, has no gain."""
    gains = pd.Series(plus_minus(table["gain"], table["gain_std"]))
    view = table[["change"]].copy()
    accuracy = plus_minus(table["mean"], table["std"])
    view["accuracy (%)"] = bold_best(accuracy, table["mean"], table["dataset"])
    view["± seeds"] = numbers(table["seed_std"])
    view["gain"] = gains.where(table["settings"] != "", "")
    view["validation"] = numbers(table["val_mean"])
    view["dimensions"] = table["dim"].map("{:,}".format)
    view["PCA"], view["epochs"] = table["pca"], table["epoch"]
    view["time"] = numbers(table["time"])
    spread = "mean over splits ± standard deviation over splits"
    caption = f"Side experiments on {table['dataset'][0]}: accuracy in per cent, {spread}"
    brief = view[["change", "accuracy (%)", "gain", "dimensions", "time"]]
    return Texts(
        markdown(caption, view, notes, LEFT),
        latex(caption, [brief], notes, LEFT),
        table_page(caption, view, notes, LEFT),
        terminal(caption, brief, LEFT),
    )
