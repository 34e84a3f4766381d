"""The SVM of all classes at once against liblinear, class by class: time, memory, and how far apart decision values are.

    python benchmarks/svm.py                 # 7,630 unit rows, 1,000 and 7,630 dimensions, 101 classes; some minutes

liblinear is linear in classes and runs on a few of them, at scikit-learn's tolerance for its time and at 1e-6 for its
decision values. Times are of one thread's CPU.
"""

import argparse
import os
import resource
import time

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import numpy as np
from sklearn.svm import LinearSVC

from rnnfv.evaluation.svm import NewtonLinearSVC


def fisher_like(n, dim, classes):
    """Unit rows with a shared mean and a spectrum that falls, whose classes overlap; and labels."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, n)
    X = rng.standard_normal((n, dim), dtype=np.float32) * np.exp(-3 * np.arange(dim) / dim).astype(
        np.float32
    )
    X += np.float32(0.15) * rng.standard_normal((classes, dim), dtype=np.float32)[
        labels
    ] + np.float32(0.3)
    return X / np.linalg.norm(X, axis=1, keepdims=True), labels


def timed(function, *arguments):
    started = time.process_time()
    result = function(*arguments)
    return time.process_time() - started, result


def peak_gib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def compare(n, dim, classes, few):
    X, y = fisher_like(n, dim, classes)
    before = peak_gib()
    ours, svm = timed(NewtonLinearSVC(1.0).fit, X, y)
    print(
        f"{n} x {dim}, {classes} classes: {ours:.1f} s, {svm.n_iter_} steps, {peak_gib() - before:.2f} GiB more"
    )
    values, rough, exact, apart = svm.decision_function(X), 0.0, 0.0, 0.0
    for k in range(few):
        rough += timed(LinearSVC(C=1.0, random_state=0, max_iter=20_000).fit, X, y == k)[0] / few
        seconds, peer = timed(
            LinearSVC(C=1.0, random_state=0, max_iter=100_000, tol=1e-6).fit, X, y == k
        )
        exact, apart = (
            exact + seconds / few,
            max(apart, np.abs(peer.decision_function(X) - values[:, k]).max()),
        )
    print(
        f"liblinear: {rough:.1f} s a class, {exact:.1f} s at 1e-6, from {few} classes; {peak_gib() - before:.2f} GiB"
    )
    print(
        f"  -> {rough * classes / ours:.1f} times as fast; decision values differ by at most {apart:.1g}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=7630)
    parser.add_argument("--dims", type=int, nargs="+", default=[1000, 7630])
    parser.add_argument("--classes", type=int, default=101)
    parser.add_argument("--few", type=int, default=2, help="classes that liblinear gets")
    options = parser.parse_args()
    for dim in options.dims:
        compare(options.rows, dim, options.classes, options.few)


if __name__ == "__main__":
    main()
