"""The classification of RNN-FVs: their PCA, and a linear SVM."""

import numpy as np
from inputs import unit_rows, videos

from against import Row
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.evaluation.svm import NewtonLinearSVC
from rnnfv.reduction.gram import gram_matrix, principal_scores
from rnnfv.reduction.symmetric import leading_eigenpairs
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.settings import RNNSettings

BOUND = "a square product of as many operations"


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
        return _signed(principal_scores(vectors, np.arange(n), k).scores)

    def theirs():
        return _signed(PCA(k, svd_solver="full").fit_transform(vectors.matrix()))

    what = f"PCA of RNN-FVs, {n} x {vectors.shape[1]:,} -> {k}"
    return Row(what, "scikit-learn", ours, theirs)


def gram_products(quick):
    n = 60 if quick else 2400
    vectors, rows = FisherVectors(RNNSettings().build(500, 0), videos(n + n // 4)), np.arange(n)
    dim, others = vectors.shape[1], n // 4

    def theirs():
        """Half of the products of fitted rows with each other, and all of the others with them."""
        _multiply(dim * n * (n + 2 * others), np.float32)

    what = f"Gram matrix of RNN-FVs, {n + others:,} x {dim:,}"
    return Row(what, "bound", lambda: gram_matrix(vectors, rows), theirs, BOUND)


def eigen_products(quick):
    n, k = (60, 8) if quick else (2400, 315)
    X = unit_rows(n, 2 * n) / np.sqrt(np.arange(1, 2 * n + 1))
    gram = (X @ X.T).astype(np.float64)

    def theirs():
        """The operations of the tridiagonal form, and of turning the eigenvectors back."""
        _multiply(4 / 3 * n**3 + 2 * n * n * k, np.float64)

    remark = f"{BOUND}; here half are by one vector, which memory holds up"
    what = f"{k} eigenvectors of {n:,} x {n:,}"
    return Row(what, "bound", lambda: leading_eigenpairs(gram, k, np.float32)[1], theirs, remark)


def _multiply(operations, dtype):
    """One square product of so many operations."""
    square = np.ones([round((operations / 2) ** (1 / 3))] * 2, dtype)
    square @ square


def _signed(scores):
    """The sign of a component is free: make the largest score of each positive."""
    return scores * np.sign(scores[np.abs(scores).argmax(axis=0), np.arange(scores.shape[1])])
