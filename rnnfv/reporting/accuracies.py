"""Accuracies over splits and seeds, as Tables 1 and 2 and the side experiments show them."""

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd

from rnnfv.arrays.intermediates import damaged, read_json
from rnnfv.data.text_files import read_text
from rnnfv.errors import InputError
from rnnfv.reporting import Facts

MEASURE = "mean accuracy over splits ± standard deviation over splits, in per cent"
PROCESSORS = (
    "± seeds is also about what another processor changes: it rounds otherwise, and what is "
    "trained carries that on like another seed. Methods without seeds stay within an item, but "
    "for features by CCA, which one seed made for all"
)
SYNTHETIC = "{}: synthetic; it shows that the method works, not how well on real video"


def read_metrics(paths: Iterable[str | Path], needs: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Metrics of several files, each a mapping or a list of mappings with the keys ``needs``.

    Raises:
        InputError: a file is damaged.
    """
    found: list[dict[str, Any]] = []
    for path in paths:
        content = read_json(path)
        entries = content if isinstance(content, list) else [content]
        for entry in entries:
            if not isinstance(entry, dict) or not set(needs) <= set(entry):
                raise damaged(path, f"an entry lacks {', '.join(needs)}")
        found += entries
    return found


def remarks(paths: Iterable[str | Path], metrics: Iterable[Facts]) -> list[str]:
    """Notes on data sets: leaks that were allowed, labels that no training item has.

    Args:
        paths: files of notes, one a data set.
        metrics: of splits: ``dataset``, ``split`` and perhaps ``unknown_labels``, a list of notes.

    Raises:
        InputError: a file is damaged.
    """
    notes = [note for path in paths for note in read_json(path)]
    for entry in metrics:
        for note in entry.get("unknown_labels", ()):
            notes.append(f"{entry['dataset']}, split {entry['split']}: {note}")
    return list(dict.fromkeys(notes))


def worse_than_copying(networks: Mapping[str, Sequence[Facts]]) -> list[str]:
    """A line for every kind of network of which some predict worse than without learning.

    Args:
        networks: name to what is known of the networks, at the epoch that was chosen:
            ``val_loss`` and ``copy_loss``, the loss of copying.
    """
    lines = []
    for name, runs in networks.items():
        worse = [run for run in runs if run["val_loss"] > run["copy_loss"]]
        if worse:
            ours, copying = (fmean(run[key] for run in worse) for key in ("val_loss", "copy_loss"))
            lines.append(
                f"{name}: {len(worse)} of {len(runs)} networks predict, at the epoch that was "
                "chosen, worse than copying the element before would: losses on validation items "
                f"{ours:.2g} and {copying:.2g} (means)"
            )
    return lines


def attach(rows: list[Facts], metrics: Sequence[Facts], keys: Sequence[str]) -> list[Facts]:
    """The rows of a table, each with its ``metrics``: those that agree with it in ``keys``.

    Args:
        rows: mappings with all keys.
        metrics: one per row and split, with all keys.
        keys: a row's identity.

    Raises:
        InputError: a row has no metrics.
    """
    found: dict[tuple[Any, ...], list[Facts]] = {}
    for entry in metrics:
        found.setdefault(tuple(entry[key] for key in keys), []).append(entry)
    attached: list[Facts] = []
    for row in rows:
        identity = tuple(row[key] for key in keys)
        if identity not in found:
            raise InputError(f"no metrics of {', '.join(identity)}. Run the step that makes them.")
        attached.append({**row, "metrics": found[identity]})
    return attached


def read_published(path: str | Path) -> pd.DataFrame:
    """Published results; values are text, with the digits that were printed.

    Raises:
        InputError: no such file.
    """
    text = read_text(path, "It belongs to the repository; check it out again.")
    return pd.read_csv(io.StringIO(text), dtype={"value": str})


def matrix(metrics: Iterable[Facts]) -> np.ndarray:
    """Accuracies in per cent (splits, seeds), from entries with ``seeds``, a list, per split."""
    return 100 * np.array([[seed["accuracy"] for seed in split["seeds"]] for split in metrics])


def over_splits(metrics: Sequence[Facts]) -> dict[str, Any]:
    """Means and deviations of accuracies as columns of a table, in per cent.

    Args:
        metrics: one per split: ``split`` and ``seeds``, a list with ``accuracy``, a fraction.

    Returns:
        ``mean`` and ``std`` over the splits' means, ``split<n>`` each of them, ``n_seeds``, and
        ``seed_std``, the deviation over seeds of the mean over splits. Deviations divide by n - 1
        and are None for a single value.
    """
    accuracy = matrix(metrics)
    means = accuracy.mean(axis=1)
    splits = {f"split{split['split']}": mean for split, mean in zip(metrics, means, strict=True)}
    seeds = {"n_seeds": accuracy.shape[1], "seed_std": deviation(accuracy.mean(axis=0))}
    return {"mean": means.mean(), "std": deviation(means), **splits, **seeds}


def deviation(values: np.ndarray) -> float | None:
    """Standard deviation, n - 1 in the denominator; None for a single value."""
    return float(values.std(ddof=1)) if len(values) > 1 else None


def counts(items: pd.DataFrame) -> dict[str, int]:
    """Numbers of items of an items table that were used and that were left out."""
    bad = items["status"] == "bad"
    return {"n_items": int((~bad).sum()), "n_excluded": int(bad.sum())}


def refuse_random_weights(labels: Iterable[str], key: str) -> None:
    """Stop where features were made with random weights.

    Raises:
        InputError: naming ``key``, what to change in the configuration.
    """
    if any("RANDOM WEIGHTS" in label for label in labels):
        problem = f"{key}: made with random weights"
        why = "which are for tests of shapes only and which no table shows"
        raise InputError(f"{problem}, {why}. Use features of trained weights.")


def order_columns(rows: Sequence[Facts]) -> pd.DataFrame:
    """The rows as a table, all splits between ``std`` and the next column, 1 to 3 always there."""
    table = pd.DataFrame(rows)
    found = {int(name[5:]) for name in table.columns if name.startswith("split")}
    splits = [f"split{n}" for n in sorted(found | {1, 2, 3})]
    rest = [name for name in table.columns if not name.startswith("split")]
    place = rest.index("std") + 1
    return table.reindex(columns=[*rest[:place], *splits, *rest[place:]])


def by_split(table: pd.DataFrame) -> list[str]:
    """The splits' accuracies of every row, as "50.1 / 49.3"."""
    accuracies = table.filter(regex=r"^split\d+$")
    rows = accuracies.itertuples(index=False, name=None)
    return [" / ".join(f"{value:.1f}" for value in row if pd.notna(value)) for row in rows]


def with_status(values: pd.Series, status: pd.Series) -> list[str]:
    """Published values, each with how sure it is, a letter, as "88.0 [R]"; "" for NaN."""
    pairs = zip(values, status, strict=True)
    return ["" if pd.isna(value) else f"{value} [{mark}]" for value, mark in pairs]
