"""How long a plan takes on a machine, and how full its disk gets: jobs start in order of priority as soon as they fit."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rnnfv.planning.forecast.plan import Job


@dataclass(frozen=True)
class Outcome:
    """Of a simulated run.

    Attributes:
        hours: from start to end.
        peak_bytes: the most that is on disk at a time.
    """

    hours: float
    peak_bytes: float


def simulate(
    jobs: Sequence[Job],
    cpu_hours: Sequence[float],
    gpu_hours: Sequence[float | None],
    disk: Sequence[Mapping[str, tuple[float, bool]]],
    cores: int,
    gpus: int = 0,
    mem_mb: int | None = None,
) -> Outcome:
    """Run the plan on paper.

    A job occupies one core, its memory and, where it has GPU hours and there are GPUs, a GPU. Its outputs count from its
    start, and temporary ones until the last job that reads them ends.

    Args:
        jobs: all of them.
        cpu_hours: of each on one thread.
        gpu_hours: of each on a GPU; None where it uses none.
        disk: of each, from :func:`rnnfv.planning.forecast.disk.written`.
        cores: how many jobs at a time.
        gpus: how many there are.
        mem_mb: the memory that all running jobs may ask for; None for no limit. A job that asks for more runs alone.
    """
    makers = {path: number for number, job in enumerate(jobs) for path in job.outputs}
    waits = [{makers[path] for path in job.inputs if path in makers} for job in jobs]
    readers: dict[int, list[int]] = defaultdict(list)
    for number, needed in enumerate(waits):
        for maker in needed:
            readers[maker].append(number)
    unread = Counter(path for job in jobs for path in set(job.inputs) if path in makers)
    waiting = [len(needed) for needed in waits]
    ready = [(-job.priority, number) for number, job in enumerate(jobs) if not waiting[number]]
    heapq.heapify(ready)
    running: list[tuple[float, int, bool]] = []
    now = on_disk = peak = 0.0
    free_gpus, free_mem = gpus, float("inf") if mem_mb is None else float(mem_mb)
    while ready or running:
        later = []
        while ready and len(running) < cores:
            number = heapq.heappop(ready)[1]
            gpu = bool(gpus) and gpu_hours[number] is not None
            memory = jobs[number].mem_mb
            if (gpu and not free_gpus) or (memory > free_mem and running):
                later.append((-jobs[number].priority, number))
                continue
            took = gpu_hours[number] if gpu else cpu_hours[number]
            heapq.heappush(running, (now + (took or 0.0), number, gpu))
            free_gpus, free_mem = free_gpus - gpu, free_mem - memory
            on_disk += sum(size for size, _ in disk[number].values())
            peak = max(peak, on_disk)
        for entry in later:
            heapq.heappush(ready, entry)
        now, number, gpu = heapq.heappop(running)
        free_gpus, free_mem = free_gpus + gpu, free_mem + jobs[number].mem_mb
        for path in set(jobs[number].inputs) & set(makers):
            unread[path] -= 1
            size, temporary = disk[makers[path]].get(path, (0.0, False))
            if temporary and not unread[path]:
                on_disk -= size
        for reader in readers[number]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heapq.heappush(ready, (-jobs[reader].priority, reader))
    return Outcome(now, peak)
