"""The screen of a run, fed with Snakemake's messages: in a file, on a terminal, and at the end."""

import io
import logging
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from rnnfv.command import command, options_of
from rnnfv.reporting.closing import closing
from rnnfv.reporting.lock import lock_message
from rnnfv.reporting.pace import Pace, in_words
from rnnfv.reporting.screen import LOCKED, STOPPED, Screen, attach

STAGES = {"draw": "clips drawn", "train": "networks trained", "all": ""}


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Run:
    """A run whose clock is set by hand."""

    def __init__(self, stream, **stats):
        self.now = 0.0
        self.stream = stream
        self.screen = Screen(STAGES, {"train": 20}, stream, clock=lambda: self.now)
        if stats:
            self.tell(LogEvent.RUN_INFO, "Job stats", stats={**stats, "total": sum(stats.values())})

    def tell(self, event, message="", level=logging.INFO, **about):
        record = logging.LogRecord("snakemake", level, "", 0, message, (), None)
        record.__dict__ |= {"event": event, **about}
        return self.screen.filter(record)

    def start(self, number, rule, **about):
        about = {"rule_name": rule, "rule_msg": f"{rule} {number}", "log": [], **about}
        return self.tell(LogEvent.JOB_INFO, jobid=number, **about)

    def finish(self, number, at):
        self.now = at
        return self.tell(LogEvent.JOB_FINISHED, job_id=number)

    @property
    def lines(self):
        return self.stream.getvalue().splitlines()


@pytest.fixture
def run():
    made = []

    def begin(stream=None, **stats):
        made.append(Run(stream or io.StringIO(), **stats))
        return made[-1]

    yield begin
    for one in made:
        one.screen.ended.set()


def test_a_finished_stage_is_a_line(run):
    one = run(draw=2, train=1, all=1)
    assert not one.start(1, "draw") and not one.start(2, "draw")
    assert not one.finish(1, 5) and len(one.lines) == 1
    one.finish(2, 10)
    assert one.lines[0].startswith("jobs: 4, stages: 2")
    assert one.lines[1].startswith("  done: clips drawn, 10 s (2 of 4 jobs, about ")
    one.start(3, "train")
    one.finish(3, 95)
    one.start(4, "all")
    one.finish(4, 96)
    one.screen.close("Done")
    one.screen.close("Done")
    assert one.lines[2].startswith("  done: networks trained, 1 min 25 s (3 of 4 jobs")
    assert one.lines[3:] == ["Done: 4 of 4 jobs in 1 min 36 s"]


def test_a_job_that_failed_runs_no_longer(run):
    one = run(draw=2)
    one.start(1, "draw"), one.start(2, "draw")
    one.tell(LogEvent.JOB_ERROR, "Error in rule draw", logging.ERROR, jobid=1)
    assert list(one.screen.running) == [2]


def test_what_was_wrong_is_said_last(run, tmp_path):
    log, one = tmp_path / "draw.log", run(draw=2)
    log.write_text("12:34:56 a\nError: old\nError: the disk is full:\n  make room.\n")
    for number in (1, 2):
        one.start(number, "draw", log=[str(log)])
        one.tell(LogEvent.JOB_ERROR, "Error in rule draw", logging.ERROR, jobid=number)
    one.start(3, "draw", log=[str(tmp_path / "absent.log")])
    one.tell(LogEvent.JOB_ERROR, "Error in rule draw", logging.ERROR, jobid=3)
    one.screen.close("Stopped")
    assert one.lines[1:] == [
        "Stopped: 0 of 2 jobs in 0 s",
        "Error: the disk is full:",
        "  make room.",
    ]
    assert not one.tell(None, f"WorkflowError:\n{STOPPED}.", logging.ERROR)


def test_long_jobs_are_heard_of_less_and_less_often(run, tmp_path):
    log = tmp_path / "train.log"
    log.write_text("12:34:56 epoch 1\n12:34:59 epoch 2, val_accuracy 0.5\n}\n")
    one = run(train=1)
    one.start(1, "train", log=[str(log)])
    said = []
    for one.now in range(0, 3600, 10):
        one.screen.tick()
        if len(one.lines) > len(said) + 1:
            said.append(one.now)
    assert said == [60, 180, 420, 900, 1800, 2700]
    assert one.lines[1] == "  0 of 1 jobs | train 1: epoch 2, val_accuracy 0.5"


def test_a_terminal_has_a_line_that_is_written_over(run):
    one = run(Terminal(), draw=1, train=1)
    one.start(1, "draw")
    one.finish(1, 3)
    one.start(2, "train")
    one.screen.tick()
    last = one.stream.getvalue().rpartition("\r\x1b[K")[2]
    assert last.startswith("[#.........] 1 of 2 jobs, about 20 s to go | train 2")
    assert len(last) < 100 and "\n" not in last
    one.tell(None, "Careful!", logging.WARNING)
    assert one.stream.getvalue().endswith("\r\x1b[K")  # Snakemake's message starts on its own line


def test_a_run_of_minutes_has_few_lines(run):
    """200 jobs in 12 stages, ten minutes: with a table of 20 rows, at most 60 lines."""
    counts = {f"rule{i}": 17 for i in range(12)}
    one = run()
    one.screen.stages = {rule: f"stage {rule}" for rule in counts}
    one.tell(LogEvent.RUN_INFO, "Job stats", stats=counts)
    for number, rule in enumerate(17 * list(counts)):
        one.start(number, rule)
        one.finish(number, 3 * number)
        one.screen.tick()
        one.tell(LogEvent.PROGRESS, "1 of 2 steps done")
    one.screen.close("Done")
    assert 14 <= len(one.lines) <= 60 - 30


@pytest.mark.parametrize(
    ("event", "message", "level", "is_printed"),
    [
        (None, "Removing temporary output a.h5.", logging.INFO, False),
        (None, "Select jobs to execute...", logging.INFO, False),
        (LogEvent.PROGRESS, "", logging.INFO, False),
        (LogEvent.JOB_ERROR, "", logging.ERROR, True),
        (LogEvent.ERROR, "WorkflowError", logging.ERROR, True),
        (None, "Nothing to be done (all requested files are present).", logging.INFO, True),
        (None, "Select jobs to execute...", logging.WARNING, True),
    ],
)
def test_snakemake_prints_problems_and_news(run, event, message, level, is_printed):
    assert run().tell(event, message, level) == is_printed


def test_time_to_go():
    pace = Pace({"draw": 4, "train": 2}, {"draw": 1, "train": 10}, begun=100)
    assert pace.left(101, []) is None
    pace.finished("draw", 2)  # twice as long as thought: trainings take 20 then
    assert pace.left(102, []) == pytest.approx(3 * 2 + 2 * 20)
    pace.finished("draw", 2)
    assert pace.left(102, [("train", 5)]) == pytest.approx((2 * 2 + 2 * 20 - 5) / (9 / 2))
    pace.finished("train", 8)  # measured: no weight is needed any more
    assert pace.left(112, []) == pytest.approx(2 * 2 + 8)
    assert pace.share() == pytest.approx(12 / 24) and (pace.done, pace.total) == (3, 6)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (605, "10 min"), (7265, "2 h 1 min")]
)
def test_durations(seconds, words):
    assert in_words(seconds) == words


def test_ci_clusters_and_dry_runs_keep_snakemakes_messages(monkeypatch, tmp_path):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.chdir(tmp_path)
    handler = logging.StreamHandler(io.StringIO())
    handler.name = "DefaultStreamHandler"
    logger = logging.Logger("snakemake")
    logger.addHandler(handler)
    output = SimpleNamespace(verbose=False)
    workflow = SimpleNamespace(
        is_main_process=True,
        local_exec=True,
        dryrun=False,
        output_settings=output,
        config_settings=SimpleNamespace(configfiles=[tmp_path / "a b.yaml"], config={}),
        deployment_settings=SimpleNamespace(deployment_method=set()),
        main_snakefile=tmp_path / "Snakefile",
        overwrite_workdir=None,
        rules=[SimpleNamespace(name="train_rnn", snakefile="rules/rnn.smk")],
    )
    screen = attach(workflow, logger, {"rnn": "networks trained"}, {})
    assert screen.stages == {"train_rnn": "networks trained"}

    def printed(message="Execute 1 jobs...", level=logging.INFO):
        handler.stream.truncate(0)
        logger.log(level, message)
        return handler.stream.getvalue()

    assert not printed()
    changes = [(workflow, "dryrun", True), (workflow, "local_exec", False)]
    changes += [(workflow, "is_main_process", False), (output, "verbose", True)]
    for where, name, value in changes:
        with monkeypatch.context() as patch:
            patch.setattr(where, name, value)
            assert printed()
    unlock = "snakemake --unlock --configfile 'a b.yaml'"
    assert unlock in printed(f"Error: {LOCKED}.", logging.ERROR)
    full = printed("Error recording metadata ([Errno 28] No space left on device)", logging.ERROR)
    assert full.endswith(
        f"The disk of {tmp_path} is full: make room and run the same command again.\n"
    )
    monkeypatch.setenv("CI", "true")
    assert printed()


def test_commands_that_are_shown_mean_the_same_run(monkeypatch, tmp_path):
    """The options of the command line, quoted for a shell."""
    monkeypatch.chdir(tmp_path)
    told = {"device": "cpu", "run": {"name": "it's"}, "seeds": [0]}
    workflow = SimpleNamespace(
        config_settings=SimpleNamespace(configfiles=[tmp_path / "a b.yaml"], config=told),
        deployment_settings=SimpleNamespace(deployment_method=[SimpleNamespace(name="CONDA")]),
        main_snakefile=str(tmp_path / "Snakefile"),
        overwrite_workdir=None,
    )
    words = ["snakemake", "results/it's/table1.csv", "--sdm", "conda", "--configfile", "a b.yaml"]
    words += ["--config", "device=cpu", 'run={"name": "it\'s"}', "seeds=[0]"]
    assert shlex.split(command(["results/it's/table1.csv"], options_of(workflow))) == words
    workflow.main_snakefile, workflow.overwrite_workdir = "/w/Snakefile", tmp_path
    options = options_of(workflow)
    assert options[:4] == ["--snakefile", "/w/Snakefile", "--directory", str(tmp_path)]
    assert str(tmp_path / "a b.yaml") in options


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="no /proc here")
def test_a_lock_is_of_a_living_run_or_of_a_killed_one(tmp_path):
    assert "was killed" in lock_message(tmp_path, [])
    (tmp_path / "snakemake").write_text("input()")
    command = [sys.executable, "snakemake"]
    with subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE) as other:
        for _ in range(100):
            if b"snakemake" in Path(f"/proc/{other.pid}/cmdline").read_bytes():
                break
            time.sleep(0.02)
        assert lock_message(tmp_path, []).startswith("Another run, or a job of one")
        other.communicate(b"\n")
    assert "was killed" in lock_message(tmp_path, [])


def test_the_end_shows_what_was_made_and_what_is_next(tmp_path):
    made = tmp_path / "table3.txt"
    made.write_text("Table 3\n1 2 3\n")
    (tmp_path / "table1.txt").write_text("Table 1\n")
    os.utime(tmp_path / "table1.txt", (1, 1))
    gallery = tmp_path / "retrieval" / "table3" / "gallery.html"
    gallery.parent.mkdir(parents=True)
    gallery.touch()
    (tmp_path / "table1.csv").touch()
    text = closing(tmp_path, 1000, ["table1", "table2", "table3"], ["--configfile", "a"])
    assert "Table 3\n1 2 3\n" in text and "Table 1" not in text
    table = f"{tmp_path}/table3.csv --configfile a --report report.html"
    assert f"  snakemake {table}" in text and f"  {gallery}  # what was retrieved" in text
    assert f"  snakemake {tmp_path}/table2.csv --configfile a" in text
    assert f"snakemake {tmp_path}/table1.csv" not in text
    assert f"In full: {tmp_path}/table3.html (also .md, .tex, .csv)" in text
    model = tmp_path / "models" / "table3" / "a+b.rnnfv"
    model.parent.mkdir(parents=True)
    model.touch()
    text = closing(tmp_path, 1000, ["table3"], [])
    assert "Models kept: 1, in" in text and f"  rnnfv info {model}  # use it" in text
    assert closing(tmp_path, time.time() + 10, [], []) == ""
