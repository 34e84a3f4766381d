"""The pace of a run: the part of it that is done, and the time it will still take."""

from collections.abc import Mapping, Sequence

USUAL = 3.0  # seconds of a job of which nothing is known


class Pace:
    """Counts finished jobs and measures how long those of every rule take.

    Args:
        counts: rule to its number of jobs.
        weights: rule to seconds that one of its jobs takes, roughly. As soon as any job is
            measured, they are scaled to the machine; those of measured rules are not used.
        begun: when the run began, in seconds.
    """

    def __init__(self, counts: Mapping[str, int], weights: Mapping[str, float], begun: float):
        self.counts, self.weights, self.begun = counts, weights, begun
        self.took: dict[str, list[float]] = {rule: [] for rule in counts}
        self.total = sum(counts.values())
        self.done = 0

    def finished(self, rule: str, seconds: float) -> None:
        """Count a finished job."""
        self.took.setdefault(rule, []).append(seconds)
        self.done += 1

    def left(self, now: float, running: Sequence[tuple[str, float]]) -> float | None:
        """Seconds to go, or None before any job is finished.

        Args:
            now: in seconds.
            running: rule and seconds since the start of every job that runs.
        """
        measured = sum(map(sum, self.took.values()))
        if not self.done or now <= self.begun:
            return None
        work = sum(self._expected(rule) * self._open(rule) for rule in self.counts)
        under_way = sum(min(since, self._expected(rule)) for rule, since in running)
        busy = measured + sum(since for _, since in running)
        at_once = max(busy / (now - self.begun), 0.5)  # jobs at a time, on average
        return max(work - under_way, 0.0) / at_once

    def share(self) -> float:
        """The part of the work that is done, from 0 to 1."""
        whole = sum(self._expected(rule) * n for rule, n in self.counts.items())
        done = sum(self._expected(rule) * len(times) for rule, times in self.took.items())
        return min(done / whole, 1.0) if whole else 0.0

    def _open(self, rule: str) -> int:
        return max(self.counts[rule] - len(self.took[rule]), 0)

    def _expected(self, rule: str) -> float:
        """Seconds of a job of the rule."""
        times = self.took.get(rule)
        if times:
            return sum(times) / len(times)
        known = sum(self._weight(name) * len(times) for name, times in self.took.items())
        measured = sum(map(sum, self.took.values()))
        return self._weight(rule) * (measured / known if known else 1.0)

    def _weight(self, rule: str) -> float:
        return self.weights.get(rule, USUAL)


def in_words(seconds: float) -> str:
    """A duration in one or two units, as ``3 min 20 s``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole < 600 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
