"""How fast hybrid mixtures are fitted, and sentences turned into their Fisher vectors: against plain NumPy.

    python benchmarks/mixtures.py                                    # the paper's size; two minutes on one core
    python benchmarks/mixtures.py --words 30000 --sentences 5000     # seconds

The plain EM sorts every dimension for every component in every iteration. It is run for one iteration and a few
dimensions, and its time is taken in proportion to dimensions and iterations: it is linear in both. The plain Fisher
vectors are a loop over sentences, given the words' responsibilities; the bound is the time to write as many numbers. All
times are of one thread's CPU, so a busy machine disturbs little; medians where repeated.
"""

import argparse
import os
import resource
import time

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import numpy as np

from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.pooling.hglmm import HGLMMFisherVector
from rnnfv.pooling.mixtures import HybridMixture

D, K = 300, 30


def words(n, seed=0):
    """Make n heavy-tailed vectors of length 10 around 40 centres: about what ICA makes of word vectors."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((40, D), dtype=np.float32)[rng.integers(0, 40, n)]
    for start in range(0, n, 10_000):
        values[start : start + 10_000] += 1.5 * rng.laplace(
            size=values[start : start + 10_000].shape
        )
        values[start : start + 10_000] = 10 * l2_normalize(values[start : start + 10_000])
    return values


def sentences(n, table, seed=0):
    """Make n sentences of 11 words on average; words are as frequent as one over their rank among the first 8,000."""
    rng = np.random.default_rng(seed)
    lengths = np.clip(rng.gamma(8, 11 / 8, n).round().astype(int), 1, 40)
    frequencies = 1 / np.arange(1, min(8000, len(table)) + 1)
    index = rng.choice(len(frequencies), lengths.sum(), p=frequencies / frequencies.sum())
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return Sequences([str(i) for i in range(n)], offsets, TableRows(table, index))


def plain_iteration(X, mixture):
    """One iteration of EM, entry by entry of the parameters; X and the mixture's arrays have few columns."""
    joint = np.empty((len(X), K))
    for k in range(K):
        laplace = (
            -np.log(2 * mixture.scales_[k]) - np.abs(X - mixture.medians_[k]) / mixture.scales_[k]
        )
        gauss = -0.5 * (
            np.log(2 * np.pi * mixture.variances_[k])
            + (X - mixture.means_[k]) ** 2 / mixture.variances_[k]
        )
        joint[:, k] = np.log(mixture.weights_[k]) + np.where(
            mixture.laplacian_[k], laplace, gauss
        ).sum(axis=1)
    gamma = np.exp(joint - joint.max(axis=1, keepdims=True))
    gamma /= gamma.sum(axis=1, keepdims=True)
    mass = gamma.sum(axis=0)
    for k in range(K):
        for x in X.T:
            order = np.argsort(x)
            cumulative = np.cumsum(gamma[order, k])
            median = x[order[np.searchsorted(cumulative, mass[k] / 2)]]
            scale = gamma[:, k] @ np.abs(x - median) / mass[k]
            mean = gamma[:, k] @ x / mass[k]
            variance = gamma[:, k] @ (x - mean) ** 2 / mass[k]
            gamma[:, k] @ (-np.log(2 * scale) - np.abs(x - median) / scale)
            gamma[:, k] @ (-0.5 * (np.log(2 * np.pi * variance) + (x - mean) ** 2 / variance))


def plain_fisher_vectors(sequences, gamma, sums):
    """One sentence after the other, all components at once; ``gamma`` are the responsibilities of all words."""
    for first, last in zip(sequences.offsets[:-1], sequences.offsets[1:], strict=True):
        index = sequences.values.index[first:last]
        weights = gamma[index] / np.sqrt((last - first) * sums.weights)
        z = (sequences.values.table[index][:, None] - sums.locations) / sums.spreads
        location = np.where(sums.laplacian, np.sign(z), z)
        spread = np.where(sums.laplacian, np.abs(z) - 1, (z**2 - 1) / np.sqrt(2))
        np.concatenate(
            [np.einsum("tk,tkd->kd", weights, part).ravel() for part in (location, spread)]
        ).astype(np.float32)


def timed(function, *arguments):
    started = time.process_time()
    function(*arguments)
    return time.process_time() - started


def peak_gib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def columns_of(mixture, columns):
    """The mixture of some columns of what ``mixture`` was fitted to."""
    part = HybridMixture(K)
    part.weights_ = mixture.weights_
    for name in ("medians_", "scales_", "means_", "variances_", "laplacian_"):
        setattr(part, name, getattr(mixture, name)[:, columns])
    return part


def em(X, iterations, columns=4):
    before, mixture = peak_gib(), HybridMixture(K, n_iter=iterations, random_state=0)
    ours = timed(mixture.fit, X)
    peak = peak_gib()
    part = np.linspace(0, D - 1, columns).astype(int)
    plain = (
        timed(plain_iteration, X[:, part].astype(np.float64), columns_of(mixture, part))
        * D
        / columns
        * iterations
    )
    print(
        f"EM: {len(X):,} x {D} float32, K = {K}, {iterations} iterations; {mixture.laplacian_.mean():.0%} Laplacian"
    )
    print(
        f"fitted in {ours:.1f} s; plain EM {plain:.0f} s (one iteration of {columns} dimensions, scaled)",
        end="",
    )
    print(f" -> {plain / ours:.0f} times as fast")
    print(
        f"peak memory {peak:.2f} GiB, of which {before:.2f} GiB were there before (the words take {X.nbytes / 2**30:.2f})"
    )
    return mixture


def fisher_vectors(mixture, sequences, repeats, block_bytes=2**28):
    model = HGLMMFisherVector.from_mixture(mixture)
    used = sequences.values.table[: sequences.values.index.max() + 1]
    few = sequences.select(np.arange(0, len(sequences), max(len(sequences) // 100, 1)))
    gamma, sums = mixture.predict_proba(used), model._fisher_sums()
    row = np.empty((200, 2 * K * D), np.float32)

    def streamed():
        for _ in model.blocks(sequences, block_bytes):
            pass

    times = {"ours": [], "plain": [], "bound": []}
    for _ in range(repeats):
        times["ours"].append(timed(streamed) / len(sequences))
        times["plain"].append(timed(plain_fisher_vectors, few, gamma, sums) / len(few))
        times["bound"].append(timed(row.fill, 1) / len(row))
    ours, plain, bound = (float(np.median(times[name])) for name in ("ours", "plain", "bound"))
    active = (gamma > 1e-12).sum(axis=1).mean()
    print(
        f"Fisher vectors: {len(sequences):,} sentences, {2 * K * D:,} numbers each; {active:.1f} components a word matter"
    )
    print(
        f"streamed: {1 / ours:,.0f} sentences a second -> {plain / ours:.0f} times as fast as a loop",
        end="",
    )
    print(f" ({1 / plain:,.0f} a second), {100 * bound / ours:.0f} % of the bound")
    print(f"peak memory of the whole run {peak_gib():.2f} GiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=300_000)
    parser.add_argument("--iterations", type=int, default=10)
    parser.add_argument("--sentences", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    table = words(options.words)
    mixture = em(table, options.iterations)
    fisher_vectors(mixture, sentences(options.sentences, table), options.repeats)


if __name__ == "__main__":
    main()
