"""What jobs cost: seconds per unit of what they grow with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rnnfv.errors import InputError
from rnnfv.planning.forecast.plan import Job
from rnnfv.planning.forecast.sizes import Config, Size, table_rows
from rnnfv.planning.forecast.units import units

COLUMNS = ("rule", "unit", "cpu_seconds", "gpu_seconds", "evidence")


@dataclass(frozen=True)
class Cost:
    """A row of the table: a rule, or a part of its work.

    Attributes:
        cpu_seconds: on one thread, for one unit.
        gpu_seconds: on a machine with a GPU, for one unit; None where none is used.
    """

    cpu_seconds: float
    gpu_seconds: float | None


def read_costs(path: str | Path) -> dict[str, Cost]:
    """The table of costs by rule, ``rule:variant`` or ``rule:part``.

    Raises:
        InputError: not such a table, naming the line.
    """
    costs = {}
    for line, row in table_rows(path, COLUMNS):
        try:
            gpu = float(row["gpu_seconds"]) if row["gpu_seconds"] else None
            costs[row["rule"]] = Cost(float(row["cpu_seconds"]), gpu)
        except ValueError as error:
            raise InputError(f"{path}, line {line}: seconds are not a number.") from error
    return costs


def hours(
    job: Job, config: Config, costs: Mapping[str, Cost], sizes: Mapping[str, Size]
) -> tuple[float, float | None] | None:
    """Hours of one CPU thread, and of a machine with a GPU (None where the job uses none); None if nothing is known."""
    rows = [
        (costs[name], count) for name, count in units(job, config, sizes).items() if name in costs
    ]
    if not rows:
        return None
    cpu = sum(cost.cpu_seconds * count for cost, count in rows)
    if all(cost.gpu_seconds is None for cost, _ in rows):
        return cpu / 3600, None
    gpu = sum(
        (cost.cpu_seconds if cost.gpu_seconds is None else cost.gpu_seconds) * count
        for cost, count in rows
    )
    return cpu / 3600, gpu / 3600
