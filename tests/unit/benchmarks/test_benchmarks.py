"""The benchmarks start; growth.py measures what its steps say, peers.py compares."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"
NAMES = sorted(path.stem for path in BENCHMARKS.glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_finds_what_it_measures(benchmark, name):
    assert benchmark(name).__doc__


@pytest.mark.filterwarnings("ignore:The number of unique classes")
@pytest.mark.parametrize(
    ("name", "n", "parts"),
    [
        ("pool_gmm", 60, 4),
        ("train_rnn", 60, 4),
        ("pool_rnn", 120, 2),
        ("cca_gram", 40, 2),
        ("sentence_pca", 30, 1),
        ("evaluate_retrieval", 30, 2),
    ],
)
def test_steps_make_their_inputs_then_their_parts(benchmark, tmp_path, name, n, parts):
    first, *done = benchmark("growth").STEPS[name](n, tmp_path)
    assert first is None and len(set(done)) == parts and None not in done


def test_growth_prints_a_line_for_each_part_and_size():
    command = [sys.executable, BENCHMARKS / "growth.py", "sentence_pca", "20", "40"]
    environment = os.environ | {"PYTHONPATH": str(BENCHMARKS.parent)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [(row["step"], row["part"], row["n"]) for row in rows] == [
        ("sentence_pca", "fit", "20"),
        ("sentence_pca", "fit", "40"),
    ]
    assert all(float(row["seconds"]) > 0 and float(row["peak_gib"]) > 0.05 for row in rows)


def test_an_unknown_step_is_told_with_those_there_are(benchmark, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["growth.py", "nothing", "1"])
    with pytest.raises(SystemExit, match="train_rnn"):
        benchmark("growth").main()


def test_medians_are_of_functions_called_in_turn(benchmark, monkeypatch):
    timing, called = benchmark("timing"), []
    seconds = iter([(t, 2 * t) for t in (0, 3, 3, 4, 4, 13, 13, 18, 18, 22, 22, 24)])
    monkeypatch.setattr(timing, "clocks", lambda: next(seconds))
    works = (lambda: called.append("a") or "A", lambda: called.append("b") or "B")
    assert timing.alternately(3, *works) == [(4, 8, "A"), (2, 4, "B")]
    assert called == ["a", "b"] * 3


@pytest.mark.slow
def test_every_row_of_the_peers_works(benchmark, tmp_path):
    """A stand-in for the original program prints a line for each of three tracks."""
    rows = benchmark("peers").ROWS
    program = tmp_path / "tracks"
    program.write_text("#!/bin/sh\nprintf '1\\n2\\n3\\n'\n")
    program.chmod(0o755)
    options = ["--quick", "--markdown", "--dense-trajectories", program]
    command = [sys.executable, BENCHMARKS / "peers.py", *options]
    environment = os.environ | {"PYTHONPATH": str(BENCHMARKS.parent)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    lines = [line.split(" | ") for line in done.stdout.splitlines()[2:]]
    left_out = [line for line in done.stderr.splitlines() if "left out" in line]
    assert len(lines) + len(left_out) == len(rows) and len(lines) >= 12
    bounds = {"bound", "two Farneback fields"}
    for what, peer, *_, apart, remark in lines:
        if peer == "the original program":
            continue
        assert (apart == "") == (peer in bounds), what
        assert peer in bounds or float(apart) < 0.02, (what, apart)
        assert remark != "|" or peer not in bounds


def test_an_unknown_row_is_told_with_those_there_are(benchmark, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["peers.py", "nothing"])
    monkeypatch.setattr(benchmark("peers"), "ROWS", {"bound": None, "original": None})
    with pytest.raises(SystemExit):
        benchmark("peers").main()
    assert "no row nothing; there are bound" in capsys.readouterr().err


def test_sequences_have_the_lengths_of_the_data(benchmark):
    inputs = benchmark("inputs")
    lengths = np.diff(inputs.videos(500, 8).offsets)
    assert 16 < lengths.mean() < 20 and lengths.min() >= 3
    words = np.diff(inputs.sentences(500, inputs.word_vectors(100)).offsets)
    assert 11 < words.mean() < 13
    blocks = list(inputs.repeated_rows(25, 6, block=10).rows())
    assert sum(map(len, blocks)) == 25 and not np.allclose(blocks[0], blocks[1])
    parts = inputs.split(13_320)
    assert [len(parts[name]) for name in ("train", "val", "test")] == [7630, 1907, 3783]
