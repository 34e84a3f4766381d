"""Growth of the time and memory of the numeric steps with the data.

    python benchmarks/growth.py train_rnn 954 1907 3815      # one step at these sizes
    python benchmarks/growth.py                              # the names of the steps

Prints a line of CSV for each part of the step. Every size runs in a process of its own, on one
thread. Times are of the CPU; what makes the inputs is not counted. Peaks are of the whole
process: Python, libraries, inputs. docs/maintainers/scale.md has measurements, and what they
make of the paper's tables.
"""

import csv
import inspect
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path

import steps
from timing import one_thread, peak_gib

STEPS = {
    name: step
    for name, step in inspect.getmembers(steps, inspect.isgeneratorfunction)
    if not name.startswith("_")
}


def measure(name, n):
    """Run a step in this process; print a line for every part."""
    one_thread()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        for part in STEPS[name](n, Path(folder)):
            seconds = time.process_time() - started
            if part:
                writer.writerow([name, part, n, f"{seconds:.4g}", f"{peak_gib():.2f}"])
                sys.stdout.flush()
            started = time.process_time()


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in STEPS:
        lines = [f"  {name:21} N: {step.__doc__}" for name, step in STEPS.items()]
        sys.exit("\n".join(["Usage: growth.py STEP N [N ...]", *lines]))
    os.environ["OMP_NUM_THREADS"] = "1"
    print("step,part,n,seconds,peak_gib", flush=True)
    for n in map(int, sys.argv[2:]):  # a process each, for its peak
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=measure, args=(sys.argv[1], n))
        process.start()
        process.join()
        if process.exitcode:
            sys.exit(process.exitcode)


if __name__ == "__main__":
    main()
