"""Joining a manifest with the items of a file: labels, and the rows of each part of a split."""

import warnings
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from rnnfv.errors import InputError

PARTS = ("train", "val", "test")

Fold = tuple[np.ndarray, np.ndarray]
"""Rows to fit on, and rows to choose by."""


def items_in_split(manifest: pd.DataFrame, split: int) -> list[str]:
    """Ids of the manifest's items that a split uses, in the manifest's order.

    Raises:
        InputError: the manifest has no such split.
    """
    column = f"split{split}"
    if column not in manifest:
        have = ", ".join(name for name in map(str, manifest) if name.startswith("split"))
        problem = f"the manifest has no column {column}; it has {have}."
        raise InputError(f"{problem} Set the data set's `splits` accordingly.")
    return manifest.loc[manifest[column].isin(PARTS), "id"].tolist()


def split_rows(
    manifest: pd.DataFrame, ids: Sequence[str], split: int
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Labels of items, (n,), and the indices among them that are train, val and test.

    Args:
        manifest: the data set's manifest.
        ids: the n items.
        split: number of the split.

    Raises:
        InputError: no such split, an id the manifest lacks, a part without items, or a single
            label.
    """
    items_in_split(manifest, split)
    table = manifest.set_index("id")
    unknown = [name for name in ids if name not in table.index]
    if unknown:
        message = f"{unknown[0]!r} (and {len(unknown) - 1} more ids) are not in the manifest."
        raise InputError(message)
    table = table.loc[list(ids)]
    parts = table[f"split{split}"].to_numpy()
    rows = {part: np.flatnonzero(parts == part) for part in PARTS}
    for part, members in rows.items():
        if len(members) == 0:
            advice = "see the data set's items.csv for what is left out"
            raise InputError(f"split {split} has no usable {part} items: {advice}.")
    labels = table["label"].to_numpy(dtype=str)
    if len(set(labels[rows["train"]])) < 2:
        problem = f"split {split}: the training items have one label only"
        raise InputError(f"{problem}; a classifier needs two or more.")
    return labels, rows


def grouped_folds(
    labels: np.ndarray, groups: np.ndarray, k: int, seed: int | None = None
) -> Iterator[np.ndarray]:
    """The rows of each of k folds of whole groups, each with about as many items of a label.

    Args:
        labels: (n,).
        groups: (n,); a group is in one fold.
        k: number of folds.
        seed: groups are shuffled by it; None leaves them in order.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # most users have no folds

    dealt = StratifiedGroupKFold(k, shuffle=seed is not None, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        for _, rows in dealt.split(labels, labels, groups):
            yield rows


def other_folds(
    labels: np.ndarray, groups: np.ndarray, rows: Mapping[str, np.ndarray], k: int
) -> list[Fold]:
    """The k - 1 folds of k-fold validation beside the split's own, which are its validation items.

    Training items are dealt to them by whole groups, each fold with about as many items of a label;
    nothing is drawn. What a fold is fitted on are all training and validation items but its own.

    Args:
        labels: (n,).
        groups: (n,) names; a group is never on both sides.
        rows: indices of the items of ``train`` and ``val``.
        k: number of folds, three or more; 0 for the split's own alone.

    Raises:
        InputError: the training items have fewer than k - 1 groups.
    """
    if not k:
        return []
    train, known = rows["train"], np.concatenate([rows["train"], rows["val"]])
    found = len(set(groups[train]))
    if found < k - 1:
        need = f"{k - 1} of them are made of training items"
        raise InputError(f"validation.folds: {k}: {need}, which have {found} groups only.")
    dealt = grouped_folds(labels[train], groups[train], k - 1)
    folds = [np.sort(train[members]) for members in dealt]
    return [(known[~np.isin(known, members)], members) for members in folds]
