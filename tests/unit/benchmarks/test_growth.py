"""The fits of benchmarks/growth.py, and that all of its steps run."""

import csv
import os
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"


@pytest.fixture(scope="module")
def growth():
    before, environment = list(sys.path), dict(os.environ)
    sys.path.insert(0, str(BENCHMARKS))
    import growth

    yield growth
    sys.path[:] = before
    os.environ.clear()
    os.environ.update(environment)


@pytest.mark.parametrize("exponent", [1, 2, 3])
def test_the_exponent_is_recovered(growth, exponent):
    sizes = [100, 200, 400, 800]
    seconds = [
        7.0,
        *(2e-7 * n**exponent for n in sizes[1:]),
    ]  # the smallest of four is mostly what does not grow
    assert growth.growth(sizes, seconds) == pytest.approx(exponent)
    assert growth.extrapolated(sizes, seconds, exponent, 8000) == pytest.approx(
        2e-7 * 8000**exponent
    )


def test_time_is_extrapolated_by_the_exponent_needed_or_a_clearly_larger_one(growth):
    sizes, linear = [10, 20, 40], [1.0, 2.0, 4.0]
    assert growth.extrapolated(sizes, linear, 2, 400) == pytest.approx(400)
    assert growth.extrapolated(sizes, linear, 0.9, 400) == pytest.approx(4 * 10**0.9)
    assert growth.extrapolated(sizes, linear, 0.5, 400) == pytest.approx(40)
    assert growth.extrapolated(sizes, linear, 0, 400) == pytest.approx(4)


def test_peaks_are_a_constant_and_a_line(growth):
    sizes = np.array([10, 20, 40])
    assert growth.extrapolated_peak(sizes, 0.5 + 1e-3 * sizes**2, 2, 100) == pytest.approx(10.5)
    assert growth.extrapolated_peak(sizes, 0.5 + 0.01 * sizes, 1, 100) == pytest.approx(1.5)
    assert growth.extrapolated_peak(sizes, [0.5, 0.7, 0.6], 0, 100) == 0.7
    assert growth.extrapolated_peak(sizes, [0.5, 0.7, 0.6], lambda n: n / 10, 100) == 10


@pytest.mark.filterwarnings("ignore:The number of unique classes")
def test_every_step_runs_and_does_what_its_parts_say(growth, tmp_path):
    for name, step in growth.steps().items():
        assert (
            len(step.sizes) >= 3
            and sorted(step.sizes) == list(step.sizes)
            and step.sizes[-1] <= step.paper
        )
        if name.startswith(
            "extract_features"
        ):  # seconds each; the networks have tests of their own
            continue
        (tmp_path / name).mkdir()
        done = [part for part in step.run(step.quick[0], tmp_path / name, True) if part is not None]
        assert done == list(step.parts), name


def test_a_table_is_made_of_measurements(growth, tmp_path, monkeypatch, capsys):
    raw, out = tmp_path / "raw.csv", tmp_path / "table.csv"
    lines = [
        f"train_rnn,Gram matrix of gradients,training videos,{n},{n * n / 1e6},{0.5 + n * n / 1e8}"
        for n in (1000, 2000, 4000)
    ]
    raw.write_text("\n".join([",".join(growth.COLUMNS), *lines]))
    monkeypatch.setattr(sys, "argv", ["growth.py", "--show", "--raw", str(raw), "--csv", str(out)])
    growth.main()
    [row] = csv.DictReader(out.open())
    assert row["step"] == "train_rnn: Gram matrix of gradients"
    assert (row["exponent"], row["needed"], row["time there"], row["peak there"]) == (
        "2.00",
        "2",
        "58.2 s",
        "1.1 GiB",
    )
    assert "| train_rnn: Gram matrix of gradients |" in capsys.readouterr().out


def test_unknown_steps_are_named(growth, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["growth.py", "nothing"])
    with pytest.raises(SystemExit):
        growth.main()
    assert "no step nothing; there are decode_frames" in capsys.readouterr().err
