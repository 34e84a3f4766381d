"""Regularised CCA: an eta sweep against refitting, scikit-learn's CCA, and the paper's size.

    python benchmarks/cca.py               # about a minute
    python benchmarks/cca.py 5000          # so many sentences of 30,300 x 4,096 dimensions: 10 GB

The bound of a stage is the time of its products and factorisations at the speed of this machine's
square float32 product.
"""

import sys
import warnings

import numpy as np
from inputs import repeated_rows
from sklearn.cross_decomposition import CCA
from sklearn.exceptions import ConvergenceWarning
from timing import one_thread, peak_gib, product_speed, timed

from rnnfv.reduction.cca import cca_problem

ETAS = (1e-5, 5e-5, 2e-4, 1e-3, 5e-3, 2e-2)


def views(n, p, q, per_image):
    """Sentences (n, p), the images (n / per_image, q) that they share a meaning with, and pairs."""
    rng = np.random.default_rng(0)
    pairs = np.arange(n) // per_image
    meaning = rng.standard_normal((pairs[-1] + 1, 64), dtype=np.float32)
    X, Y = (
        meaning[rows] @ rng.standard_normal((64, d), dtype=np.float32) / 8
        + rng.standard_normal((len(rows), d), dtype=np.float32)
        for rows, d in ((pairs, p), (np.arange(len(meaning)), q))
    )
    return X, Y, pairs


def sweep(n=20_000, p=3000, q=512):
    """One problem solved for every eta, against a fit for each."""
    X, Y, pairs = views(n, p, q, per_image=5)
    once, problem = timed(cca_problem, X, Y, pairs)
    together = apart = 0.0
    for eta in ETAS:
        seconds, one = timed(problem.solve, eta)
        together += seconds
        seconds, other = timed(lambda eta: cca_problem(X, Y, pairs).solve(eta), eta)
        apart += seconds
        np.testing.assert_array_equal(one.x_weights, other.x_weights)
    print(f"{len(ETAS)} etas, {n} x {p} -> {q}: {once:.1f} s once, {together:.1f} s for all")
    print(f"  refitting: {apart / (once + together):.1f} times as slow, same weights")


def against_scikit_learn(n=2000, p=200, q=100, k=50):
    X, Y, _ = views(n, p, q, per_image=1)
    ours, problem = timed(lambda: cca_problem(X, Y).solve(0, k))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs, peer = timed(CCA(k, max_iter=2000).fit, X, Y)
    pairs = zip(*(side.T for side in peer.transform(X, Y)), strict=True)
    correlations = np.sort([np.corrcoef(a, b)[0, 1] for a, b in pairs])[::-1]
    apart = np.abs(correlations - problem.correlations).max()
    print(f"scikit-learn, {n} x {p} -> {q}, {k} components: {theirs / ours:.0f} times as slow")
    print(f"  correlations differ by at most {apart:.1g}")


def at_scale(n, p=30_300, q=4096):
    X, (_, Y, _), speed = repeated_rows(n, p), views(n, 1, q, per_image=1), product_speed(4096)
    once, problem = timed(cca_problem, X, Y, np.arange(n), solver="covariance")
    products = n * (p**2 + 2 * p * q) / speed
    print(f"{n} x {p} -> {q}: {once:.0f} s once, of which products at least {products:.0f}")
    seconds, _ = timed(problem.solve, 5e-5)
    bound = (p**3 / 3 + 4 * p**2 * q + 4 * p * q**2) / speed
    print(f"an eta: {seconds:.0f} s, {100 * bound / seconds:.0f} % of the bound")
    documented = (8 * p**2 + 20 * p * q) / 2**30
    print(f"peak {peak_gib():.1f} GiB; {documented:.1f} by the formula, beside Y and blocks")


def main():
    one_thread()
    if len(sys.argv) > 1:
        at_scale(int(sys.argv[1]))
    else:
        sweep()
        against_scikit_learn()


if __name__ == "__main__":
    main()
