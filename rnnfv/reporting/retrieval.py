"""Tables 3 to 5 and the side experiments on sentences: the numbers, and notes below them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rnnfv.data.bad_items import summarize
from rnnfv.errors import InputError
from rnnfv.evaluation.retrieval import METRICS
from rnnfv.reporting import Facts
from rnnfv.reporting.accuracies import (
    PROCESSORS,
    deviation,
    refuse_random_weights,
    worse_than_copying,
)

Records = Sequence[Facts]
Choices = Mapping[str, Records]
"""Model to the choices of validation, one per seed."""

_MADE_OF = ("n_images", "n_sentences", "weights", "words", "seed_std", "n_seeds")
COLUMNS = ("dataset", "method", "dim", "eta", "epochs", *METRICS, "rsum", *_MADE_OF)
PROTOCOLS = {
    "all": "",
    "first-1000": " (first 1,000 test images)",
    "five-folds": " (mean of five folds of the test images)",
}


def retrieval_table(
    captions: str, labels: dict[str, str], protocols: list[str], metrics: Records, chosen: Choices
) -> pd.DataFrame:
    """A table of retrieval results as numbers, one row per protocol and method.

    Args:
        captions: name of the data set.
        labels: method to its name in the table, in order.
        protocols: keys of :data:`PROTOCOLS`.
        metrics: one per method, protocol and seed, as ``evaluate_retrieval`` writes them, with
            ``members``, the models of the method.
        chosen: model to the choices of validation, one per seed.

    Returns:
        The columns :data:`COLUMNS`, and ``order_accuracy`` last where a method has it.

    Raises:
        InputError: see :func:`retrieval_row`.
    """
    rows = []
    for protocol in protocols:
        for method, label in labels.items():
            key = (method, protocol)
            seeds = [entry for entry in metrics if (entry["method"], entry["protocol"]) == key]
            members = [chosen[model] for model in seeds[0]["members"]] if seeds else []
            rows.append(retrieval_row(captions + PROTOCOLS[protocol], label, members, seeds))
    return as_table(rows)


def by_model(choices: Iterable[Facts]) -> dict[str, list[Facts]]:
    """The choices of validation by ``model``, in the order of seeds."""
    chosen: dict[str, list[Facts]] = {}
    for choice in choices:
        chosen.setdefault(choice["model"], []).append(choice)
    return chosen


def as_table(rows: Records) -> pd.DataFrame:
    """Rows as a table: :data:`COLUMNS`, and ``order_accuracy`` last where a row has it."""
    extra = ["order_accuracy"] if any("order_accuracy" in row for row in rows) else []
    return pd.DataFrame([dict(row) for row in rows], columns=[*COLUMNS, *extra])


def retrieval_row(dataset: str, method: str, members: Sequence[Records], metrics: Records) -> Facts:
    """One row: a method on a data set, metrics averaged over seeds.

    Args:
        dataset: its name, with the protocol where it is not all test images.
        method: its name; a combination names its members.
        members: the choices of every model of the method, one per seed: ``weights`` (the network
            of the image features), ``words`` (the word vectors) and, where they are known,
            ``dim`` (dimensions of the representation), ``eta`` (of the CCA) and ``epoch``.
        metrics: one per seed, as :func:`rnnfv.evaluation.retrieval.evaluate` returns them, and
            ``order_accuracy`` where it is known.

    Returns:
        The columns :data:`COLUMNS`, then ``order_accuracy`` where the metrics have it.
        ``seed_std`` is the standard deviation (n - 1) of ``rsum`` over seeds, None for one seed.
        Members' values are joined with " + ".

    Raises:
        InputError: no metrics, seeds with different numbers of items, NaN, or random weights.
    """
    where = f"{dataset}, {method}"
    if not metrics:
        raise InputError(f"{where}: no metrics. Every row needs at least one seed.")
    weights = members[0][0]["weights"]
    refuse_random_weights([weights], f"{where}: the image features")
    for name in ("n_images", "n_sentences"):
        found = [seed[name] for seed in metrics]
        if len(set(found)) > 1:
            raise InputError(f"{where}: {name} differs between seeds: {found}.")
    means = {
        name: _mean_over_seeds([seed.get(name) for seed in metrics], f"{where}, {name}")
        for name in (*METRICS, "rsum", "order_accuracy")
    }
    order_accuracy = means.pop("order_accuracy")
    dim = _settings([[member[0].get("dim")] for member in members])
    eta = _settings([[seed.get("eta") for seed in member] for member in members])
    epochs = _settings([[seed.get("epoch") for seed in member] for member in members])
    words = " + ".join(dict.fromkeys(member[0]["words"] for member in members))
    seed_std = deviation(np.array([seed["rsum"] for seed in metrics]))
    row = {"dataset": dataset, "method": method, "dim": dim, "eta": eta, "epochs": epochs, **means}
    row |= {key: metrics[0][key] for key in ("n_images", "n_sentences")}
    row |= {"weights": weights, "words": words, "seed_std": seed_std, "n_seeds": len(metrics)}
    return row if order_accuracy is None else row | {"order_accuracy": order_accuracy}


def _mean_over_seeds(values: Sequence[Any], where: str) -> float | None:
    """None where no seed has the value: a task that was left out."""
    if all(value is None for value in values):
        return None
    if any(value is None or not np.isfinite(value) for value in values):
        raise InputError(f"{where}: {list(values)}; every seed needs a finite number.")
    return float(np.mean(values))


def _settings(members: Sequence[Sequence[Any]]) -> str:
    """As "20000 + 500", or over seeds "30 45", once if all are equal; "" if nothing is known."""
    shown = []
    for seeds in members:
        texts = [f"{seed:g}" if isinstance(seed, float) else str(seed) for seed in seeds]
        texts = ["-" if seed is None else text for seed, text in zip(seeds, texts, strict=True)]
        shown.append(texts[0] if len(set(texts)) == 1 else " ".join(texts))
    return "" if set(shown) <= {"-"} else " + ".join(shown)


def retrieval_notes(
    captions: str, images: pd.DataFrame, coverage: dict[str, int], chosen: Choices, synthetic: bool
) -> list[str]:
    """Notes below the table.

    Args:
        captions: name of the data set.
        images: the items table of its images.
        coverage: words of the test sentences: ``tokens``, ``dropped_tokens``, ``empty_sentences``.
        chosen: model to the choices of validation, one per seed; of a network that predicts words
            with its losses.
        synthetic: whether the data set is synthetic.
    """
    notes = [
        f"{captions}: images, {summarize(images)}",
        "words of test sentences without a vector or unseen in training: "
        f"{coverage['dropped_tokens']} of {coverage['tokens']}, left out; "
        f"{coverage['empty_sentences']} sentences have no other",
        PROCESSORS,
        "eta and epochs were chosen by the sum of recalls on validation images; nothing was "
        "chosen on test images",
    ]
    first = {model: seeds[0] for model, seeds in chosen.items() if "untrained_rsum" in seeds[0]}
    if first:
        untrained = [f"{model} {seed['untrained_rsum']:.1f}" for model, seed in first.items()]
        start = "sum of R@ on validation before training (sampled coordinates, first seed)"
        notes.append(f"{start}: {', '.join(untrained)}")
    known = {model: seeds for model, seeds in chosen.items() if "copy_loss" in seeds[0]}
    notes += worse_than_copying(known)
    if synthetic:
        notes.append(
            f"{captions}: synthetic pictures and sentences, a stand-in; it shows that the method "
            "works, not how well on photographs"
        )
    return notes


def retrieval_caption(table: str, captions: str) -> tuple[int, str]:
    """The number of a table that is called ``table3``, 0 for side experiments, and its caption."""
    number = table.removeprefix("table")
    if not number.isdigit():
        return 0, f"Side experiments on sentences, {captions}"
    return int(number), f"Table {number}: image-sentence retrieval, {captions}"
