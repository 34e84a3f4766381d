"""The screen of a run: a line per finished stage, time to go, and what long jobs say.

A filter on the handler that prints: Snakemake's messages about single jobs stay in its log file.
"""

import logging
import os
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from rnnfv.arrays.writing import FULL
from rnnfv.command import options_of
from rnnfv.reporting.lock import lock_message
from rnnfv.reporting.pace import Pace, in_words

HIDDEN = {"job_info", "job_started", "job_finished", "progress", "resources_info", "shellcmd"}
"""Events about single jobs, and what the run was given."""
USUAL = (
    "Assuming unrestricted shared filesystem",
    "Building DAG of jobs",
    "Complete log",
    "Conda environments: ignored",
    "Elapsed time",
    "Execute ",
    "Removing temporary output",
    "Rules claiming more threads",
    "Select jobs to execute",
    "Using shell",
    "host: ",
)
"""Beginnings of messages that say nothing new to whoever waits."""
LOCKED = "Directory cannot be locked"
STOPPED = "At least one job did not complete successfully"
"""The end of a message that says no more than the line before it."""
FULL_DISK = "The disk of {} is full: make room and run the same command again."
MOST_LINES = 5  # of an error that is said again at the end
FIRST_WAIT, LONGEST_WAIT = 60.0, 900.0  # seconds between two lines about jobs that run, in a file


@dataclass(frozen=True)
class Running:
    """A job that runs: its rule, its message, its log and when it began."""

    rule: str
    message: str
    log: Path | None
    since: float

    def last_line(self) -> str:
        """The last line of the log that has a clock (12:34:56), without it; "" if none has."""
        clocked = (one for one in reversed(self._lines()) if one[2:3] == one[5:6] == ":")
        return next((line[9:].strip() for line in clocked), "")

    def error(self) -> str:
        """The log from its last line that begins with "Error: " on; "" if none does."""
        lines = self._lines()
        starts = [i for i, line in enumerate(lines) if line.startswith("Error: ")]
        return "\n".join(lines[starts[-1] :][:MOST_LINES]) if starts else ""

    def _lines(self) -> list[str]:
        try:
            return self.log.read_text(errors="replace").splitlines() if self.log else []
        except OSError:
            return []


@dataclass
class Screen:
    """Shows a run on ``stream``; pass it to ``addFilter`` of the handler that prints.

    Attributes:
        stages: rule to the name of its stage; rules without one only name targets.
        weights: rule to seconds that one of its jobs takes, roughly, until some are measured.
        stream: where lines go.
        logs: the folder of the jobs' logs.
        clock: seconds that go by.
    """

    stages: Mapping[str, str]
    weights: Mapping[str, float]
    stream: TextIO
    logs: str = "logs"
    clock: Callable[[], float] = time.monotonic
    running: dict[int, Running] = field(default_factory=dict)
    pace: Pace | None = None

    def __post_init__(self) -> None:
        self.is_terminal = self.stream.isatty()
        self.begun: dict[str, float] = {}
        self.left: Counter[str] = Counter()
        self.line_at = 0.0
        self.wait = FIRST_WAIT
        self.lock = threading.RLock()
        self.ended = threading.Event()
        self.errors: list[str] = []  # said again at the end

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether Snakemake prints a message itself: it does what is not shown here."""
        event = str(getattr(record, "event", "") or "").rpartition(".")[2].lower()
        with self.lock:
            if event == "run_info":
                self._begin(getattr(record, "stats", {}))
                return False
            if event == "job_info" and self.pace:
                self._started(record)
            elif event == "job_finished" and self.pace:
                self._finished(getattr(record, "job_id", -1))
            elif event == "job_error":
                job = self.running.pop(getattr(record, "jobid", -1), None)
                self.errors.append(job.error() if job else "")
            usual = record.levelno <= logging.INFO and record.getMessage().startswith(USUAL)
            told = self.ended.is_set() and record.getMessage().endswith(f"{STOPPED}.")
            if event in HIDDEN or usual or told:
                return False
            self._clear()
            return True

    def close(self, outcome: str) -> None:
        """The last lines: how many jobs were done, what came of it, and what was wrong."""
        with self.lock:
            if self.pace and not self.ended.is_set():
                took = in_words(self.clock() - self.pace.begun)
                self._print(f"{outcome}: {self.pace.done} of {self.pace.total} jobs in {took}")
                for error in dict.fromkeys(filter(None, self.errors)):
                    self._print(error)
            self.ended.set()

    def _begin(self, stats: Mapping[str, Any]) -> None:
        """Count the jobs of every rule, once; Snakemake tells them again at the end."""
        counts = {rule: int(n) for rule, n in stats.items() if rule != "total"}
        if self.pace or not counts:
            return
        self.pace = Pace(counts, self.weights, self.clock())
        self.left = Counter()
        for rule, count in counts.items():
            self.left[self.stages.get(rule, "")] += count
        self.line_at = self.clock()
        stages = len([stage for stage in self.left if stage])
        self._print(f"jobs: {self.pace.total}, stages: {stages}; what each job says: {self.logs}/")
        threading.Thread(target=self._watch, daemon=True).start()

    def _started(self, record: logging.LogRecord) -> None:
        rule = str(getattr(record, "rule_name", ""))
        log = next(iter(getattr(record, "log", None) or []), None)
        message = getattr(record, "rule_msg", None) or rule
        now = self.clock()
        job = Running(rule, message, Path(str(log)) if log else None, now)
        self.running[getattr(record, "jobid", -1)] = job
        self.begun.setdefault(self.stages.get(rule, ""), now)

    def _finished(self, number: int) -> None:
        job = self.running.pop(number, None)
        if job is None or self.pace is None:
            return
        now = self.clock()
        self.pace.finished(job.rule, now - job.since)
        stage = self.stages.get(job.rule, "")
        self.left[stage] -= 1
        if stage and self.left[stage] == 0:
            took = in_words(now - self.begun[stage])
            self._print(f"  done: {stage}, {took} ({self._progress()})")
            self.line_at, self.wait = now, FIRST_WAIT

    def _progress(self) -> str:
        assert self.pace is not None
        now = self.clock()
        left = self.pace.left(now, [(job.rule, now - job.since) for job in self.running.values()])
        to_go = (
            ""
            if left is None or self.pace.done == self.pace.total
            else f", about {in_words(left)} to go"
        )
        return f"{self.pace.done} of {self.pace.total} jobs{to_go}"

    def _longest(self) -> str:
        """The job that runs longest, and what it says."""
        if not self.running:
            return ""
        job = min(self.running.values(), key=lambda job: job.since)
        said = job.last_line()
        return f"{job.message}: {said}" if said else job.message

    def _watch(self) -> None:
        while not self.ended.wait(1.0):
            with self.lock:
                self.tick()

    def tick(self) -> None:
        """Renew the line of progress on a terminal; elsewhere, add a line now and then."""
        if self.ended.is_set() or self.pace is None:
            return
        now = self.clock()
        if self.is_terminal:
            columns = shutil.get_terminal_size().columns - 1
            bar = _bar(self.pace.share(), 10)
            line = f"{bar} {self._progress()} | {self._longest()}"
            self.stream.write(f"\r\x1b[K{line[:columns]}")
            self.stream.flush()
        elif now - self.line_at >= self.wait:
            self._print(f"  {self._progress()} | {self._longest()}"[:120])
            self.line_at, self.wait = now, min(2 * self.wait, LONGEST_WAIT)

    def _clear(self) -> None:
        if self.is_terminal:
            self.stream.write("\r\x1b[K")

    def _print(self, line: str) -> None:
        self._clear()
        self.stream.write(f"{line}\n")
        self.stream.flush()


def attach(
    workflow: Any,
    logger: logging.Logger,
    stages: Mapping[str, str],
    weights: Mapping[str, float],
    logs: str = "logs",
) -> Screen:
    """A screen that shows what Snakemake would print, where somebody looks at it.

    CI (``$CI`` is set), clusters, dry runs and ``--verbose`` keep Snakemake's own messages.

    Args:
        workflow: Snakemake's, with all its rules; how it runs is known only when a message comes.
        logger: Snakemake's.
        stages: file of rules, without its ending, to the name of the stage.
        weights: see :class:`Screen`, as are
        logs: of the jobs.
    """
    stage_of = {rule.name: stages.get(Path(rule.snakefile).stem, "") for rule in workflow.rules}
    screen = Screen(stage_of, weights, sys.stderr, logs)

    def is_printed(record: logging.LogRecord) -> bool:
        if record.levelno == logging.ERROR:
            said = record.getMessage()
            if LOCKED in said:
                record.msg = lock_message(os.getcwd(), options_of(workflow))
            elif any(os.strerror(number) in said for number in FULL):
                full = FULL_DISK.format(os.getcwd())
                record.msg, record.args = f"{said}\n{full}", ()
                screen.errors.append(full)
        plain = os.environ.get("CI") or workflow.output_settings.verbose
        is_run = workflow.is_main_process and workflow.local_exec and not workflow.dryrun
        return screen.filter(record) if is_run and not plain else True

    for handler in logger.handlers:
        if handler.name == "DefaultStreamHandler":
            handler.addFilter(is_printed)
    return screen


def _bar(share: float, width: int) -> str:
    full = int(share * width)
    return f"[{'#' * full}{'.' * (width - full)}]"
