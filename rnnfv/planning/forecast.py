"""Forecast of a dry run: jobs, hours and memory by stage, before anything is there.

``data/costs.csv`` says what a unit of a rule's work costs, ``data/sizes.csv`` how large the known
data sets are. Nothing here imports Snakemake or torch: the plan comes as a list of :class:`Job`.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from rnnfv.arrays.writing import human
from rnnfv.data.text_files import read_csv
from rnnfv.errors import InputError
from rnnfv.planning import Config
from rnnfv.planning.actions import left_out, networks
from rnnfv.planning.sentences import model_settings

Sizes = Mapping[str, Mapping[str, float]]
COST_COLUMNS = ("rule", "variant", "unit", "cpu_seconds", "gpu_seconds", "evidence")
SIZE_COLUMNS = ("name", "videos", "frames", "images", "sentences", "evidence")
HEADER = ("stage", "jobs", "CPU hours", "or GPU hours", "longest", "memory")


@dataclass(frozen=True)
class Job:
    """A job that a dry run would start; its stage is the file in ``rules/`` that its rule is in."""

    rule: str
    stage: str
    wildcards: Mapping[str, str]
    inputs: tuple[str, ...] = ()
    mem_mb: int = 0


class Cost(NamedTuple):
    """Seconds for a unit of a rule's work, for jobs that are of every word of ``variant``.

    ``gpu`` is the same on a machine with a GPU; None where none is used.
    """

    rule: str
    variant: frozenset[str]
    unit: str
    cpu: float
    gpu: float | None


def read_costs(path: str | Path) -> list[Cost]:
    """Read the table of costs. Raises InputError, naming the line, if it is no such table."""

    def cost(row: dict[str, str]) -> Cost:
        gpu = float(row["gpu_seconds"]) if row["gpu_seconds"] else None
        variant = frozenset(row["variant"].split())
        return Cost(row["rule"], variant, row["unit"], float(row["cpu_seconds"]), gpu)

    return _rows(path, COST_COLUMNS, cost)


def read_sizes(path: str | Path) -> Sizes:
    """Read the sizes by layout (videos) or group of sources (captions); raises InputError."""
    keys = SIZE_COLUMNS[1:-1]
    rows = _rows(path, SIZE_COLUMNS, lambda row: (row["name"], [int(row[k] or 0) for k in keys]))
    return {name: dict(zip(keys, counts, strict=True)) for name, counts in rows}


def _rows(path: str | Path, columns: tuple[str, ...], convert: Callable[..., Any]) -> list[Any]:
    header, rows = read_csv(path)
    if tuple(header) != columns:
        raise InputError(f"{path}: its columns are not {', '.join(columns)}.")
    found = []
    for number, cells in rows:
        try:
            found.append(convert(dict(zip(columns, cells, strict=True))))
        except ValueError as error:
            raise InputError(f"{path}, line {number}: {error}.") from error
    return found


def size_of(wildcards: Mapping[str, str], config: Config, sizes: Sizes) -> Mapping[str, float]:
    """Counts of a job's data set; empty for none, an unknown one or a part of a known one.

    Args:
        wildcards: of the job.
        config: the configuration.
        sizes: from :func:`read_sizes`.
    """
    if "dataset" in wildcards:
        settings = config["datasets"][wildcards["dataset"]]
        return sizes.get(settings["layout"], {}) if settings.get("check_counts", True) else {}
    table = config.get(wildcards.get("table", ""), {})
    name = wildcards.get("captions", table.get("captions"))
    groups = config["captions"][name].get("source", []) if name else []
    groups = [groups] if isinstance(groups, str) else groups
    return next((sizes[group] for group in groups if group in sizes), {})


def hours(
    job: Job, config: Config, costs: Iterable[Cost], sizes: Sizes
) -> tuple[float, float | None] | None:
    """Hours of a job on one CPU thread, and on a machine with a GPU (None where it uses none).

    Args:
        job: of the plan.
        config: the configuration.
        costs: from :func:`read_costs`.
        sizes: from :func:`read_sizes`.

    Returns:
        None where cost or size is unknown.
    """
    words, units = _work(job, config, sizes)
    mine = [c for c in costs if c.rule == job.rule and c.variant <= words and c.unit in units]
    if not mine:
        return None
    cpu = sum(c.cpu * units[c.unit] for c in mine) / 3600
    if all(c.gpu is None for c in mine):
        return cpu, None
    return cpu, sum((c.cpu if c.gpu is None else c.gpu) * units[c.unit] for c in mine) / 3600


def _work(job: Job, config: Config, sizes: Sizes) -> tuple[set[str], dict[str, float]]:
    """The words that a job's variants consist of, and its counts by unit; none without a size."""
    named, words, size = job.wildcards, {""}, size_of(job.wildcards, config, sizes)
    if "corpus" in named:
        return words, {"sentences": config["corpora"][named["corpus"]]["sentences"]}
    if not size:
        return words, {}
    seeds = len(config["seeds"])
    units = {**size, "jobs": 1, "seeds": seeds, "epochs": config["rnn"]["epochs"] * seeds}
    poolings = [named["pooling"]] if "pooling" in named else config["table1"]["poolings"]
    words |= {*poolings, named.get("table", "")}
    if "dataset" in named:
        units["runs"] = seeds * len(config["datasets"][named["dataset"]]["splits"])
        tracks = any(f"/{name}/" in path for path in job.inputs for name in config["trajectories"])
        words |= {config["datasets"][named["dataset"]]["layout"], "tracks" if tracks else "frames"}
    if feature := config["features"].get(named.get("feature")):
        words.add(feature["network"])
        words.add("float32" if feature.get("precision", "float32") == "float32" else "half")
        planned = networks({"features": {"it": feature}})["it"]
        step = planned.every * (planned.network.stride if planned.network.kind == "clip" else 1)
        units["elements"] = size["images"] or size["frames"] / step
        units["passes"] = units["elements"] * (0.1 if feature.get("crops") == "center" else 1)
    if most := config["trajectories"].get(named.get("trajectories"), {}).get("max_tracks"):
        units["tracks"] = size["videos"] * most * seeds
    if "model" in named:
        model = model_settings(config, named["model"])
        words |= {"mean" if model["pooling"] == "mean" else "fisher", model["objective"]}
        words.add("pca" if model["pca"] else "")
        trained = config["corpora"][model["corpus"]] if model["corpus"] else size
        validations = 1 + model["epochs"] // model["evaluate_every"]
        units |= {"etas": len(model["eta"]), "validations": validations}
        units["sentence passes"] = size["sentences"] * (1 + units["etas"])
        units["trained sentences"] = trained["sentences"] * model["epochs"]
        units["validated sentences"] = size["sentences"] * validations
    parts = int(named.get("scatteritem", "1-of-1").rpartition("-")[2])
    return words, {unit: count / parts for unit, count in units.items()}


def report(jobs: list[Job], config: Config, costs: list[Cost], sizes: Sizes, cores: int) -> str:
    """Jobs, hours, longest job and memory of the largest by stage; empty where no size is known.

    Args:
        jobs: in the order in which stages are to be listed.
        config: the configuration.
        costs: from :func:`read_costs`.
        sizes: from :func:`read_sizes`.
        cores: jobs at a time, for the least time that the run takes.
    """
    took = [(job, hours(job, config, costs, sizes)) for job in jobs]
    if not any(size_of(job.wildcards, config, sizes) for job in jobs):
        return ""
    rows: list[Sequence[str]] = [HEADER]
    for stage in [*dict.fromkeys(job.stage for job in jobs), "all"]:
        mine = [(job, found or (0.0, None)) for job, found in took if stage in (job.stage, "all")]
        cpu, gpu = [one for _, (one, _) in mine], [other or 0.0 for _, (_, other) in mine]
        with_gpu = [one if other is None else other for _, (one, other) in mine]
        slow, quick = f"{60 * max(cpu):.0f} min", f"{60 * max(with_gpu):.0f} min"
        longest = slow if slow == quick else f"{slow} ({quick})"
        memory = max(job.mem_mb for job, _ in mine)
        total = f"{len(mine)}", f"{sum(cpu):.1f}", f"{sum(gpu):.1f}"
        rows.append((stage, *total, longest, human(1e6 * memory) if memory else "little"))
    least = max(sum(cpu) / cores, *cpu)  # the last row's: of all jobs
    title = "Forecast (data/costs.csv, data/sizes.csv; see docs/maintainers/scale.md)"
    lines = [title, "", *_aligned(rows), ""]
    lines.append(f"Without a GPU: at least {least:.0f} hours (jobs at a time: {cores})")
    counted = {cost.rule for cost in costs}
    if unknown := {job.rule for job, found in took if not found and job.rule in counted}:
        lines.append(f"Unknown, and not counted: {', '.join(sorted(unknown))}")
    return "\n".join(lines)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
    return ["  ".join([row[0].ljust(first), *map(str.rjust, row[1:], others)]) for row in rows]


def forecast_dry_runs(workflow: Any, logger: logging.Logger, config: Config) -> None:
    """Print the forecast after the jobs that a dry run lists; every message passes.

    Args:
        workflow: Snakemake's workflow.
        logger: that announces jobs.
        config: the configuration.
    """
    planned: list[Job] = []

    def watch(record: Any) -> bool:
        event = str(getattr(record, "event", None))
        if workflow.dryrun and event == "job_info" and record.output:  # others only name targets
            planned.append(_announced(record, workflow))
        elif planned and record.getMessage().startswith("This was a dry-run"):
            order = {entry.name: number for number, entry in enumerate(workflow.rules)}
            jobs = sorted(planned, key=lambda job: order[job.rule])  # stages in the order of data
            planned.clear()
            cores = workflow.resource_settings.nodes or workflow.cores or 8  # on a cluster: jobs
            tables = Path(workflow.basedir, "data")
            costs, sizes = read_costs(tables / "costs.csv"), read_sizes(tables / "sizes.csv")
            lines = [f"Note: {line}" for line in left_out(config, config["datasets"])]
            logger.info("\n".join([report(jobs, config, costs, sizes, cores), *lines]))
        return True

    logger.addFilter(watch)


def _announced(record: Any, workflow: Any) -> Job:
    """A job as Snakemake announces it; its stage is the rule file that it comes from."""
    stage = Path(str(workflow.get_rule(record.rule_name).snakefile)).stem
    mem_mb = int(record.resources.get("mem_mb", 0))
    inputs = tuple(map(str, record.input))
    return Job(record.rule_name, stage, dict(record.wildcards), inputs, mem_mb)
