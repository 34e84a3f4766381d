"""The classification of RNN-FVs: their PCA, and a linear SVM."""

import numpy as np
from inputs import unit_rows, videos

from against import Row
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.evaluation.svm import NewtonLinearSVC
from rnnfv.reduction.gram import pca_scores
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.settings import RNNSettings


def liblinear(quick):
    from sklearn.svm import LinearSVC

    n, d, classes = (200, 20, 3) if quick else (3000, 1000, 20)
    y = np.random.default_rng(0).integers(0, classes, n)
    # A shared mean, a falling spectrum, and classes that overlap, as Fisher vectors have them.
    X = unit_rows(n, d) * np.sqrt(d) * np.exp(-3 * np.arange(d) / d).astype(np.float32)
    X = l2_normalize(X + 0.3 + 0.15 * np.sqrt(d) * unit_rows(classes, d, 1)[y])

    def values(svm):
        return svm.fit(X, y).decision_function(X)

    peer = LinearSVC(random_state=0, max_iter=20_000)
    what, remark = f"SVM, {n:,} x {d:,}, {classes} classes", "liblinear at its usual tolerance"
    return Row(what, "liblinear", lambda: values(NewtonLinearSVC()), lambda: values(peer), remark)


def scikit_learn(quick):
    from sklearn.decomposition import PCA

    n, d, k = (40, 20, 10) if quick else (600, 500, 200)
    sequences = videos(n, d)
    vectors = FisherVectors(RNNSettings().build(d, 0), sequences)

    def ours():
        return _signed(pca_scores(vectors, np.arange(n), k))

    def theirs():
        return _signed(PCA(k, svd_solver="full").fit_transform(vectors.matrix()))

    what = f"PCA of RNN-FVs, {n} x {vectors.shape[1]:,} -> {k}"
    return Row(what, "scikit-learn", ours, theirs)


def _signed(scores):
    """The sign of a component is free: make the largest score of each positive."""
    return scores * np.sign(scores[np.abs(scores).argmax(axis=0), np.arange(scores.shape[1])])
