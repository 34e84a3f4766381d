"""Hybrid mixtures and the Fisher vectors of sentences, against plain NumPy.

    python benchmarks/mixtures.py                # 300,000 words, 20,000 sentences; two minutes
    python benchmarks/mixtures.py 30000 5000     # seconds

The plain EM sorts every dimension for every component. It runs for one iteration and a few
dimensions, and its time is scaled: it is linear in both. The plain Fisher vectors are a loop over
sentences, given the words' responsibilities; the bound is the time to write as many numbers.
"""

import sys

import numpy as np
from inputs import sentences, word_vectors
from timing import alternately, one_thread, peak_gib, timed

from rnnfv.pooling.hglmm import HGLMMFisherVector
from rnnfv.pooling.mixtures import HybridMixture

D, K, ITERATIONS, FEW = 300, 30, 10, 4


def plain_iteration(X, fitted):
    """One iteration of EM by the formulas, entry by entry of the parameters; X has few columns."""
    n, part = len(X), slice(X.shape[1])
    medians, scales = fitted.medians_[:, part], fitted.scales_[:, part]
    means, variances = fitted.means_[:, part], fitted.variances_[:, part]
    joint = np.empty((n, K))
    for k in range(K):
        laplace = -np.log(2 * scales[k]) - np.abs(X - medians[k]) / scales[k]
        gauss = -0.5 * (np.log(2 * np.pi * variances[k]) + (X - means[k]) ** 2 / variances[k])
        chosen = np.where(fitted.laplacian_[k, part], laplace, gauss)
        joint[:, k] = np.log(fitted.weights_[k]) + chosen.sum(axis=1)
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
    """One sentence after the other; ``gamma`` are the responsibilities of all words."""
    for first, last in zip(sequences.offsets[:-1], sequences.offsets[1:], strict=True):
        index = sequences.values.index[first:last]
        weights = gamma[index] / np.sqrt((last - first) * sums.weights)
        z = (sequences.values.table[index][:, None] - sums.locations) / sums.spreads
        location = np.where(sums.laplacian, np.sign(z), z)
        spread = np.where(sums.laplacian, np.abs(z) - 1, (z**2 - 1) / np.sqrt(2))
        for part in (location, spread):
            np.einsum("tk,tkd->kd", weights, part)


def fitting(X):
    before, mixture = peak_gib(), HybridMixture(K, n_iter=ITERATIONS, random_state=0)
    ours = timed(mixture.fit, X)[0]
    more = peak_gib() - before
    one = timed(plain_iteration, X[:, :FEW].astype(np.float64), mixture)[0]
    plain = one * ITERATIONS * D / FEW
    print(f"EM of {len(X):,} x {D}, K = {K}, {ITERATIONS} iterations: {ours:.1f} s, {more:.2f} GiB")
    print(f"  plain EM: {plain / ours:.0f} times as slow")
    return mixture


def encoding(mixture, many):
    model = HGLMMFisherVector.from_mixture(mixture)
    used = many.values.table[: many.values.index.max() + 1]
    few = many.select(np.arange(0, len(many), len(many) // 100))
    gamma, sums = mixture.predict_proba(used), model.fisher_sums()
    row = np.empty((200, 2 * K * D), np.float32)
    seconds = alternately(
        3,
        ours=lambda: [None for _ in model.blocks(many, 2**28)],
        plain=lambda: plain_fisher_vectors(few, gamma, sums),
        bound=lambda: row.fill(1),
    )
    ours, plain = seconds["ours"] / len(many), seconds["plain"] / len(few)
    bound = seconds["bound"] / len(row)
    print(f"Fisher vectors: {1 / ours:,.0f} sentences/s, {100 * bound / ours:.0f} % of the bound")
    print(f"  a loop: {plain / ours:.0f} times as slow; peak {peak_gib():.2f} GiB")


def main():
    one_thread()
    words, count = map(int, sys.argv[1:] or (300_000, 20_000))
    table = word_vectors(words)
    encoding(fitting(table), sentences(count, table))


if __name__ == "__main__":
    main()
