"""Usable items of a data set, and the policy for the others: ``fail`` or ``exclude``.

An items table has columns ``id``, ``status`` (ok | noted | bad) and ``reason``. Nothing is ever
left out without a row in it, and the tables count its bad rows.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from rnnfv.arrays.writing import atomic_path
from rnnfv.data.splits import items_in_split
from rnnfv.errors import InputError

SHOWN = 20
"""How many bad items a message lists; the file lists all."""


def given_items(
    manifest_ids: Sequence[str],
    given_ids: Sequence[str],
    flaws: Mapping[int, str],
    what: str = "sequence",
) -> pd.DataFrame:
    """The items table of a manifest whose features are given; bad are those that have none.

    Args:
        manifest_ids: items of the manifest.
        given_ids: items that have features.
        flaws: of the features that cannot be used: place among ``given_ids`` -> problem.
        what: the features of one item, in words.
    """
    reasons = dict.fromkeys(given_ids, "") | {given_ids[i]: flaw for i, flaw in flaws.items()}
    absent = f"absent: no {what} with this id"
    table = pd.DataFrame({"id": manifest_ids}, dtype=str)
    table["reason"] = [reasons.get(name, absent) for name in manifest_ids]
    table["status"] = table["reason"].map(lambda reason: "bad" if reason else "ok")
    return table[["id", "status", "reason"]]


def apply_policy(items: pd.DataFrame, policy: str, source: str | Path) -> pd.DataFrame:
    """Return ``items``, or stop if there are bad ones and the policy says so.

    Args:
        items: an items table.
        policy: ``fail`` or ``exclude``.
        source: file that lists the items, for the message.

    Raises:
        InputError: ``policy`` is ``fail`` and some item is bad; the message lists them with their
            reasons.
    """
    bad = items[items["status"] == "bad"]
    if len(bad) and policy == "fail":
        lines = [f"  {row.id}: {row.reason}" for row in bad.head(SHOWN).itertuples()]
        if len(bad) > SHOWN:
            lines.append(f"  ... and {len(bad) - SHOWN} more")
        head = f"{len(bad)} of {len(items)} items cannot be used (all in {source}):"
        without = "set on_bad_video: exclude to go on without them (images and features, too)"
        advice = f"Repair them, or {without}; the table then counts them."
        raise InputError("\n".join([head, *lines, advice]))
    if len(bad) == len(items):
        first = f"{bad.iloc[0].id}: {bad.iloc[0].reason}"
        raise InputError(f"none of the {len(items)} items can be used; the first: {first}")
    return items


def decide(report: pd.DataFrame, policy: str, bad_list: str | Path) -> pd.DataFrame:
    """The items table of a report; where the policy stops the run, a file lists the bad ones.

    Args:
        report: an items table, with more columns.
        policy: ``fail`` or ``exclude``.
        bad_list: the file to write before stopping.

    Raises:
        InputError: see :func:`apply_policy`.
    """
    try:
        return apply_policy(report[["id", "status", "reason"]], policy, bad_list)
    except InputError:
        with atomic_path(bad_list) as temporary:  # no output of a rule: nobody makes it again
            report[report["status"] == "bad"].to_csv(temporary, index=False)
        raise


def bad_ids(items: pd.DataFrame) -> set[str]:
    """Ids of the items that are left out."""
    return set(items.loc[items["status"] == "bad", "id"])


def usable_in_split(manifest: pd.DataFrame, split: int, items: pd.DataFrame) -> list[str]:
    """Ids of the items that a split uses and that are not bad, in the manifest's order.

    Args:
        manifest: of the data set.
        split: its number.
        items: the items table.
    """
    bad = bad_ids(items)
    return [name for name in items_in_split(manifest, split) if name not in bad]


def summarize(items: pd.DataFrame) -> str:
    """In words: how many items there are and how many are left out for which reason."""
    bad = items[items["status"] == "bad"]
    codes = bad["reason"].fillna("").str.split(":").str[0].value_counts().sort_index()
    reasons = "".join(f"; {count} {code}" for code, count in codes.items())
    return f"{len(items) - len(bad)} of {len(items)} items used{reasons}"
