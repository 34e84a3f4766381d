"""The cluster profiles on a real SLURM, which tests/slurm/run.sh starts; else skipped."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CLUSTER = os.environ.get("RNNFV_SLURM")  # "plain" or "accounting"
QUICK = ["--slurm-init-seconds-before-status-checks", "2"]
CLASSES, ITEMS = ["rise", "fall"], 36
TINY = {
    "seeds": [0],
    "pca": {"components": 4},
    "datasets": {
        "own": {
            "layout": "manifest",
            "manifest": "manifest.csv",
            "sequences": {"own": "own.h5"},
            "splits": [1],
        }
    },
}
pytestmark = pytest.mark.slow
only_plain = pytest.mark.skipif(
    CLUSTER != "plain", reason="run by tests/slurm/run.sh, without accounting"
)
any_cluster = pytest.mark.skipif(CLUSTER is None, reason="run by tests/slurm/run.sh")


def start(folder, profile, *arguments, snakefile=HERE / "Snakefile"):
    """Run Snakemake with a cluster profile in place of profiles/default."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", snakefile, "--directory", folder]
    command += ["--workflow-profile", ROOT / "profiles" / profile, *arguments]
    with open(folder / "log", "w") as log:
        return subprocess.Popen([str(part) for part in command], stdout=log, stderr=log, cwd=folder)


def finish(process, folder, seconds=700):
    """Wait for a run to succeed, and return what it printed."""
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        code = "too slow"
    printed = (folder / "log").read_text()
    assert code == 0, printed[-6000:]
    return printed


def said(path):
    return dict(pair.split("=", 1) for pair in path.read_text().split())


def run_table(folder, profile, *arguments):
    """The workflow from sequences of one's own to a table."""
    rng, ids = np.random.default_rng(0), [f"item{i:02d}" for i in range(ITEMS)]
    # by hand, as docs/formats.md says: to import rnnfv takes seconds in each test process
    with h5py.File(folder / "own.h5", "w") as file:
        file["ids"], file["offsets"] = ids, 9 * np.arange(ITEMS + 1)
        file["values"] = rng.normal(size=(9 * ITEMS, 8)).astype(np.float32)
    parts = {
        "label": CLASSES * (ITEMS // 2),
        "group": ids,
        "split1": ["train"] * (ITEMS - 8) + ["test"] * 8,
    }
    pd.DataFrame({"id": ids, **parts}).to_csv(folder / "manifest.csv", index=False)
    config = TINY | {"table1": {"datasets": ["own"], "poolings": ["mean"], "reductions": ["pca"]}}
    (folder / "mine.yaml").write_text(yaml.safe_dump(config))
    target = ["results/table1.csv", "--configfile", folder / "mine.yaml"]
    run = start(folder, profile, *target, *arguments, snakefile=ROOT / "Snakefile")
    printed = finish(run, folder)
    assert pd.read_csv(folder / "results" / "table1.csv")["pooling"].tolist() == ["mean"]
    return printed


@only_plain
def test_table_by_the_slurm_profile(tmp_path):
    printed = run_table(tmp_path, "slurm", *QUICK)
    jobs = int(re.search(r"^total +(\d+)", printed, re.MULTILINE)[1])
    submitted = printed.count("has been submitted with SLURM")
    assert 0 < submitted < jobs - 1  # jobs of seconds go together
    assert not list((tmp_path / "logs/slurm").rglob("*.log"))  # those of jobs that succeeded


@pytest.mark.skipif(CLUSTER != "accounting", reason="run by tests/slurm/run.sh, with accounting")
def test_table_with_accounting(tmp_path):
    account = ["--default-resources", "mem_mb=1000", "runtime=10", "gpu=0", "slurm_account=science"]
    printed = run_table(tmp_path, "slurm", *QUICK, *account, "--slurm-status-command", "sacct")
    numbers = re.findall(r"SLURM jobid (\d+)", printed)
    shown = ["sacct", "-X", "--noheader", "--format=Account,State", "--jobs", ",".join(numbers)]
    done = subprocess.run(shown, capture_output=True, text=True, check=True)
    accounted = done.stdout.splitlines()
    assert {tuple(line.split()) for line in accounted} == {("science", "COMPLETED")}
    assert len(accounted) == len(numbers) > 3


@only_plain
def test_table_by_commands_of_ones_own(tmp_path):
    printed = run_table(tmp_path, "cluster-generic")
    assert printed.count("with external jobid") >= 5


@only_plain
@pytest.mark.parametrize("profile", ["slurm", "cluster-generic"])
def test_requests_reach_slurm_and_killed_jobs_come_again_with_more(tmp_path, profile):
    targets = ["requests", "hungry.txt", "slow.txt"]
    quick = QUICK if profile == "slurm" else []
    printed = finish(start(tmp_path, profile, *targets, *quick), tmp_path)
    assert said(tmp_path / "cpu.txt")["gpus"] == "none"
    for name in ("gpu1", "gpu2", "gres"):
        assert said(tmp_path / f"{name}.txt")["gpus"] == "0"  # SLURM gave it the one GPU there is
    job = said(tmp_path / "cpu.txt")
    assert job["tmp"].endswith(f"scratch/{job['job']}")  # the node's, not the submitting machine's
    assert (tmp_path / "hungry.txt").read_text().strip() == "1000"  # MB, on the second attempt
    assert (tmp_path / "slow.txt").read_text().strip() == "2:00"
    assert printed.count("Trying to restart job") == 2
    before = printed[: printed.index("Finished jobid")]
    # Both GPU jobs are queued at once: profiles/default's limit of one is for one machine.
    assert len(re.findall(r"rule gpu:", before)) == 2


@only_plain
@pytest.mark.parametrize("profile", ["slurm", "cluster-generic"])
def test_a_stopped_run_leaves_no_job(tmp_path, profile):
    run = start(tmp_path, profile, "endless1.txt", "endless2.txt")
    for _ in range(2400):
        if len(list(tmp_path.glob("started*"))) == 2:
            break
        time.sleep(0.1)
    numbers = re.findall(r"(?:SLURM jobid |external jobid ')(\d+)", (tmp_path / "log").read_text())
    assert len(numbers) == 2
    states = [
        "squeue",
        "--noheader",
        "--states=PENDING,RUNNING,COMPLETING",
        "--jobs",
        ",".join(numbers),
    ]
    assert (
        len(subprocess.run(states, capture_output=True, text=True, check=True).stdout.splitlines())
        == 2
    )
    run.send_signal(signal.SIGINT)
    assert run.wait(240) != 0
    for _ in range(900):
        left = subprocess.run(states, capture_output=True, text=True, check=True).stdout
        if not left:
            break
        time.sleep(0.1)
    assert not left, (tmp_path / "log").read_text()
    assert not list(tmp_path.glob("endless*"))
