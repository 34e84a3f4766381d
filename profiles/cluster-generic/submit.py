#!/usr/bin/env python3
"""Submit a job script of Snakemake's with sbatch and print the job's number.

Called by Snakemake: submit.py JOBSCRIPT. Account and partition come from the environment, as sbatch
knows them: $SBATCH_ACCOUNT and $SBATCH_PARTITION. For another scheduler change this file, status.py and the cancel command.
"""

import json
import subprocess
import sys
from pathlib import Path


def options(properties):
    """What sbatch must know of a job, from the properties Snakemake writes into its script."""
    resources = properties["resources"]
    name = properties.get("rule") or properties.get("groupid", "group")
    yield from (
        f"--job-name={name}",
        f"--cpus-per-task={properties['threads']}",
        "--output=logs/slurm/%x-%j.log",
    )
    yield from (f"--mem={resources['mem_mb']}", f"--time={resources['runtime']}")
    if resources.get("gpu"):
        yield f"--gpus={resources['gpu']}"
    if resources.get("gres"):
        yield f"--gres={resources['gres']}"


def main():
    """Submit the script named on the command line."""
    script = sys.argv[1]
    [line] = [
        line for line in Path(script).read_text().splitlines() if line.startswith("# properties = ")
    ]
    Path("logs/slurm").mkdir(
        parents=True, exist_ok=True
    )  # sbatch writes no log where the folder is missing
    command = [
        "sbatch",
        "--parsable",
        *options(json.loads(line.removeprefix("# properties = "))),
        script,
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout.strip().split(";")[0])  # "number;cluster" where there are several clusters
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
