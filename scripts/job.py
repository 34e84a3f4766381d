"""The start of every script: find the library, write to the rule's log, show bad input as text.

A script imports what it needs of the job from here: ``inputs``, ``output``, ``params``,
``wildcards``. A file beside the log, ending in ``.tsv``, says what the job took.
"""

import atexit
import contextlib
import logging
import os
import resource
import sys
import time
import traceback
from pathlib import Path

from __main__ import snakemake  # Snakemake puts it into the script's globals

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # rnnfv need not be installed

from rnnfv.arrays.memory import reuse_large_blocks
from rnnfv.arrays.writing import disk_problem
from rnnfv.errors import InputError, system_problem

started = time.time()
inputs, output = snakemake.input, snakemake.output
params, wildcards = snakemake.params, snakemake.wildcards


def write_costs():
    """Seconds since the script began, seconds of CPU and the peak of memory of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1000
    row = f"{time.time() - started:.2f}\t{cpu:.2f}\t{peak:.0f}\n"
    Path(log.name).with_suffix(".tsv").write_text("seconds\tcpu_seconds\tpeak_mb\n" + row)


def show_error(kind, error, trace):
    """Print bad input, and what the system refuses, as text; a traceback of any other error."""
    atexit.unregister(write_costs)  # then there are no costs
    error = disk_problem(error, [*output, *snakemake.log][0]) or system_problem(error) or error
    known = isinstance(error, InputError)
    text = f"Error: {error}\n" if known else "".join(traceback.format_exception(error))
    for stream in sys.stderr, terminal:  # the log's disk may be the one that is full
        with contextlib.suppress(OSError):
            print(text, end="", file=stream, flush=True)
            break


sys.excepthook = show_error
terminal = open(os.dup(2), "w")  # noqa: SIM115  (open until the process ends)
log = open(snakemake.log[0], "w", buffering=1)  # noqa: SIM115
# File descriptors, not sys.stderr: libraries in C write there, too.
os.dup2(log.fileno(), 1)
os.dup2(log.fileno(), 2)
clock = "%(asctime)s %(message)s"
logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=clock, datefmt="%H:%M:%S")
logging.captureWarnings(True)
reuse_large_blocks()
atexit.register(write_costs)
