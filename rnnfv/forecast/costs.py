"""What the jobs of a rule cost: seconds per unit of what they grow with."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rnnfv.errors import InputError
from rnnfv.forecast.plan import Job
from rnnfv.forecast.sizes import Config, Size, elements, size_of
from rnnfv.sentence_plan import model_settings

COLUMNS = ("rule", "unit", "cpu_seconds", "gpu_seconds", "evidence")
UNITS = ("job", "video", "frame", "element", "image", "sentence", "epoch-video", "epoch-sentence")


@dataclass(frozen=True)
class Cost:
    """Of one rule.

    Attributes:
        unit: what the time is linear in, one of :data:`UNITS`.
        cpu_seconds: on one thread, for one unit.
        gpu_seconds: on a GPU, for one unit; None where the rule does not use one.
    """

    unit: str
    cpu_seconds: float
    gpu_seconds: float | None


def read_costs(path: str | Path) -> dict[str, Cost]:
    """The table of costs by rule, or ``rule:variant``.

    Raises:
        InputError: not such a table, naming the line.
    """
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise InputError(f"{path}: its columns are not {', '.join(COLUMNS)}.")
        costs = {}
        for row in reader:
            if row["unit"] not in UNITS:
                raise InputError(f"{path}, line {reader.line_num}: unit {row['unit']!r} is not one of {', '.join(UNITS)}.")
            try:
                gpu = float(row["gpu_seconds"]) if row["gpu_seconds"] else None
                costs[row["rule"]] = Cost(row["unit"], float(row["cpu_seconds"]), gpu)
            except ValueError as error:
                raise InputError(f"{path}, line {reader.line_num}: seconds are not a number.") from error
    return costs


def hours(
    job: Job, config: Config, costs: Mapping[str, Cost], sizes: Mapping[str, Size]
) -> tuple[float, float | None] | None:
    """Hours of one CPU thread, and of a GPU instead (None where the job does not use one); None if nothing is known."""
    cost = costs.get(f"{job.rule}:{_variant(job, config)}") or costs.get(job.rule)
    if cost is None:
        return None
    count = _count(cost.unit, job, config, sizes)
    if count is None:
        return None
    gpu = None if cost.gpu_seconds is None else count * cost.gpu_seconds / 3600
    return count * cost.cpu_seconds / 3600, gpu


def _variant(job: Job, config: Config) -> str | None:
    """What tells jobs of one rule apart: the network of frames, or what a model of sentences is."""
    feature, model = job.wildcards.get("feature"), job.wildcards.get("model")
    if model is not None:
        settings = model_settings(config, model)
        variants = {"pooling": settings["pooling"], "objective": settings["objective"], "pca": settings["pca"]}
        if variants["pooling"] != "rnn-fv":
            return str(variants["pooling"])
        return "pca" if variants["pca"] and job.rule == "project_rnn" else str(variants["objective"])
    return str(config["features"][feature]["network"]) if feature in config["features"] else None


def _count(unit: str, job: Job, config: Config, sizes: Mapping[str, Size]) -> float | None:
    size = size_of(job, config, sizes)
    if "corpus" in job.wildcards:
        return float(config["corpora"][job.wildcards["corpus"]]["sentences"])
    if size is None:
        return None
    if unit == "job":
        return 1.0
    if unit == "element":
        return elements(job, config, size) / job.parts
    if unit == "epoch-video":
        return float(size.videos * config["rnn"]["epochs"])
    if unit == "epoch-sentence":
        epochs = model_settings(config, job.wildcards["model"])["epochs"]
        corpus = model_settings(config, job.wildcards["model"])["corpus"]
        return float((config["corpora"][corpus]["sentences"] if corpus else size.sentences) * epochs)
    return {"video": size.videos, "frame": size.frames, "image": size.images, "sentence": size.sentences}[unit] / job.parts
