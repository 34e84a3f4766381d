"""What regularised CCA costs: an eta sweep against refitting, against scikit-learn's CCA, and at the paper's size.

    python benchmarks/cca.py            # about a minute
    python benchmarks/cca.py --scale    # 30,300 x 4,096 dimensions: 10 GB, about five minutes on one thread

Times are of the CPU, so that other work on the machine counts little; ratios are of one run. Set OMP_NUM_THREADS=1: the
times of threads add up. The bound of a stage at scale is the time its products and factorisations
would take at the speed of this machine's square float32 product, taken just before.
"""

import argparse
import resource
import time
import warnings

import numpy as np
from sklearn.cross_decomposition import CCA
from sklearn.exceptions import ConvergenceWarning

from rnnfv.arrays.rows import FunctionRows
from rnnfv.reduction.cca import cca_problem

ETAS = (1e-5, 5e-5, 2e-4, 1e-3, 5e-3, 2e-2)


def views(n, p, q, per_image, latent=64, block=500):
    """Make n sentences (p) that are computed as they are read, their images (q), and which belongs to which."""
    rng = np.random.default_rng(0)
    images = -(-n // per_image)
    meaning = rng.standard_normal((images, latent), dtype=np.float32)
    to_x, to_y = (
        rng.standard_normal((latent, d), dtype=np.float32) / np.float32(np.sqrt(latent))
        for d in (p, q)
    )
    pairs = np.arange(n) // per_image

    def blocks(block_bytes):
        for start in range(0, n, block):
            rows = pairs[start : start + block]
            noise = np.random.default_rng([1, start]).standard_normal(
                (len(rows), p), dtype=np.float32
            )
            yield meaning[rows] @ to_x + noise

    Y = meaning @ to_y + rng.standard_normal((images, q), dtype=np.float32)
    return FunctionRows((n, p), blocks), Y, pairs


def timed(function, *arguments, **options):
    started = time.process_time()
    result = function(*arguments, **options)
    return time.process_time() - started, result


def product_speed(size=4096):
    """Operations per second of a square float32 product, now."""
    a = np.random.default_rng(0).random((size, size), dtype=np.float32)
    return 2 * size**3 / min(timed(np.matmul, a, a)[0] for _ in range(3))


def peak_gib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def sweep(n=20_000, p=3000, q=512):
    X, Y, pairs = views(n, p, q, per_image=5)
    X = np.concatenate(list(X.rows()))
    accumulating, problem = timed(cca_problem, X, Y, pairs)
    solving, together = zip(*(timed(problem.solve, eta) for eta in ETAS), strict=True)
    refitting, apart = zip(
        *(timed(lambda eta: cca_problem(X, Y, pairs).solve(eta), eta) for eta in ETAS), strict=True
    )
    for one, other in zip(together, apart, strict=True):
        np.testing.assert_array_equal(one.x_weights, other.x_weights)
    once, again = accumulating + sum(solving), sum(refitting)
    print(
        f"sweep of {len(ETAS)} etas, {n} x {p} -> {q}: {once:.1f} s; refitting for each: {again:.1f} s"
    )
    print(
        f"  -> {again / once:.1f} times as fast, same weights; {accumulating:.1f} s once, {np.mean(solving):.2f} s an eta"
    )


def against_scikit_learn(n=2000, p=200, q=100, k=50):
    X, Y, _ = views(n, p, q, per_image=1)
    X = np.concatenate(list(X.rows()))
    ours, problem = timed(lambda: cca_problem(X, Y).solve(0, k))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs, peer = timed(CCA(k, max_iter=2000).fit, X, Y)
    scores = peer.transform(X, Y)
    correlations = [
        np.corrcoef(a, b)[0, 1] for a, b in zip(*(side.T for side in scores), strict=True)
    ]
    difference = np.abs(np.sort(correlations)[::-1] - problem.correlations).max()
    print(
        f"scikit-learn's CCA, {n} x {p} -> {q}, {k} components: {theirs:.2f} s; ours {ours:.3f} s"
    )
    print(
        f"  -> {theirs / ours:.0f} times as fast; correlations differ by at most {difference:.1g}"
    )


class Watched:
    """A row source that notes how long a pass took, and how much of that making the blocks."""

    def __init__(self, source):
        self.source, self.shape = source, source.shape

    def rows(self, block_bytes):
        """Pass the blocks on."""
        started, self.making, blocks = time.process_time(), 0.0, self.source.rows(block_bytes)
        while True:
            seconds, block = timed(next, blocks, None)
            self.making += seconds
            if block is None:
                break
            yield block
        self.whole = time.process_time() - started


def scale(n, p=30_300, q=4096):
    X, Y, pairs = views(n, p, q, per_image=1, block=2000)
    X, base, speed = Watched(X), peak_gib(), product_speed()
    preparing, problem = timed(cca_problem, X, Y, pairs, solver="covariance")
    print(
        f"{n} x {p} -> {q}; this machine does {speed / 1e9:.0f} GFLOP/s in float32; {base:.1f} GiB before"
    )
    rows = X.whole - X.making
    bound = n * (p**2 + 2 * p * q) / speed
    print(
        f"pass over the rows: {1000 * rows / n:.1f} s per 1000, beside making them; {100 * bound / rows:.0f} % of the bound"
    )
    print(
        f"once (axes of Y, largest eigenvalues): {preparing - X.whole:.0f} s; peak so far {peak_gib():.1f} GiB"
    )
    seconds, projection = timed(problem.solve, 5e-5)
    bound = (p**3 / 3 + 4 * p**2 * q + 4 * p * q**2) / speed
    print(
        f"an eta: {seconds:.0f} s for {len(projection.correlations)} components; {100 * bound / seconds:.0f} % of the bound"
    )
    documented = (8 * p**2 + 20 * p * q) / 2**30
    print(
        f"peak {peak_gib():.1f} GiB; documented: {documented:.1f} GiB beside Y, Y rotated, blocks and the program"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", action="store_true", help="the paper's size instead")
    parser.add_argument(
        "--rows", type=int, default=5000, help="sentences at scale; accumulating is linear in them"
    )
    options = parser.parse_args()
    if options.scale:
        scale(options.rows)
    else:
        sweep()
        against_scikit_learn()


if __name__ == "__main__":
    main()
