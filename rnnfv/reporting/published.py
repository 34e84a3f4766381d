"""Published values of Tables 3 to 5, each with how sure it is."""

import string
from collections.abc import Iterable
from typing import Any

import pandas as pd

from rnnfv.errors import InputError
from rnnfv.evaluation.ranks import TASKS
from rnnfv.evaluation.retrieval import METRICS

STATUS_MARKS = {"R": "", "W": " (W)", "?": " (?)"}
LEGEND = (
    "Published values, as they stand in other works, not measured here. No mark: read in a "
    "source. (W): from memory, only the number of digits was checked. (?): not certain. "
    "Empty: not known."
)
NAMES = ("R@1", "R@5", "R@10", "median rank", "mean rank")
_PRINTED = [f"{task} {name}" for task in TASKS for name in NAMES]
PUBLISHED_METRICS = dict(zip(_PRINTED, METRICS, strict=True))


def published_rows(published: pd.DataFrame, table: int) -> pd.DataFrame:
    """The published values of one table, a row per data set and method, in the order of the file.

    Args:
        published: columns ``table, dataset, method, reference, metric, value, status, source``,
            a row per value; values are text.
        table: 3, 4 or 5.

    Returns:
        ``dataset, method, reference``, the columns :data:`~rnnfv.evaluation.retrieval.METRICS` as
        text, each value with the mark of its status (:data:`STATUS_MARKS`) and "" where none is
        known, and ``source``. No rows where none are known.

    Raises:
        InputError: a value without a known status or source, an unknown metric, or two values for
            one place.
    """
    names = ["dataset", "method", "reference"]
    chosen = published[published["table"] == table]
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for value in chosen.to_dict("records"):
        key = tuple(value[name] for name in names)
        where = f"published results, table {table}, {', '.join(map(str, key))}, {value['metric']}"
        if value["status"] not in STATUS_MARKS or pd.isna(value["source"]):
            needs = "needs a status of R, W or ? and a source"
            raise InputError(f"{where}: {needs}; a number without them is not printed.")
        if value["metric"] not in PUBLISHED_METRICS:
            raise InputError(f"{where}: unknown metric; known are {', '.join(PUBLISHED_METRICS)}.")
        row = rows.setdefault(key, dict.fromkeys(METRICS, "") | {"sources": []})
        metric = PUBLISHED_METRICS[value["metric"]]
        if row[metric] or pd.isna(value["value"]):
            problem = "there are two values" if row[metric] else "there is no value"
            raise InputError(f"{where}: {problem}; one is needed.")
        row[metric] = f"{value['value']}{STATUS_MARKS[value['status']]}"
        row["sources"].append(value["source"])
    for key, row in rows.items():
        row |= zip(names, key, strict=True)
        row["source"] = "; ".join(dict.fromkeys(row["sources"]))
    return pd.DataFrame(list(rows.values()), columns=[*names, *METRICS, "source"])


def of_datasets(published: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Those published values that are of one of the data sets ``names``; case does not matter.

    A data set's name is the first word: "COCO 1K test" is of COCO.
    """
    known = {name.casefold() for name in names}
    return published[published["dataset"].str.split().str[0].str.casefold().isin(known)]


def source_letters(sources: pd.Series) -> dict[str, str]:
    """A letter for every source, in order; numbers follow when the letters are used up."""
    letters = [*string.ascii_lowercase, *map(str, range(1, len(sources) + 1))]
    return dict(zip(dict.fromkeys(sources), letters, strict=False))
