"""The forecast as a table for the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnnfv.data.download.sources import Source
from rnnfv.data.download.space import human
from rnnfv.planning.forecast.costs import Cost, hours
from rnnfv.planning.forecast.disk import written
from rnnfv.planning.forecast.plan import Job
from rnnfv.planning.forecast.schedule import simulate
from rnnfv.planning.forecast.sizes import Config, Size, size_of
from rnnfv.planning.forecast.units import units

HEADER = (
    "stage",
    "jobs",
    "CPU hours",
    "or GPU hours",
    "longest",
    "memory",
    "written",
    "of it kept",
)


def report(
    jobs: Sequence[Job],
    config: Config,
    costs: Mapping[str, Cost],
    sizes: Mapping[str, Size],
    sources: Mapping[str, Source],
    cores: int,
    mem_mb: int | None = None,
    gpus: int = 1,
) -> str:
    """Jobs, hours, memory of the largest job and disk by stage; then how long it takes and how full the disk gets.

    Empty where no size is known.

    Args:
        jobs: of the plan.
        config: the configuration.
        costs: by rule, from :func:`rnnfv.planning.forecast.read_costs`.
        sizes: by data set, from :func:`rnnfv.planning.forecast.read_sizes`.
        sources: of the archives.
        cores: jobs at a time.
        mem_mb: memory for all jobs together; None for no limit.
        gpus: how many the second of two machines has; the first has none.
    """
    known = [hours(job, config, costs, sizes) for job in jobs]
    disk = [written(job, config, sizes, sources) for job in jobs]
    if not any(size_of(job, config, sizes) for job in jobs):
        return ""
    cpu = [entry[0] if entry else 0.0 for entry in known]
    gpu = [entry[1] if entry else None for entry in known]
    quickest = [one if other is None else other for one, other in zip(cpu, gpu, strict=True)]
    rows = [list(HEADER)]
    for stage in [*dict.fromkeys(job.stage for job in jobs), None]:
        mine = [number for number, job in enumerate(jobs) if stage in (None, job.stage)]
        sizes_of = [entry for number in mine for entry in disk[number].values()]
        rows.append(
            [
                stage or "all",
                str(len(mine)),
                _hours(sum(cpu[number] for number in mine)),
                _hours(sum(gpu[number] or 0.0 for number in mine)),
                _longest([cpu[number] for number in mine], [quickest[number] for number in mine]),
                human(1e6 * max(jobs[number].mem_mb for number in mine)),
                human(sum(size for size, _ in sizes_of)) if sizes_of else "",
                human(sum(size for size, temporary in sizes_of if not temporary))
                if sizes_of
                else "",
            ]
        )
    lines = [
        "Forecast (by data/costs.csv and data/sizes.csv, for sizes as in config/paper.yaml; docs/scale.md on its worth)",
        "",
        *_table(rows),
        "",
    ]
    unknown = {name for job in jobs for name in set(units(job, config, sizes)) - set(costs)}
    for number in (0, gpus):
        outcome = simulate(jobs, cpu, gpu, disk, cores, number, mem_mb)
        machine = (
            f"{cores} cores, {('no GPU', 'a GPU')[number] if number < 2 else f'{number} GPUs'}"
        )
        machine += f", {mem_mb} MB" if mem_mb else ""
        took = f"{'at least' if unknown else 'about'} {_hours(outcome.hours) or 'no'} hours"
        lines.append(f"{machine}: {took}, at most {human(outcome.peak_bytes)} on disk at a time")
    if unknown:
        lines.append(f"of unknown cost, and counted as nothing: {', '.join(sorted(unknown))}")
    files = sum(len(job.outputs) for job in jobs)
    lines.append(
        f"{files} files of results, temporary ones among them; logs and unpacked data come on top"
    )
    return "\n".join(lines)


def _hours(number: float) -> str:
    return (
        ""
        if not number
        else "< 0.1"
        if number < 0.1
        else f"{number:.1f}"
        if number < 10
        else f"{number:.0f}"
    )


def _longest(cpu: Sequence[float], gpu: Sequence[float]) -> str:
    """Minutes of the longest job, and with a GPU where that is different."""
    slow, quick = 60 * max(cpu), 60 * max(gpu)
    if slow < 1:
        return ""
    return f"{slow:.0f} min" if quick == slow else f"{slow:.0f} min ({quick:.0f})"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    aligned = [[row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in rows]
    return ["  ".join(row).rstrip() for row in aligned]
