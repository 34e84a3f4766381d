"""The start of every script: find the library, write to the rule's log, show bad input as text.

A script imports what it needs of the job from here: ``inputs``, ``output``, ``params``,
``wildcards``. A file beside the log, ending in ``.tsv``, says what the job took.
"""

import atexit
import contextlib
import ctypes
import logging
import os
import resource
import sys
import time
from pathlib import Path

from __main__ import snakemake  # Snakemake puts it into the script's globals

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # rnnfv need not be installed

from rnnfv.errors import InputError

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
    """Print bad input as text, and a traceback of any other error; then there are no costs."""
    atexit.unregister(write_costs)
    if issubclass(kind, InputError):
        print(f"Error: {error}", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


log = open(snakemake.log[0], "w", buffering=1)  # noqa: SIM115  (open until the process ends)
# File descriptors, not sys.stderr: libraries in C write there, too.
os.dup2(log.fileno(), 1)
os.dup2(log.fileno(), 2)
clock = "%(asctime)s %(message)s"
logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=clock, datefmt="%H:%M:%S")
logging.captureWarnings(True)
# Let glibc reuse large blocks: getting them anew costs more than computing in them.
with contextlib.suppress(OSError, AttributeError):  # another C library: slower, no worse
    m_trim_threshold, m_mmap_threshold = -1, -3
    libc = ctypes.CDLL("libc.so.6")
    libc.mallopt(m_trim_threshold, 2**30)
    libc.mallopt(m_mmap_threshold, 2**25)
atexit.register(write_costs)
sys.excepthook = show_error
