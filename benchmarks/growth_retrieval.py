"""Steps that join sentences and images, for benchmarks/growth.py: CCA, the PCA before it, ranks."""

import numpy as np
from growth_step import RepeatedRows, Step, unit_rows
from sentences import flickr_like

Q = 4096


def validation(n, folder, quick):
    """The CCA that chooses the epoch: 2,000 sampled coordinates of the RNN-FVs of n sentences, images of 4,096 numbers."""
    from rnnfv.arrays.rows import NormalizedRows, sample_coordinates
    from rnnfv.reduction.cca import cca_problem
    from rnnfv.rnn.settings import RNNSettings
    from rnnfv.rnn.streamed import StreamedFisherVectors

    data, units = flickr_like(n), 8 if quick else 100
    network = RNNSettings(n_fc=0, n_lstm=units).build(data.dim, 0)
    kept = sample_coordinates(300 * (units + 1), 30 if quick else 2000, 0)
    count, q = (
        (n // 5, 5) if quick else (4200, Q)
    )  # more images than numbers, so that the rank is q
    images = unit_rows(np.random.default_rng(0), count, q)
    yield None
    source = NormalizedRows(StreamedFisherVectors(network, data, coordinates=kept), 0.5)
    problem = cca_problem(source, images, np.arange(n) % count)
    yield "CCA of 2,000 coordinates"
    problem.solve(1e-3)
    yield "an eta of it"


def cca(shape):
    """A step that fits a CCA for one eta: (sentences, their numbers p, images, their numbers q, view) = shape(n).

    An eta's cost depends on the rank of the images, so there must be more than q of them.
    """

    def run(n, folder, quick):
        from rnnfv.arrays.hdf5 import BLOCK_BYTES
        from rnnfv.reduction.cca import CCAProblem
        from rnnfv.reduction.cca_views import CovarianceView, GramView, SmallView

        rows, p, images, q, view = shape(n)
        Y, float32 = unit_rows(np.random.default_rng(0), images, q), np.dtype(np.float32)
        yield None
        y = SmallView(
            Y, rows, np.arange(rows) * images // rows, float32, BLOCK_BYTES
        )  # as rnnfv.reduction.cca.cca_problem does
        yield "axes of the images"
        x = {"covariance": CovarianceView, "gram": GramView}[view](
            RepeatedRows(rows, p), y, float32, BLOCK_BYTES
        )
        yield "products of the sentences"
        CCAProblem(x, y).solve(1e-3)
        yield "an eta"

    return run


def holding(n):
    """GiB of a Gram matrix of n sentences and their 2.4 n numbers each, both float32, and of blocks."""
    return 0.9 + 4 * (2.4 * n * n + n * n) / 2**30


def sentence_pca(n, folder, quick):
    """PCA of n numbers to 66 % of them, as COCO's 30,300 to 20,000; fitted on 10 n sentences, as there on 300,000."""
    from rnnfv.reduction.scaling import fit_pca

    source = RepeatedRows(10 * n, n)
    yield None
    fit_pca(source, round(0.66 * n), 10 * n, 0)
    yield "to 66 % of the numbers"


def evaluate_retrieval(n, folder, quick):
    """Ranks of n images and 5 n sentences, 1,000 dimensions."""
    from rnnfv.evaluation.retrieval import evaluate, sentence_ranks

    rng = np.random.default_rng(0)
    images, image_of = unit_rows(rng, n, 1000), rng.permutation(np.repeat(np.arange(n), 5))
    sentences = unit_rows(rng, 5 * n, 1000) + np.float32(0.06) * images[image_of]
    sentences /= np.linalg.norm(sentences, axis=1, keepdims=True)
    yield None
    evaluate(images, sentences, image_of, sentence_similarity=False)
    yield "annotation and search"
    sentence_ranks(sentences, image_of)
    yield "sentence similarity"


_RANKS = "products of all pairs of items; ranks are counted, nothing is sorted"
STEPS = [
    Step(
        "sentence_rnn:validation",
        "sentences",
        (5000, 10_000, 20_000),
        (50, 100),
        145_000,
        {
            "CCA of 2,000 coordinates": (
                1,
                1,
                "every sentence once; axes of the images, q³, whatever n is",
            ),
            "an eta of it": (0, 0, "does not depend on n"),
        },
        validation,
    ),
    Step(
        "cca, p = 7,575",
        "sentences",
        (2000, 4000, 8000),
        (60, 120),
        145_000,
        {
            "axes of the images": (0, 0, "q³, whatever n is"),
            "products of the sentences": (
                1,
                0,
                "n p² / 2 + n p q / 5 multiplications; a block is held",
            ),
            "an eta": (0, 0, "does not depend on n beyond 5 q sentences"),
        },
        cca(
            lambda n: (
                (n, 7575, n // 5, Q, "covariance")
                if n >= 2000
                else (n, 50, n // 5, 10, "covariance")
            )
        ),
    ),
    Step(
        "cca, 4,100 sentences",
        "numbers p",
        (2525, 5050, 10_100),
        (40, 80),
        30_300,
        {
            "axes of the images": (0, 2, "q³, whatever p is"),
            "products of the sentences": (
                2,
                2,
                "n p² / 2 + n p q multiplications, here of one sentence an image",
            ),
            "an eta": (
                2,
                2,
                "2 p² q + 4 p q² operations, Cholesky factor, p³ / 3, and eigenvectors, q³, whatever p is",
            ),
        },
        cca(
            lambda n: (4100, n, 4100, Q, "covariance") if n > 100 else (30, n, 30, 10, "covariance")
        ),
    ),
    Step(
        "cca, Gram, all sizes in proportion",
        "sentences",
        (1500, 3000, 6000),
        (40, 80),
        30_000,
        {
            "axes of the images": (3, 2, "q³"),
            "products of the sentences": (
                3,
                holding,
                "n² p / 2 multiplications, p = 2.4 n; n p numbers are held",
            ),
            "an eta": (3, holding, "Cholesky factor, n³ / 3, 2 n² q, and 2 n p q for the weights"),
        },
        cca(lambda n: (n, round(2.4 * n), n // 5, round(n * Q / 30_000), "gram")),
    ),
    Step(
        "pca of RNN-FVs",
        "numbers p",
        (1000, 2000, 4000),
        (30, 60),
        30_300,
        {"to 66 % of the numbers": (3, 2, "n p² products, n = 10 p, and eigenvectors, p³")},
        sentence_pca,
    ),
    Step(
        "evaluate_retrieval",
        "images",
        (1250, 2500, 5000),
        (30, 60),
        5_000,
        {"annotation and search": (2, 1, _RANKS), "sentence similarity": (2, 1, _RANKS)},
        evaluate_retrieval,
    ),
]
