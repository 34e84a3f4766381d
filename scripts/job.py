"""The start of every script: find the library, write to the rule's log, show bad input as text.

A script defines ``main(snakemake)`` and ends with ``run(main, snakemake)``. A file beside the log,
ending in ``.tsv``, says what the job took.
"""

import ctypes
import logging
import os
import resource
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # rnnfv need not be installed

from rnnfv.errors import InputError

started = time.time()


def keep_freed_memory():
    """Let glibc reuse large blocks: getting them anew costs more than computing in them."""
    m_trim_threshold, m_mmap_threshold = -1, -3
    try:
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(m_trim_threshold, 2**30)
        libc.mallopt(m_mmap_threshold, 2**25)
    except (OSError, AttributeError):
        pass  # another C library: slower, no worse


def write_costs(log):
    """Seconds since the script began, seconds of CPU and the peak of memory of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1000
    row = f"{time.time() - started:.2f}\t{cpu:.2f}\t{peak:.0f}\n"
    log.with_suffix(".tsv").write_text("seconds\tcpu_seconds\tpeak_mb\n" + row)


def run(main, snakemake):
    """Call ``main(snakemake)`` with stdout, stderr and logging going to the rule's log."""
    log = open(snakemake.log[0], "w", buffering=1)  # noqa: SIM115  (open until the process ends)
    # File descriptors, not sys.stderr: libraries in C write there, too.
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    clock = "%(asctime)s %(message)s"
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=clock, datefmt="%H:%M:%S")
    logging.captureWarnings(True)
    keep_freed_memory()
    try:
        main(snakemake)
        write_costs(Path(log.name))
    except InputError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)
    except Exception:
        traceback.print_exc()
        sys.exit(1)
