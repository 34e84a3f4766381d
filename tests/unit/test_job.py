"""The start of every script: a full disk is said in words, in the log or on the terminal."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
from types import SimpleNamespace
snakemake = SimpleNamespace(input=[], params=None, wildcards=None)
snakemake.output, snakemake.log = sys.argv[1:2], sys.argv[2:3]
sys.path.insert(0, "scripts")
from job import output
with open("/dev/full", "w") as file:
    file.write("a table")
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("log", ["job.log", "/dev/full"])
def test_a_full_disk_is_told_where_there_is_room(tmp_path, log):
    log = tmp_path / log
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "made.csv"), str(log)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    told = done.stderr if log == Path("/dev/full") else log.read_text()
    assert done.returncode == 1
    assert f"Error: {tmp_path}/made.csv: the disk of {tmp_path} is full" in told
    assert "make room and run the same command again" in told and "Traceback" not in told
