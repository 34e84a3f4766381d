#!/usr/bin/env python3
"""Submit a job script of Snakemake's with sbatch and print the job's number.

Called by Snakemake: submit.py JOBSCRIPT. Account and partition come from the environment, as sbatch
knows them: $SBATCH_ACCOUNT and $SBATCH_PARTITION. For another scheduler change this file, status.py
and the cancel command.
"""

import json
import subprocess
import sys
from pathlib import Path


def options(properties):
    """Options of sbatch, from the properties that Snakemake writes into a job's script."""
    resources = properties["resources"]
    yield f"--job-name={properties.get('rule') or properties.get('groupid', 'group')}"
    yield f"--cpus-per-task={properties['threads']}"
    yield f"--mem={resources['mem_mb']}"
    yield f"--time={resources['runtime']}"
    yield "--output=logs/slurm/%x-%j.log"
    if resources.get("gpu"):
        yield f"--gpus={resources['gpu']}"
    if resources.get("gres"):
        yield f"--gres={resources['gres']}"


def main():
    """Submit the script named on the command line."""
    script = sys.argv[1]
    mark = "# properties = "
    [line] = [line for line in Path(script).read_text().splitlines() if line.startswith(mark)]
    Path("logs/slurm").mkdir(parents=True, exist_ok=True)  # sbatch writes no log without it
    told = options(json.loads(line.removeprefix(mark)))
    command = ["sbatch", "--parsable", *told, script]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout.strip().split(";")[0])  # "number;cluster" where there are several clusters
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
