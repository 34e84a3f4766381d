"""gpu.py: on the CPU, since no GPU is needed to see that it works."""

import importlib.util
import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"


@pytest.fixture
def gpu(benchmark):
    return benchmark("gpu")


def test_every_path_but_the_deep_networks_gives_the_same(gpu, monkeypatch, capsys):
    checks = {name: check for name, check in gpu.CHECKS.items() if name != "networks"}
    monkeypatch.setattr(gpu, "CHECKS", checks)
    assert gpu.compare("cpu") == []
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(checks) >= 10 and not any("left out" in line for line in told)


def test_what_differs_is_told(gpu, monkeypatch, capsys):
    checks = {
        "gram": lambda device: [[9, 9], [1, 1.001 if device == "other" else 1]],
        "training": lambda device: [[1, 1.0005 if device == "other" else 1]],
        "layers": lambda device: [[np.nan if device == "other" else 1], [1]],
    }
    monkeypatch.setattr(gpu, "CHECKS", checks)
    assert gpu.compare("other") == ["gram", "layers"]
    assert capsys.readouterr().out.count("TOO FAR") == 2


def test_a_package_that_a_check_needs_is_named(gpu, monkeypatch, capsys):
    def check(device):
        raise ModuleNotFoundError("No module named 'pandas'", name="pandas")

    monkeypatch.setattr(gpu, "CHECKS", {"training": check})
    assert gpu.compare("cpu") == []
    assert "left out: pandas is not installed" in capsys.readouterr().out


def test_all_missing_packages_are_named(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: name not in ("h5py", "scipy") and found(name)
    )
    with pytest.raises(SystemExit, match="Not installed: h5py, scipy"):
        runpy.run_path(str(BENCHMARKS / "gpu.py"))


def test_no_gpu_is_told(gpu, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["gpu.py"])
    monkeypatch.setattr(gpu.torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit, match="no GPU"):
        gpu.main()


@pytest.mark.slow
def test_the_whole_runs_on_a_cpu():
    command = [sys.executable, BENCHMARKS / "gpu.py", "--device", "cpu", "--quick"]
    environment = os.environ | {"PYTHONPATH": str(BENCHMARKS.parent)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    for work in "vgg19", "c3d", "an epoch", "RNN-FVs", "Gram matrix":
        assert f"\n{work}" in done.stdout
