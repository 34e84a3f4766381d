#!/usr/bin/env python3
"""Print the state of a SLURM job in Snakemake's words: running, success or failed.

Needs no accounting. Called by Snakemake: status.py NUMBER
"""

import re
import subprocess
import sys

UNDER_WAY = set(
    "PENDING CONFIGURING RUNNING COMPLETING SUSPENDED STOPPED REQUEUED REQUEUE_HOLD RESIZING "
    "REQUEUE_FED SIGNALING SPECIAL_EXIT STAGE_OUT RESV_DEL_HOLD".split()
)


def status(shown, error):
    """The word for what `scontrol show job` printed; no answer is no news of the job."""
    state = re.search(r"\bJobState=(\w+)", shown)
    if state is None:
        # SLURM forgets a job some minutes after its end (MinJobAge): unknown, so it runs again.
        return "failed" if "Invalid job id" in error else "running"
    return {"COMPLETED": "success"}.get(state[1], "running" if state[1] in UNDER_WAY else "failed")


def main():
    """Ask SLURM and answer."""
    command = ["scontrol", "--oneliner", "show", "job", sys.argv[1]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    word = status(done.stdout, done.stderr)
    if "JobState" not in done.stdout:
        print(f"SLURM job {sys.argv[1]}: {done.stderr.strip()}, taken for {word}", file=sys.stderr)
    print(word)


if __name__ == "__main__":
    main()
