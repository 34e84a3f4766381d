"""Copies among the user's own features: of whole items, or of a run of their elements.

An item is described by all its windows of some consecutive elements, each as one number. All items
together are compared in a time that grows with the number of elements alone.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from rnnfv.arrays.sequences import Sequences, Values
from rnnfv.data.text_files import some

_WINDOW = 8  # elements
_PROJECTIONS = 4
_ROUNDING = 1e-12  # of projections, beside which nothing varies
_SHARED = 0.5  # of the windows of the shorter item
_FEWEST = 4  # windows; what hardly moves is like much else
_COMMON = 8  # items that have a window; more of them, and it says nothing, as of few symbols
_SHOWN = 3

Windows = dict[str, np.ndarray]
"""The different windows of items, sorted uint64."""


def windows_of(sequences: Sequences) -> Windows:
    """The windows of every sequence; of a shorter one the whole. Zeros alone are no features.

    A window is hashed from four random projections of its elements: their course about their mean,
    to 1e-4 of how much they vary, so that a large constant part hides nothing; and the mean, to
    1e-5 of their size. Scaled copies have the same, since elements get unit length later, and so
    have still sequences of any length.
    """
    generator = np.random.default_rng(0)
    directions = generator.normal(size=(sequences.dim, _PROJECTIONS))
    places = generator.normal(size=_WINDOW)
    factors = generator.integers(2**63, size=2 * _PROJECTIONS, dtype=np.uint64) * 2 + 1
    found: Windows = {}
    for first, last, values in sequences.blocks():
        starts = sequences.offsets[first : last + 1] - sequences.offsets[first]
        for name, (start, end) in zip(sequences.ids[first:last], pairwise(starts), strict=True):
            steps = values[start:end].astype(np.float64)
            steps = steps[:1] if (steps == steps[:1]).all() else steps
            if 0 < np.square(steps).sum() < np.inf:
                length = min(_WINDOW, len(steps))
                windows = sliding_window_view(steps @ directions, length, axis=0)
                means = windows.mean(axis=2)
                about = windows - means[:, :, None]
                sizes, spreads = _lengths(windows), _lengths(about)
                still = spreads <= _ROUNDING * sizes
                course = 1e4 * (about @ places[:length]) / np.where(still, np.inf, spreads)[:, None]
                level = 1e5 * means / np.where(sizes > 0, sizes, 1)[:, None]
                cells = np.rint(np.hstack([course, level])).astype(np.int64).astype(np.uint64)
                found[name] = np.unique(cells @ factors)
    return found


def _lengths(windows: np.ndarray) -> np.ndarray:
    return np.sqrt(np.square(windows).sum(axis=(1, 2)))


def as_single_elements(ids: Sequence[str], values: Values) -> Sequences:
    """Vectors (n, D), which may be on disk, as sequences of one element."""
    return Sequences(ids, np.arange(len(ids) + 1), values)


def repeated(parts: Mapping[str, str], windows: Windows) -> list[str]:
    """Parts of which more than a tenth have the features of another item of the part, in words.

    Args:
        parts: of a split.
        windows: of :func:`windows_of`.
    """
    lines = []
    for part, words in (("train", "training"), ("val", "validation"), ("test", "test")):
        mine = {name: own.tobytes() for name, own in windows.items() if parts.get(name) == part}
        same = list(map(str, pd.Index(mine)[pd.Series(mine).duplicated(keep=False)]))
        if 10 * len(same) > len(mine):
            counts = f"{len(same)} of {len(mine)} {words} items"
            lines.append(f"{counts} have the features of another one: {some(same, _SHOWN)}")
    return lines


def shared_runs(parts: Mapping[str, str], windows: Windows) -> str | None:
    """Items of different parts that share half of the shorter one, in words; None for none.

    Such are cut, shifted and joined copies. Whole copies are not told.

    Args:
        parts: of a split.
        windows: of :func:`windows_of`.
    """
    mine = {name: own for name, own in windows.items() if name in parts and len(own) >= _FEWEST}
    names, lengths = list(mine), np.array([len(own) for own in mine.values()], int)
    items = np.repeat(np.arange(len(names)), lengths)
    table = pd.DataFrame({"window": np.concatenate([*mine.values(), np.empty(0, np.uint64)])})
    table = table.assign(item=items, part=[parts[names[i]] for i in items])
    table = table[table.groupby("window")["item"].transform("size").between(2, _COMMON)]
    pairs = table.merge(table, on="window")
    pairs = pairs[(pairs["item_x"] < pairs["item_y"]) & (pairs["part_x"] != pairs["part_y"])]
    found = []
    counts = pairs.value_counts(["item_x", "item_y"], sort=False).reset_index()
    for one, other, count in counts.to_numpy(int).tolist():
        whole = np.array_equal(mine[names[one]], mine[names[other]])
        if count >= max(_FEWEST, _SHARED * min(lengths[one], lengths[other])) and not whole:
            found.append(" ~ ".join(f"{names[i]} ({parts[names[i]]})" for i in (one, other)))
    return f"{len(found)} times much the same features: {some(found, _SHOWN)}" if found else None
