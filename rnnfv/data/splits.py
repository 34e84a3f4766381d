"""Joining a manifest with the items of a file: labels, and the rows of each part of a split."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rnnfv.errors import InputError

PARTS = ("train", "val", "test")


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
