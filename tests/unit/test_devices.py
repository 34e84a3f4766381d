"""GPUs that jobs share: never two on one, none left behind; pretended GPUs, real processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import rnnfv.devices
from rnnfv.devices import lock_folder, own_gpu, take_gpu, visible_gpus
from rnnfv.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
JOB = """
import logging, os, sys, time
from pathlib import Path
from rnnfv.devices import take_gpu
logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
folder, gpus, seconds = Path(sys.argv[1]), sys.argv[2].split(","), float(sys.argv[3])
position = take_gpu(gpus, folder, seconds=0.02)
mark = folder / f"{gpus[position].replace(chr(47), chr(95))}.busy"
os.close(os.open(mark, os.O_CREAT | os.O_EXCL))  # fails where another job is on this GPU
print(position, flush=True)
time.sleep(seconds)
mark.unlink()
"""


def job(folder, gpus, seconds):
    command = [sys.executable, "-c", JOB, str(folder), ",".join(gpus), str(seconds)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    monkeypatch.setattr(rnnfv.devices, "_held", {})
    for name in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID", "RNNFV_LOCKS"):
        monkeypatch.delenv(name, raising=False)


def test_never_two_jobs_on_one_gpu_and_all_gpus_are_used(tmp_path):
    jobs = [job(tmp_path, ["3", "GPU-a/b"][: 1 + (i > 0)], 0.3) for i in range(5)]
    done = [(process.communicate(timeout=120), process.returncode) for process in jobs]
    assert [code for _, code in done] == [0] * 5, done
    assert {out.strip() for (out, _), _ in done} == {"0", "1"}
    assert any("all GPUs are taken (3, GPU-a/b): waiting" in err for (_, err), _ in done)


def test_a_killed_job_leaves_its_gpu(tmp_path):
    first = job(tmp_path, ["0"], 600)
    assert first.stdout.readline().strip() == "0"
    second = job(tmp_path, ["0"], 0)
    assert "all GPUs are taken" in second.stderr.readline()
    (tmp_path / "0.busy").unlink()
    first.send_signal(signal.SIGKILL)
    first.communicate()
    out, err = second.communicate(timeout=60)
    assert (second.returncode, out.strip()) == (0, "0"), err


def test_a_job_keeps_the_gpu_it_has(tmp_path):
    assert take_gpu(["0", "1"], tmp_path) == take_gpu(["0", "1"], tmp_path) == 0
    assert len(rnnfv.devices._held) == 1


def test_which_gpus_are_seen(monkeypatch):
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert visible_gpus() == ["0", "1"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5, GPU-abc,-1,7")  # what follows -1 is not seen
    assert visible_gpus() == ["5", "GPU-abc"]


def test_a_slurm_job_has_locks_of_its_own(monkeypatch, tmp_path):
    assert str(os.getuid()) in lock_folder().name
    monkeypatch.setenv("RNNFV_LOCKS", str(tmp_path))
    assert lock_folder() == tmp_path
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    assert lock_folder() == tmp_path / "slurm-17"


def test_only_auto_and_cuda_take_a_lock_and_only_where_there_is_a_gpu(monkeypatch, tmp_path):
    monkeypatch.setenv("RNNFV_LOCKS", str(tmp_path))
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert [own_gpu(name) for name in ("auto", "cuda", "cpu", "cuda:1")] == [
        "auto",
        "cuda",
        "cpu",
        "cuda:1",
    ]
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    blocker = job(tmp_path, ["0"], 600)
    assert blocker.stdout.readline().strip() == "0"
    try:
        assert own_gpu("auto") == own_gpu("cuda") == "cuda:1"
        assert [own_gpu(name) for name in ("cpu", "cuda:0", "mps")] == ["cpu", "cuda:0", "mps"]
    finally:
        blocker.kill()
        blocker.communicate()


def test_what_cannot_be_done_is_said(tmp_path):
    with pytest.raises(InputError, match="sees none"):
        take_gpu([], tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="RNNFV_LOCKS"):
        take_gpu(["0"], tmp_path / "file")


def test_every_script_that_computes_on_a_device_takes_a_gpu_of_its_own():
    users = {
        path.name
        for path in (ROOT / "scripts").glob("*.py")
        if "resources.device" in path.read_text()
    }
    assert {"train_rnn.py", "loaded_network.py"} <= users
    for name in users:
        text = (ROOT / "scripts" / name).read_text()
        assert text.count("resources.device") == text.count(
            "own_gpu(snakemake.resources.device)"
        ), name
