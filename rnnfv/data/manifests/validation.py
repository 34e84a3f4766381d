"""Draw a validation set from the training clips, never splitting a group (paper, section 3)."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rnnfv.data.manifests.table import split_columns
from rnnfv.data.splits import grouped_folds
from rnnfv.errors import InputError

DRAWS = 5
"""Shuffles tried; each gives as many candidate validation sets as there are folds."""


def add_validation(
    manifest: pd.DataFrame, columns: list[str] | None = None, fraction: float = 0.2, seed: int = 0
) -> pd.DataFrame:
    """Turn some ``train`` rows into ``val`` in every split that has no ``val`` row; a new manifest.

    The candidates are the folds of a few shuffled stratified group k-folds, k = round(1 /
    fraction). No group is on both sides, and a label that would lose all its training clips gets a
    group back. The candidate whose validation side lacks the fewest labels wins, then the one that
    holds most nearly ``fraction`` of every label's clips. The draw depends on ids, labels and
    groups of training rows alone: neither test rows nor the order of rows can change it.

    Args:
        manifest: the manifest.
        columns: split columns to complete; all of them by default.
        fraction: share of the training clips to hold out, above 0 and at most 0.5.
        seed: of the shuffles.

    Raises:
        InputError: the training clips of a split have one group, or no group that could be held
            out without taking a label's last training clips.
    """
    manifest = manifest.copy()
    for split in split_columns(manifest) if columns is None else columns:
        if (manifest[split] == "val").any():
            continue
        train = manifest.loc[manifest[split] == "train", ["id", "label", "group"]].sort_values("id")
        names, labels, groups = (train[name].to_numpy(object) for name in train)
        try:
            drawn = held_out(labels, groups, fraction, seed)
        except InputError as error:
            advice = f"Add val rows to {split}, or groups that say which clips were cut from one"
            raise InputError(f"manifest: {split}: {error} {advice} source.") from error
        manifest.loc[manifest["id"].isin(set(names[drawn])), split] = "val"
    return manifest


def held_out(labels: np.ndarray, groups: np.ndarray, fraction: float, seed: int) -> np.ndarray:
    """The items to validate on, as a boolean mask (n,); see :func:`add_validation`.

    Args:
        labels: (n,) of the training items.
        groups: (n,); no group is on both sides.
        fraction: share of the items to hold out, above 0 and at most 0.5.
        seed: of the shuffles.

    Raises:
        InputError: there is one group, or no group that could be held out without taking a label's
            last training item.
    """
    if len(set(groups)) < 2:
        problem = "the training items have one group: there is no group-disjoint validation set"
        raise InputError(f"{problem}.")
    _, codes = np.unique(labels, return_inverse=True)
    wanted = fraction * np.bincount(codes)
    best, best_score = None, (np.inf, np.inf)
    for mask in _candidates(labels, groups, fraction, seed):
        _give_back(mask, labels, groups)
        if mask.any():
            drawn = np.bincount(codes[mask], minlength=len(wanted))
            # The sum over labels also bounds how far the size is from the fraction.
            score = (float((drawn == 0).sum()), float(np.abs(drawn - wanted).sum()))
            if score < best_score:
                best, best_score = mask, score
    if best is None:
        raise InputError("every group holds the only training clips of some label.")
    return best


def _candidates(
    labels: np.ndarray, groups: np.ndarray, fraction: float, seed: int
) -> Iterator[np.ndarray]:
    """Masks of validation rows: the test folds of shuffled stratified group k-folds."""
    # No more folds than groups, nor than clips of the most frequent label (scikit-learn's
    # condition).
    largest = int(pd.Series(labels).value_counts().max())
    k = round(min(1 / fraction, len(set(groups)), largest))
    if k < 2:  # every label has one clip: nothing to stratify, and no label to spare
        return
    for draw in range(DRAWS):
        state = int(np.random.SeedSequence([seed, draw]).generate_state(1)[0])
        for rows in grouped_folds(labels, groups, k, state):
            mask = np.zeros(len(labels), dtype=bool)
            mask[rows] = True
            yield mask


def _give_back(mask: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> None:
    """Return groups to training, smallest first, until every label has a clip there, in place."""
    for label in sorted(set(labels) - set(labels[~mask])):
        if (~mask[labels == label]).any():
            continue  # a group given back for another label brought it
        candidates = sorted(set(groups[labels == label]))
        smallest = min(candidates, key=lambda group: int((groups == group).sum()))
        mask[groups == smallest] = False
