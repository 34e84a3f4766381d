"""The screen of a user who runs Snakemake by hand."""

import os
import subprocess
import sys

from helpers.workflow import ROOT


def test_data_and_machine_are_looked_at_without_any_option(tmp_path):
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "check"]
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    options = {"cwd": tmp_path, "env": environment, "capture_output": True, "text": True}
    done = subprocess.run(command, **options, check=True)
    lines = done.stderr.splitlines()
    assert "jobs: 1, stages: 1; what each job says: logs/" in lines
    assert any(line.startswith("  done: downloads") for line in lines)
    command = f"snakemake results/table1.csv --snakefile {ROOT}/Snakefile"
    assert f"Next: {command}" in lines and len(lines) <= 60
    [log] = (tmp_path / ".snakemake/log").iterdir()  # what Snakemake says is kept
    assert "Finished jobid: 0" in log.read_text() and "Finished jobid" not in done.stderr
