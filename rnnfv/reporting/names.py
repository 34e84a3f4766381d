"""Names of things as the tables say them, for titles, labels and messages."""

from collections.abc import Mapping
from typing import Any

NUMBERED = ("split", "seed")
HEADINGS = {
    "confusion": "Confusion matrices",
    "coverage": "Words",
    "curve": "Learning curves",
    "gallery": "Retrieved images",
    "images": "Images",
    "tracks": "Trajectories",
    "videos": "Videos",
}
"""Headings of the report by the text in ``report/`` that explains a file; all others are tables."""
TITLES = {"ablations": "Side experiments", "ablations_sentences": "Side experiments on sentences"}


def table_title(table: str) -> str:
    """``Table 1`` of ``table1``; side experiments are called so."""
    return TITLES.get(table, table.replace("table", "Table ", 1))


def feature_name(feature: str, reduction: str) -> str:
    """A feature of fewer dimensions, as ``vgg19-PCA``."""
    return f"{feature}-{reduction.upper()}"


def in_words(place: Mapping[str, Any], models: Mapping[str, Any] | None = None) -> str:
    """Wildcards in words, as ``UCF101, vgg19-PCA, split 1, seed 0``.

    Args:
        place: name of the wildcard to its value. A ``table`` is called by its title, a feature
            with its reduction, splits and seeds by their numbers; all others are their values.
        models: the section of the configuration, for the labels of models; None for none.
    """
    names = dict(place)
    if models and "model" in names:
        names["model"] = models[names["model"]].get("label", names["model"])
    if "table" in names:
        names["table"] = table_title(names["table"])
    if "feature" in names and "reduction" in names:
        names["feature"] = feature_name(names["feature"], names.pop("reduction"))
    words = [f"{key} {value}" if key in NUMBERED else str(value) for key, value in names.items()]
    return ", ".join(words)
