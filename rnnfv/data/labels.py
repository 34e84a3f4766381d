"""Labels that a classifier cannot know, and labels that may be misspelt."""

import re
import unicodedata
import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from rnnfv.data.files import one_form
from rnnfv.data.text_files import some
from rnnfv.errors import InputError

NOTHING = ("", "#N/A", "NaN", "nan", "<NA>", "NULL", "None")
"""What Excel and pandas write where there is nothing: no label, and no group."""

NAMED_SO = "If this is its name, rename it"


def label_array(y: Any, n: int, what: str = "label") -> np.ndarray:
    """Labels or groups of a user as an array: text, whole numbers, or truth values.

    Args:
        y: one for each item.
        n: number of items.
        what: they are, for messages.

    Raises:
        InputError: there are more or fewer; one of them is missing (None, NaN, masked, or text of
            :data:`NOTHING`), infinite or a fraction; they are of several kinds, or of another one.
    """
    one_each = f"{n} items need as many {what}s, a list, a column or an array of them"
    mask = np.ma.getmaskarray(y) if np.ma.isMaskedArray(y) else False
    try:
        given = np.asarray(y, dtype=object)
    except (ValueError, TypeError, RuntimeError) as error:  # ragged, or a tensor that is no array
        raise InputError(f"{one_each}.") from error
    if given.shape != (n,):
        raise InputError(f"{one_each}; got shape {given.shape}.")
    missing = pd.isna(given)
    missing[~missing] = [isinstance(x, str) and x in NOTHING for x in given[~missing]]
    for place in np.flatnonzero(missing | mask):
        problem = f"{what} {place} is {given.flat[place]!r}: every item needs a {what}"
        raise InputError(f"{problem}. {NAMED_SO}.")
    for number, label in enumerate(given.flat):
        if isinstance(label, float | np.floating) and not float(label).is_integer():
            raise InputError(f"{what} {number} is {label}: numbers as {what}s have to be whole.")
    if all(isinstance(label, str) for label in given.flat):
        labels: np.ndarray = np.vectorize(one_form, otypes=[object])(given).astype(str)
        for names in alike(labels.tolist()):
            spelt = f"{what}s that differ in spelling only: {some(names, len(names))}"
            warnings.warn(spelt, UserWarning, stacklevel=2)
        return labels
    if not all(isinstance(label, Integral | float | np.floating | np.bool) for label in given.flat):
        found = ", ".join(sorted({type(label).__name__ for label in given.flat}))
        raise InputError(f"{what}s are all text or all numbers; found {found}.")
    return np.asarray(y)


def alike(labels: Iterable[str]) -> list[list[str]]:
    """Labels that differ in capitals, blanks, ``_``, ``-`` or invisible signs only, together."""
    together = defaultdict(set)
    for label in labels:
        together[plain(label)].add(label)
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
    similar = [(name, other) for name in unknown for other in known if plain(name) == plain(other)]
    pairs = [f"{name!r} is {other!r}" for name, other in sorted(similar)[:3]]
    return f" (but for its spelling, {', '.join(pairs)})" if pairs else ""


def as_number(text: str) -> str:
    """A whole number as it is usually written: 1 for 01 and 1.0; other text as it is."""
    whole = re.fullmatch(r"\+?(-?)0*(\d+)(\.0*)?", text.strip())
    return whole[1] + whole[2] if whole else text


def plain(label: str) -> str:
    """A label without what does not make it another: capitals, blanks, zeros, hidden signs."""
    label = "".join(sign for sign in label if unicodedata.category(sign) != "Cf")
    if not any(sign.isalpha() for sign in label):
        return as_number(label)  # 1_1 and 11 are two
    same = unicodedata.normalize("NFKC", label).casefold()
    return re.sub(r"(?<!\d)[\s_-]+|[\s_-]+(?!\d)", "", same)  # g1-11 and g11-1 are two
