"""Pages about what went in: videos or images with their problems, and words without vectors."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from rnnfv.data.bad_items import summarize
from rnnfv.reporting.pages import table_page

MOST = 300
PARTS = {"train": "training", "val": "validation", "test": "test"}
ITEM_TEXT = ("id", "status", "reason")


def items_page(report: pd.DataFrame, title: str) -> str:
    """The items of a report, at most 300; those with a remark come first.

    Args:
        report: ``id``, ``status``, ``reason``, and numbers in more columns.
        title: whose items they are.
    """
    view = report.drop(columns=["path", "shard"], errors="ignore")
    order = (view["status"] == "ok").argsort(kind="stable")
    notes = [summarize(report)]
    if len(view) > MOST:
        notes.append(f"the first {MOST} of {len(view)}; every item with a remark stands above them")
    return table_page(title, view.iloc[order].head(MOST), notes, ITEM_TEXT)


def coverage_page(report: Mapping[str, Any], title: str) -> str:
    """Words of every part of a data set: how many there are and how many have no vector.

    Args:
        report: of :func:`rnnfv.experiments.captions.look_up_words`.
        title: whose words they are.
    """
    rows = [
        {
            "part": name,
            "sentences": report[part]["sentences"],
            "words": report[part]["tokens"],
            "without a vector": report[part]["dropped_tokens"],
            "per cent": report[part]["dropped_percent"],
            "sentences without any": report[part]["empty_sentences"],
            "most frequent of them": ", ".join(report[part]["dropped_words"]) or "none",
        }
        for part, name in PARTS.items()
    ]
    known = f"{report['with_vector']} of {report['vocabulary']} words of the training sentences"
    end = f"a sentence ends with {report['end_token']}"
    left = ("part", "most frequent of them")
    return table_page(title, pd.DataFrame(rows), [f"{known} have a vector", end], left)
