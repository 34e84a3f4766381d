"""The SVM of all classes at once against liblinear, class by class: time, memory, difference.

    python benchmarks/svm.py [DIMENSIONS ...]     # 7,630 unit rows, 101 classes; some minutes

liblinear is linear in classes and runs on two of them: at scikit-learn's tolerance for its time,
at 1e-6 for its decision values.
"""

import sys

import numpy as np
from inputs import CLASSES
from sklearn.svm import LinearSVC
from timing import one_thread, peak_gib, timed

from rnnfv.arrays.normalize import l2_normalize
from rnnfv.evaluation.svm import NewtonLinearSVC

ROWS, FEW = 7630, 2


def fisher_like(dim):
    """Unit rows with a shared mean and a falling spectrum, whose classes overlap; and labels."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, CLASSES, ROWS)
    X = rng.standard_normal((ROWS, dim), dtype=np.float32)
    X *= np.exp(-3 * np.arange(dim) / dim).astype(np.float32)
    X += 0.3 + 0.15 * rng.standard_normal((CLASSES, dim), dtype=np.float32)[y]
    return l2_normalize(X), y


def compare(dim):
    X, y = fisher_like(dim)
    before = peak_gib()
    ours, svm = timed(NewtonLinearSVC(1.0).fit, X, y)
    more = peak_gib() - before
    print(f"{ROWS} x {dim}: {ours:.1f} s, {svm.n_iter_} steps, {more:.2f} GiB more")
    values, rough, apart = svm.decision_function(X), 0.0, 0.0
    for k in range(FEW):
        rough += timed(LinearSVC(random_state=0, max_iter=20_000).fit, X, y == k)[0] / FEW
        exact = LinearSVC(random_state=0, max_iter=100_000, tol=1e-6).fit(X, y == k)
        apart = max(apart, np.abs(exact.decision_function(X) - values[:, k]).max())
    times = rough * CLASSES / ours
    print(f"  liblinear: {rough:.1f} s a class, {times:.1f} times as slow; differ by {apart:.1g}")


def main():
    one_thread()
    for dim in map(int, sys.argv[1:] or (1000, 7630)):
        compare(dim)


if __name__ == "__main__":
    main()
