"""The benchmarks start, and benchmarks/growth.py measures what its steps say."""

import csv
import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"
NAMES = sorted(path.stem for path in BENCHMARKS.glob("*.py"))


@pytest.fixture
def benchmark(monkeypatch):
    """Import a benchmark as its command would."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


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
    seconds = iter([3.0, 1.0, 9.0, 5.0, 4.0, 2.0])
    monkeypatch.setattr(timing, "timed", lambda work: (work(), (next(seconds), None))[1])
    works = {"a": lambda: called.append("a"), "b": lambda: called.append("b")}
    assert timing.alternately(3, **works) == {"a": 4.0, "b": 2.0}
    assert called == ["a", "b"] * 3


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
