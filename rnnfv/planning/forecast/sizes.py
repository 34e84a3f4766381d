"""How large the known data sets are: what is counted there before anything is downloaded."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnnfv.errors import InputError
from rnnfv.planning.actions import networks
from rnnfv.planning.forecast.plan import Job

Config = dict[str, Any]
COLUMNS = ("name", "videos", "frames", "width", "height", "images", "sentences", "evidence")


@dataclass(frozen=True)
class Size:
    """A data set.

    Attributes:
        videos: how many.
        frames: of all videos together.
        width, height: of a frame, in pixels.
        images: how many with sentences.
        sentences: of the training images.
    """

    videos: int = 0
    frames: int = 0
    width: int = 0
    height: int = 0
    images: int = 0
    sentences: int = 0


def read_sizes(path: str | Path) -> dict[str, Size]:
    """The table of sizes, by layout (of videos) or group of sources (of captions).

    Raises:
        InputError: not such a table, naming the line.
    """
    sizes = {}
    for line, row in table_rows(path, COLUMNS):
        try:
            sizes[row["name"]] = Size(**{key: int(row[key] or 0) for key in COLUMNS[1:-1]})
        except (TypeError, ValueError) as error:
            raise InputError(
                f"{path}, line {line}: a cell that should be a whole number is not."
            ) from error
    return sizes


def table_rows(path: str | Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV with just these columns, each with the number of its line.

    Raises:
        InputError: it has others.
    """
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != columns:
            raise InputError(f"{path}: its columns are not {', '.join(columns)}.")
        for row in reader:
            yield reader.line_num, row


def size_of(job: Job, config: Config, sizes: Mapping[str, Size]) -> Size | None:
    """The size of a job's data set; None for one that is not in the table or a part of one, and for jobs of no data set."""
    if "dataset" in job.wildcards:
        settings = config["datasets"][job.wildcards["dataset"]]
        return sizes.get(settings["layout"]) if settings.get("check_counts", True) else None
    name = job.wildcards.get("captions")
    if name is None and job.wildcards.get("table", "") in config:
        name = config[job.wildcards["table"]]["captions"]
    if name is None:
        return None
    groups = config["captions"][name].get("source", [])
    groups = [groups] if isinstance(groups, str) else groups
    return next((sizes[group] for group in groups if group in sizes), None)


def elements(job: Job, config: Config, size: Size) -> float:
    """Elements of all sequences of the job's feature: frames that are kept, or blocks of frames."""
    planned = networks(
        {"features": {job.wildcards["feature"]: config["features"][job.wildcards["feature"]]}}
    )
    network = planned[job.wildcards["feature"]]
    step = network.network.stride if network.network.kind == "clip" else 1
    return size.frames / network.every / step
