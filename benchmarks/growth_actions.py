"""Steps of Tables 1 and 2 after feature extraction, for benchmarks/growth.py: UCF101's 13,320 videos and 101 classes."""

import numpy as np
from gradients import ucf101_like
from growth_step import Step, labels, parts_of, unit_rows

from rnnfv.arrays.normalize import l2_normalize, power_normalize
from rnnfv.arrays.sequences import Sequences
from rnnfv.evaluation.classifier import Choice, Grid, linear_svm, predict_once, representations

CLASSES, D, FEATURES = 101, 500, 4096


def videos(n, quick):
    """Sequences that carry their class and drift with time."""
    plain, rng = ucf101_like(n), np.random.default_rng(2)
    centres = rng.standard_normal((CLASSES, D), dtype=np.float32)[
        labels(n, CLASSES).astype(int)
    ] / np.sqrt(D)
    start, end = (
        rng.standard_normal((n, D), dtype=np.float32) / np.float32(np.sqrt(D)) for _ in range(2)
    )
    for i, (first, last) in enumerate(zip(plain.offsets[:-1], plain.offsets[1:], strict=True)):
        along = np.linspace(0, 1, last - first, dtype=np.float32)[:, None]
        plain.values[first:last] += centres[i] + (1 - along) * start[i] + along * end[i]
    data = Sequences(plain.ids, plain.offsets, l2_normalize(plain.values).astype(np.float32))
    return (
        Sequences(data.ids, data.offsets, np.ascontiguousarray(data.values[:, :40]))
        if quick
        else data
    )


def pool_mean(n, folder, quick):
    """Mean pooling."""
    from rnnfv.pooling.mean import MeanPooling

    data = videos(n, quick)
    yield None
    MeanPooling().fit_transform(data)
    yield "pooling"


def pool_gmm(n, folder, quick):
    """The largest mixture; the SVM on coordinates in the span of the n training rows."""
    from rnnfv.pooling.gmm import GMMFisherVector

    data, every = videos(n, quick), np.arange(n)
    yield None
    model = GMMFisherVector(4 if quick else 64, random_state=0).fit(data)
    yield "EM, K = 64"
    vectors = model.transform(data)
    yield "64,000-d Fisher vectors"
    [(_, _, coordinates)] = representations(vectors, every, every, Grid())
    yield "coordinates in the span"
    linear_svm(coordinates, labels(n, CLASSES), 1.0)
    yield "SVM of n x n, 101 classes"


def train_rnn(n, folder, quick):
    """One epoch of training and of the paper's validation; n training items, a quarter more to validate on."""
    from rnnfv.reduction.pca import _leading_eigenpairs, gram_matrix
    from rnnfv.rnn.fisher_vector import FisherVectors
    from rnnfv.rnn.settings import RNNSettings
    from rnnfv.rnn.training import train

    data, rows = videos(n + n // 4, quick), np.arange(n)
    settings = RNNSettings(epochs=1, dropout=0.95)
    train(data.select(rows[:8]), settings, seed=0)  # torch imports its optimisers late
    yield None
    network = settings.build(data.dim, 0)
    network.load_state_dict(train(data.select(rows), settings, seed=0).weights)
    yield "training, one epoch"
    vectors = FisherVectors(network, data)
    yield "errors and states"
    gram = gram_matrix(vectors, rows)
    yield "Gram matrix of gradients"
    values, axes = _leading_eigenpairs(gram[rows], 1000)
    yield "1000 eigenvectors"
    normal = l2_normalize(
        power_normalize((gram @ (axes / np.sqrt(values))).astype(np.float32), 0.5)
    )
    yield None
    linear_svm(normal[rows], labels(n, CLASSES), 1.0).predict(normal[n:])
    yield "SVM of 1000-d, 101 classes"


def pool_rnn(n, folder, quick):
    """RNN-FVs to disk; then the classifier's PCA from there, SVM and prediction."""
    from rnnfv.arrays.hdf5 import open_vectors, write_vectors
    from rnnfv.rnn.fisher_vector import FisherVectors
    from rnnfv.rnn.settings import RNNSettings

    data = videos(n, quick)
    yield None
    vectors = FisherVectors(RNNSettings().build(data.dim, 0), data)
    write_vectors(folder / "vectors.h5", data.ids, vectors.rows(), vectors.shape[1])
    yield "100,500-d RNN-FVs to disk"
    with open_vectors(folder / "vectors.h5") as (_, values, _):
        predict_once(values, labels(n, CLASSES), parts_of(n), Choice(1000, 0.5, 0.0))
    yield "classify: PCA from disk, SVM"


def fuse(n, folder, quick):
    """Two 1000-d members and iDT's 109,056 numbers, float16 on disk."""
    from rnnfv.arrays.hdf5 import open_vectors, write_vectors
    from rnnfv.experiments.fusion import classify_fused, side_by_side

    rng, ids, dim = np.random.default_rng(0), [str(i) for i in range(n)], 400 if quick else 109_056
    centres = unit_rows(rng, CLASSES, dim)[labels(n, CLASSES).astype(int)] if quick else None
    tracks = (unit_rows(rng, min(64, n - i), dim) for i in range(0, n, 64))
    write_vectors(folder / "idt.h5", ids, tracks, dim, dtype=np.float16)
    small = [unit_rows(rng, n, 1000) if centres is None else centres for _ in range(2)]
    yield None
    with open_vectors(folder / "idt.h5") as (_, values, _):
        vectors = side_by_side([*((ids, x) for x in small), (ids, values)], ids)
        classify_fused(vectors, labels(n, CLASSES), parts_of(n))
    yield "Gram matrix, span, SVM"


def fusing(n):
    """GiB that fusion of n videos takes: inner products, and four matrices of all training items while it decomposes one."""
    fitted = n * 9537 / 13320
    return 0.4 + 8 * (n * fitted + 4 * fitted**2) / 2**30


_N2 = "inner products of all pairs of training items; exact PCA of D > n needs them"
STEPS = [
    Step(
        "pool_mean",
        "videos",
        (3330, 6660, 13320),
        (40, 80),
        13_320,
        {"pooling": (1, 1, "every element once")},
        pool_mean,
    ),
    Step(
        "pool_gmm",
        "training videos",
        (954, 1907, 3815),
        (60, 120),
        7_630,
        {
            "EM, K = 64": (1, 1, "every element in each of at most 50 iterations"),
            "64,000-d Fisher vectors": (1, 1, "every element once; the vectors are held"),
            "coordinates in the span": (3, 2, "n² D products, and all eigenvectors of n x n"),
            "SVM of n x n, 101 classes": (2, 2, "some hundred products of n x n with 101 columns"),
        },
        pool_gmm,
    ),
    Step(
        "train_rnn",
        "training videos",
        (954, 1907, 3815, 7630),
        (60, 120),
        7_630,
        {
            "training, one epoch": (1, 1, "every step once"),
            "errors and states": (1, 1, "every step once"),
            "Gram matrix of gradients": (2, 2, _N2),
            "1000 eigenvectors": (3, 2, "tridiagonal form of n x n"),
            "SVM of 1000-d, 101 classes": (
                1,
                2,
                "some hundred products of n x 1000 with 101 columns",
            ),
        },
        train_rnn,
    ),
    Step(
        "pool_rnn",
        "videos",
        (1665, 3330, 6660),
        (60, 120),
        13_320,
        {
            "100,500-d RNN-FVs to disk": (1, 1, "every step once; 5.4 GB"),
            "classify: PCA from disk, SVM": (2.5, 2, "n² D products, then eigenvectors, n³"),
        },
        pool_rnn,
    ),
    Step(
        "fuse",
        "videos",
        (1110, 2220, 4440),
        (300, 600),
        13_320,
        {"Gram matrix, span, SVM": (2.5, fusing, "n² D products, then all eigenvectors, n³")},
        fuse,
    ),
]
