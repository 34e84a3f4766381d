"""The numeric steps that benchmarks/growth.py times, at any size, on synthetic inputs.

A step is a generator: it makes n items and yields None, then the name of each part when it is
done. Its docstring says what the items are. Steps that take less than a minute at the paper's
size are left out.
"""

import numpy as np
from inputs import film, labels, repeated_rows, sentences, split, unit_rows, videos, word_vectors

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.matrices import sample_coordinates
from rnnfv.arrays.normalize import l2_normalize, power_normalize
from rnnfv.arrays.sequences import open_sequences, write_sequences
from rnnfv.arrays.vectors import open_vectors, write_vectors
from rnnfv.arrays.views import NormalizedRows
from rnnfv.evaluation.classifier import Choice, Grid, linear_svm, predict_once, representations
from rnnfv.evaluation.ranks import sibling_ranks
from rnnfv.evaluation.retrieval import evaluate
from rnnfv.experiments.fusion import classify_fused, side_by_side
from rnnfv.features.networks.extraction import extract
from rnnfv.features.networks.registry import create_network
from rnnfv.features.trajectories.extraction import extract_tracks
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.pooling.gmm import GMMFisherVector
from rnnfv.pooling.mixtures import HybridMixture
from rnnfv.pooling.trajectories import TrajectoryFisherVector
from rnnfv.reduction.cca import cca_problem
from rnnfv.reduction.gram import principal_scores
from rnnfv.reduction.ica import WordICA
from rnnfv.reduction.pca import StreamedPCA
from rnnfv.reduction.row_pca import fit_pca
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.fisher_vector_rows import FisherVectorRows
from rnnfv.rnn.training import RNNSettings, train

Q = 4096  # dimensions of an image or a frame


def extract_features(n, folder):
    """Frames through VGG-19's ten crops, and as many blocks through C3D, with random weights."""
    sizes = {"vgg19": (n, 256, 341, 3), "c3d": (8 * n + 8, 128, 171, 3)}
    for name, shape in sizes.items():
        frames = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        for precision in ("float32", "bfloat16"):
            network = create_network(name, weights="random", device="cpu", precision=precision)
            list(extract(network, [("warm", frames[: network.block])]))
            yield
            list(extract(network, [("video", frames)], batch_size=8))
            yield f"{name}, {precision}"


def extract_trajectories(n, folder):
    """Frames of 320 x 240 pixels, by the published settings."""
    frames = film(n)
    yield
    extract_tracks(frames, TrajectorySettings())
    yield "tracks"


def trajectories(n, folder):
    """Tracks of 426 dimensions around 300 centres; K = 256."""
    rng = np.random.default_rng(0)
    tracks = rng.gamma(0.5, size=(300, 426)).astype(np.float32)[rng.integers(0, 300, n)]
    tracks *= rng.gamma(2, 0.5, size=tracks.shape).astype(np.float32)
    yield
    encoder = TrajectoryFisherVector(256, max_iter=50, random_state=0).fit([tracks])
    yield "fit_codebook"
    encoder.transform([tracks[i : i + 4000] for i in range(0, n, 4000)])
    yield "encode_trajectories"


def reduce_pca(n, folder):
    """Frames of 4,096 dimensions, float16 on disk, to 500."""
    items = ((str(i), unit_rows(18, Q, i)) for i in range(n // 18))
    write_sequences(folder / "features.h5", items, Q, np.float16)
    yield
    with open_sequences(folder / "features.h5") as stored:
        pca = StreamedPCA(500).fit(stored)
        yield "fit"
        pairs = zip(stored.ids, stored, strict=True)
        reduced = ((name, l2_normalize(pca.transform(x))) for name, x in pairs)
        write_sequences(folder / "reduced.h5", reduced, 500)
        yield "transform"


def pool_gmm(n, folder):
    """Training videos; the largest mixture, K = 64."""
    data, every = videos(n), np.arange(n)
    yield
    model = GMMFisherVector(64, random_state=0).fit(data)
    yield "EM"
    vectors = model.transform(data)
    yield "64,000-d Fisher vectors"
    [(_, _, coordinates, *_)] = representations(vectors, every, every, Grid())
    yield "coordinates in the span"
    linear_svm(coordinates, labels(n), 1.0)
    yield "SVM of n x n, 101 classes"


def train_rnn(n, folder):
    """Training videos, and a quarter as many to validate on: one epoch of the paper's protocol."""
    data, rows = videos(n + n // 4), np.arange(n)
    settings = RNNSettings(epochs=1, dropout=0.95)
    train(data.select(rows[:8]), settings, seed=0)  # torch imports its optimisers late
    yield
    network = settings.build(data.dim, 0)
    network.load_state_dict(train(data.select(rows), settings, seed=0).weights)
    yield "training, one epoch"
    vectors = FisherVectors(network, data)
    yield "errors and states"
    scores = principal_scores(vectors, rows, 1000).scores
    yield "Gram matrix of gradients and 1000 eigenvectors"
    normal = l2_normalize(power_normalize(scores, 0.5))
    linear_svm(normal[rows], labels(n), 1.0).predict(normal[n:])
    yield "SVM of 1000-d, 101 classes"


def pool_rnn(n, folder):
    """Videos: RNN-FVs to disk, then the classifier's PCA from there, SVM and prediction."""
    data = videos(n)
    yield
    vectors = FisherVectors(RNNSettings().build(data.dim, 0), data)
    write_vectors(folder / "vectors.h5", data.ids, vectors.rows(), vectors.shape[1])
    yield "100,500-d RNN-FVs to disk"
    with open_vectors(folder / "vectors.h5") as (_, values, _):
        predict_once(values, labels(n), split(n), Choice(1000, 0.5, 0.0))
    yield "classify: PCA from disk, SVM"


def fuse(n, folder):
    """Videos: two members of 1,000 dimensions and iDT's 109,056, float16 on disk."""
    ids, dim = [str(i) for i in range(n)], 109_056
    tracks = (unit_rows(min(64, n - i), dim, i) for i in range(0, n, 64))
    write_vectors(folder / "idt.h5", ids, tracks, dim, dtype=np.float16)
    small = [(ids, unit_rows(n, 1000, seed)) for seed in (0, 1)]
    yield
    with open_vectors(folder / "idt.h5") as (_, values, _):
        classify_fused(side_by_side([*small, (ids, values)], ids), labels(n), split(n))
    yield "Gram matrix, span, SVM"


def fit_mixtures(n, folder):
    """Words of 300 dimensions; K = 30."""
    values = word_vectors(n)
    yield
    values = WordICA(300, max_iter=20, tol=1e-12, random_state=0).fit(values).transform(values)
    yield "FastICA, 20 of at most 200 iterations"
    for kind in ("hybrid", "gaussian"):
        HybridMixture(30, kind=kind, random_state=0).fit(values)
        yield kind


def train_sentence_rnn(n, folder, objective="regression", units=100):
    """Sentences: an epoch of regression and a validation pass."""
    data = sentences(n, word_vectors(8000))
    settings = RNNSettings(objective, n_fc=0, n_lstm=units, dropout=0.0, batch_size=128, epochs=1)
    train(data.select(np.arange(8)), settings, seed=0)  # torch imports its optimisers late
    images, pairs = unit_rows(4200, Q), np.arange(n) % 4200  # more than Q, so that the rank is Q
    yield
    network = settings.build(data.dim, 0, 8000)
    network.load_state_dict(train(data, settings, seed=0).weights)
    yield "training, one epoch"
    width = network.output.out_features * (network.output.in_features + 1)
    kept = sample_coordinates(width, 2000, 0)
    vectors = FisherVectorRows(network, data, objective=objective, coordinates=kept)
    problem = cca_problem(NormalizedRows(vectors, 0.5), images, pairs)
    yield "CCA of 2,000 coordinates"
    problem.solve(1e-3)
    yield "an eta of it"


def train_classification(n, folder):
    """Sentences: the same for classification, LSTM 512."""
    yield from train_sentence_rnn(n, folder, "classification", 512)


def _cca(rows, p, images, q, solver="covariance"):
    Y, pairs = unit_rows(images, q), np.arange(rows) * images // rows
    yield
    problem = cca_problem(repeated_rows(rows, p), Y, pairs, solver=solver)
    yield "axes of the images, products of the sentences"
    problem.solve(1e-3)
    yield "an eta"


def cca(n, folder):
    """Sentences of 7,575 dimensions, five for an image of 4,096."""
    yield from _cca(n, 7575, n // 5, Q)


def cca_dimensions(n, folder):
    """Dimensions of 4,100 sentences, one for an image of 4,096."""
    yield from _cca(4100, n, 4100, Q)


def cca_gram(n, folder):
    """Sentences of 2.4 n dimensions by their Gram matrix, all sizes in proportion."""
    yield from _cca(n, round(2.4 * n), n // 5, round(n * Q / 30_000), "gram")


def sentence_pca(n, folder):
    """Dimensions of RNN-FVs, to 66 % of them, as COCO's 30,300; fitted on 10 n sentences."""
    source = repeated_rows(10 * n, n)
    yield
    fit_pca(source, round(0.66 * n), 10 * n, 0)
    yield "fit"


def evaluate_retrieval(n, folder):
    """Images and five sentences each, of 1,000 dimensions."""
    image_of = np.random.default_rng(0).permutation(np.repeat(np.arange(n), 5))
    images = unit_rows(n, 1000)
    texts = l2_normalize(unit_rows(5 * n, 1000, 1) + np.float32(0.06) * images[image_of])
    yield
    evaluate(images, texts, image_of, sentence_similarity=False)
    yield "annotation and search"
    sibling_ranks(texts, image_of, BLOCK_BYTES)
    yield "sentence similarity"
