"""Mixtures and their Fisher vectors."""

import numpy as np
from inputs import videos, word_vectors

from against import Row
from rnnfv.pooling.gmm import GMMFisherVector
from rnnfv.pooling.mixtures import HybridMixture


def scikit_image(quick):
    from skimage.feature import fisher_vector

    n, k = (20, 4) if quick else (500, 16)
    sequences = videos(n, 100)
    model = GMMFisherVector(k, max_iter=5, random_state=0).fit(sequences)

    def theirs():
        """Without its K derivatives by weights, and by sigma, where it takes -sigma."""
        vectors = [fisher_vector(x, model.mixture_)[k:] for x in sequences]
        return np.stack(vectors) * np.repeat(np.float32([1, -1]), k * 100)

    what = f"GMM-FVs, {n} x 18 x 100, K = {k}"
    return Row(what, "scikit-image", lambda: model.transform(sequences), theirs)


def plain_em(quick):
    n, d, k, iterations = (500, 5, 3, 2) if quick else (20_000, 20, 10, 5)
    X = word_vectors(n, d)

    def ours():
        mixture = HybridMixture(k, n_iter=iterations, random_state=0).fit(X)
        return np.array(mixture.log_likelihoods_[:-1])

    what = f"HGLMM, {iterations} iterations of EM, {n:,} x {d}, K = {k}"
    return Row(what, "plain NumPy", ours, lambda: _plain_em(X.astype(np.float64), k, iterations))


def _plain_em(X, k, iterations):
    """The formulas as they are written, with a sort for each component and dimension.

    Returns the mean log likelihood before each iteration.
    """
    generator = np.random.RandomState(0)
    medians = X[generator.choice(len(X), k, replace=False)]
    means = medians.copy()
    scales = np.tile(np.abs(X - np.median(X, axis=0)).mean(axis=0), (k, 1))
    variances = np.tile(X.var(axis=0), (k, 1))
    laplacian = generator.randint(2, size=means.shape).astype(bool)
    weights, likelihoods = np.full(k, 1 / k), []
    for _ in range(iterations):
        joint = np.empty((len(X), k))
        for c in range(k):
            laplace = -np.log(2 * scales[c]) - np.abs(X - medians[c]) / scales[c]
            gauss = -0.5 * (np.log(2 * np.pi * variances[c]) + (X - means[c]) ** 2 / variances[c])
            joint[:, c] = np.log(weights[c]) + np.where(laplacian[c], laplace, gauss).sum(axis=1)
        total = np.logaddexp.reduce(joint, axis=1)
        likelihoods.append(total.mean())
        gamma = np.exp(joint - total[:, None])
        mass = gamma.sum(axis=0)
        weights = mass / len(X)
        for c in range(k):
            for d, x in enumerate(X.T):
                g, order = gamma[:, c], np.argsort(x)
                middle = np.searchsorted(np.cumsum(g[order]), mass[c] / 2)
                medians[c, d] = x[order[middle]]
                scales[c, d] = g @ np.abs(x - medians[c, d]) / mass[c]
                means[c, d] = g @ x / mass[c]
                variances[c, d] = g @ (x - means[c, d]) ** 2 / mass[c]
        # Expected log likelihoods at these parameters, per unit of mass.
        laplacian = -np.log(2 * scales) - 1 > -0.5 * (np.log(2 * np.pi * variances) + 1)
    return np.array(likelihoods)
