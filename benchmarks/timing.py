"""Clocks and memory, shared by all benchmarks."""

import resource
import sys
import time

import numpy as np
from threadpoolctl import threadpool_limits


def one_thread():
    """Limit every numeric library that is loaded to one thread."""
    threadpool_limits(1)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(1)


def clocks():
    """CPU seconds of this process and of the programs that it waited for; the wall's seconds."""
    programs = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + programs.ru_utime + programs.ru_stime, time.perf_counter()


def alternately(repeats, *works):
    """Call functions in turn: for each its median seconds, of CPU and wall, and its result."""
    seconds, results = [[] for _ in works], [None for _ in works]
    for _ in range(repeats):
        for i, work in enumerate(works):
            started = clocks()
            results[i] = work()
            seconds[i].append(np.subtract(clocks(), started))
    return [(*np.median(s, axis=0), result) for s, result in zip(seconds, results, strict=True)]


def peak_gib():
    """Peak memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
