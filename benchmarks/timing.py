"""Clock, memory and the speed of this machine's products: shared by all benchmarks.

Times are of the CPU, on one thread, so that other work on the machine counts little.
"""

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


def timed(function, *arguments, **options):
    """CPU seconds of a call, and its result."""
    started = time.process_time()
    result = function(*arguments, **options)
    return time.process_time() - started, result


def alternately(repeats, **works):
    """Median CPU seconds of each of several functions, called in turn."""
    seconds = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            seconds[name].append(timed(work)[0])
    return {name: float(np.median(times)) for name, times in seconds.items()}


def product_speed(size=2048):
    """Operations per second of a square float32 product, now."""
    a = np.random.default_rng(0).random((size, size), dtype=np.float32)
    return 2 * size**3 / min(timed(np.matmul, a, a)[0] for _ in range(3))


def peak_gib():
    """Peak memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
