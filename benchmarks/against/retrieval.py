"""CCA of sentences and images, and ranks in the space that it makes."""

import numpy as np
from inputs import unit_rows

from against import Row
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.evaluation.ranks import ranks
from rnnfv.reduction.cca import cca_problem

ETAS = (1e-4, 5e-4, 2e-3, 1e-2, 5e-2, 2e-1)
KEPT = 10


def _views(quick):
    """Text, sentences (n, p), and images (n, q) that share a meaning with them."""
    n, p, q = (200, 40, 20) if quick else (6000, 1000, 256)
    rng = np.random.default_rng(0)
    # A spectrum that falls, so that no correlation comes twice.
    meaning = rng.standard_normal((n, 64)) * np.linspace(2, 0.2, 64)
    X, Y = (
        (meaning @ rng.standard_normal((64, d)) / 8 + rng.standard_normal((n, d))).astype("f4")
        for d in (p, q)
    )
    return f"CCA, {len(ETAS)} etas, {n:,} x {p:,} -> {q}", X, Y


def _directions(weights):
    """The first directions at unit length, whatever their signs."""
    return np.abs(weights[:, :KEPT]) / np.linalg.norm(weights[:, :KEPT], axis=0)


def _sweep(solve):
    return np.stack([_directions(solve(eta).x_weights) for eta in ETAS])


def refitting(quick):
    what, X, Y = _views(quick)

    def theirs():
        return _sweep(lambda eta: cca_problem(X, Y).solve(eta))

    return Row(what, "a fit for each eta", lambda: _sweep(cca_problem(X, Y).solve), theirs)


def cca_zoo(quick):
    from cca_zoo.linear import RidgeCCA

    what, X, Y = _views(quick)
    largest = np.array([np.linalg.eigvalsh(np.cov(view.T, bias=True))[-1] for view in (X, Y)])

    def theirs():
        """Regularised by (1 - c) C + c I, and C divided by n - 1, not n."""
        found = []
        for eta in ETAS:
            ridge = (1e-8 + eta * largest) * len(X) / (len(X) - 1)
            model = RidgeCCA(Y.shape[1], shrinkage=list(ridge / (1 + ridge)))
            found.append(_directions(model.fit([X, Y]).weights_[0]))
        return np.stack(found)

    return Row(what, "cca-zoo, RidgeCCA", lambda: _sweep(cca_problem(X, Y).solve), theirs)


def argsort(quick):
    n, dim = (40, 30) if quick else (1000, 1000)
    image_of = np.random.default_rng(0).permutation(np.repeat(np.arange(n), 5))
    images, noise = unit_rows(n, dim), unit_rows(5 * n, dim, 1)
    # A sentence is its image and noise, so that ranks spread as real ones do.
    sentences = l2_normalize(noise + np.float32(2 / np.sqrt(dim)) * images[image_of])
    right = np.arange(n)[:, None] == image_of

    def ours():
        found = ranks(images, sentences, image_of, sentence_similarity=False)
        return np.concatenate(list(found.values()))

    def theirs():
        both = [(images, sentences, right), (sentences, images, right.T)]
        return np.concatenate([_sorted_ranks(*one) for one in both])

    what = f"ranks, {n:,} images, {5 * n:,} sentences, {dim:,}-d"
    return Row(what, "an argsort per query", ours, theirs, "ours counts near ties against us")


def _sorted_ranks(queries, items, right):
    """Rank of the first right item of each query; ``right`` is (queries, items) bool."""
    orders = (np.argsort(-(items @ query)) for query in queries)
    return [1 + found[order].argmax() for found, order in zip(right, orders, strict=True)]
