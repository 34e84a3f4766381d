"""Labels that a classifier cannot know, and labels that may be misspelt."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from rnnfv.data.text_files import some
from rnnfv.errors import InputError


def label_array(y: Any) -> np.ndarray:
    """Labels of a user as an array.

    Raises:
        InputError: one of them is None or NaN.
    """
    labels = np.asarray(y)
    if pd.isna(labels).any():
        place = int(np.argmax(pd.isna(labels).ravel()))
        raise InputError(f"label {place} is {labels.ravel()[place]}: every item needs a label.")
    return labels


def alike(labels: Iterable[str]) -> list[list[str]]:
    """Labels that differ in capitals, blanks, ``_`` or ``-`` only, together."""
    together = defaultdict(set)
    for label in labels:
        together[_plain(label)].add(label)
    return sorted(sorted(names) for names in together.values() if len(names) > 1)


def unknown_labels(labels: np.ndarray, rows: Mapping[str, np.ndarray]) -> list[str]:
    """Lines about labels that no training item has, one for validation and one for test.

    Args:
        labels: (n,).
        rows: indices of the items that are train, val and test.
    """
    notes = []
    known = set(labels[rows["train"]].tolist())
    for part, name in (("val", "validation"), ("test", "test")):
        unknown = sorted(set(labels[rows[part]].tolist()) - known)
        if unknown:
            count = int(np.isin(labels[rows[part]], unknown).sum())
            of = f"{count} of {len(rows[part])} {name} items have a label that no training item has"
            notes.append(f"{of}: {some(unknown, 5)}{_hint(unknown, known)}")
        known |= set(labels[rows[part]].tolist())
    return notes


def label_facts(labels: np.ndarray, rows: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The same for a file of metrics: ``unknown_labels``; nothing where there are none."""
    notes = unknown_labels(labels, rows)
    for note in notes:
        print(note)
    return {"unknown_labels": notes} if notes else {}


def _hint(unknown: list[str], known: set[str]) -> str:
    similar = [
        (name, other) for name in unknown for other in known if _plain(name) == _plain(other)
    ]
    pairs = [f"{name!r} is {other!r}" for name, other in sorted(similar)[:3]]
    return f" (but for its spelling, {', '.join(pairs)})" if pairs else ""


def _plain(label: str) -> str:
    if not any(sign.isalpha() for sign in label):
        return label  # 1 and -1 are two numbers
    plain = unicodedata.normalize("NFKC", label).casefold()
    return re.sub(r"(?<!\d)[\s_-]+|[\s_-]+(?!\d)", "", plain)  # g1-11 and g11-1 are two
