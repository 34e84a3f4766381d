"""Steps of Tables 3 to 5, for benchmarks/growth.py: words, mixtures, sentence networks, CCA, ranks."""

import csv
import json

import numpy as np
from growth_step import RepeatedRows, Step, unit_rows
from mixtures import sentences as sentences_of
from mixtures import words as word_vectors
from sentences import WORDS, flickr_like

Q = 4096


def look_up_words(n, folder, quick):
    """A word2vec file of n words of 300 numbers, of which 8,000 are kept."""
    from rnnfv.text.vectorfiles import write_word2vec
    from rnnfv.text.wordvectors import word_table

    write_word2vec(folder / "words.bin", [f"w{i}" for i in range(n)], unit_rows(np.random.default_rng(0), n, 300))
    yield None
    word_table(folder / "words.bin", [f"w{i}" for i in range(8000)])
    yield "reading word vectors"


def list_captions(n, folder, quick):
    """COCO's captions, five an image, with a list of splits."""
    from rnnfv.captions import read_captions

    images = [{"id": i, "file_name": f"COCO_train2014_{i:012d}.jpg"} for i in range(n)]
    text = "A man riding a wave on top of a surfboard."
    captions = [{"id": 5 * i + k, "image_id": i, "caption": text} for i in range(n) for k in range(5)]
    (folder / "captions.json").write_text(json.dumps({"images": images, "annotations": captions}))
    with open(folder / "splits.csv", "w", newline="") as file:
        splits = ((image["file_name"], "train" if image["id"] else "test") for image in images)
        csv.writer(file).writerows([("image", "split"), *splits])
    yield None
    read_captions(folder / "captions.json", folder / "splits.csv")
    yield "reading captions"


def fit_mixtures(n, folder, quick):
    """FastICA, and two mixtures of 30, on n words of 300 numbers."""
    from rnnfv.mixtures import HybridMixture
    from rnnfv.words_ica import WordICA

    values, k = word_vectors(n), 3 if quick else 30
    yield None
    ica = WordICA(30 if quick else 300, max_iter=20, tol=1e-12, random_state=0).fit(values)
    yield "FastICA, 20 of at most 200 iterations"
    values = ica.transform(values)
    HybridMixture(k, random_state=0).fit(values)
    yield "HGLMM, K = 30"
    HybridMixture(k, kind="gaussian", random_state=0).fit(values)
    yield "GMM, K = 30"


def pooled_rows(n, folder, quick):
    """MM-ENS: 36,000 numbers of GMM and HGLMM, 20,000 of them kept."""
    from rnnfv.mixtures import HybridMixture
    from rnnfv.sentence_rows import MixtureRepresentation

    table, k = word_vectors(4000), 3 if quick else 30
    mixtures = {kind: HybridMixture(k, kind=kind, n_iter=2, random_state=0).fit(table) for kind in ("gaussian", "hybrid")}
    sentences = sentences_of(n, table)
    yield None
    for _ in MixtureRepresentation(table, mixtures, "mm-ens", 0.5, 20_000)(sentences).rows():
        pass
    yield "MM-ENS, 20,000-d rows"


def sentence_network(objective, units, coordinates):
    """A step that trains a network for an epoch and makes RNN-FVs of n sentences."""

    def run(n, folder, quick):
        import torch

        from rnnfv.rows import sample_coordinates
        from rnnfv.streamed import StreamedFisherVectors
        from rnnfv.training import RNNSettings, train

        torch.set_num_threads(1)
        data = flickr_like(n)
        settings = RNNSettings(
            objective=objective, n_fc=0, n_lstm=8 if quick else units, dropout=0.0, batch_size=128, epochs=1
        )
        train(data.select(np.arange(8)), settings, seed=0)  # torch imports its optimisers late
        yield None
        network = settings.build(data.dim, 0, WORDS)
        network.load_state_dict(train(data, settings, seed=0).weights)
        yield "training, one epoch"
        width = network.output.out_features * (network.output.in_features + 1)
        kept = sample_coordinates(width, coordinates, 0) if coordinates else None
        for _ in StreamedFisherVectors(network, data, objective=objective, coordinates=kept).rows():
            pass
        yield "RNN-FVs"

    return run


def cca(shape):
    """A step that fits a CCA of n' sentences x p numbers, (n', p, solver) = shape(n), with images of 4,096, for one eta."""

    def run(n, folder, quick):
        from rnnfv.cca import cca_problem

        (rows, p, solver), q = shape(n), 64 if quick else Q
        Y = unit_rows(np.random.default_rng(0), rows // 5, q)
        pairs = np.arange(rows) // 5
        yield None
        problem = cca_problem(RepeatedRows(rows, p), Y, pairs[: len(Y) * 5], solver=solver, factorization="cholesky")
        yield "once"
        problem.solve(1e-3)
        yield "an eta"

    return run


def sentence_pca(n, folder, quick):
    """PCA of n numbers to 66 % of them, as COCO's 30,300 to 20,000; fitted on 10 n sentences, as there on 300,000."""
    from rnnfv.scaling import fit_pca

    source = RepeatedRows(10 * n, n)
    yield None
    fit_pca(source, round(0.66 * n), 10 * n, 0)
    yield "to 66 % of the numbers"


def evaluate_retrieval(n, folder, quick):
    """Ranks of n images and 5 n sentences, 1,000 dimensions."""
    from rnnfv.retrieval import evaluate, sentence_ranks

    rng = np.random.default_rng(0)
    images, image_of = unit_rows(rng, n, 1000), rng.permutation(np.repeat(np.arange(n), 5))
    sentences = unit_rows(rng, 5 * n, 1000) + np.float32(0.06) * images[image_of]
    sentences /= np.linalg.norm(sentences, axis=1, keepdims=True)
    yield None
    evaluate(images, sentences, image_of, sentence_similarity=False)
    yield "annotation and search"
    sentence_ranks(sentences, image_of)
    yield "sentence similarity"


_LINEAR_RNN = {
    "training, one epoch": (1, 1, "every word once"),
    "RNN-FVs": (1, 0, "every sentence once in each pass; a block is held"),
}
_RANKS = "products of all pairs of items; ranks are counted, nothing is sorted"
STEPS = [
    Step(
        "look_up_words",
        "words",
        (100_000, 200_000, 400_000),
        (8000, 9000),
        3_000_000,
        {"reading word vectors": (1, 0, "every word once; those of the data set are held")},
        look_up_words,
    ),
    Step(
        "list_captions",
        "images",
        (15_000, 31_000, 62_000, 123_287),
        (50, 100),
        123_287,
        {"reading captions": (1, 1, "every caption once; the file is held")},
        list_captions,
    ),
    Step(
        "fit_mixtures",
        "words",
        (18_750, 37_500, 75_000),
        (300, 600),
        300_000,
        {
            "FastICA, 20 of at most 200 iterations": (1, 1, "n D² products an iteration"),
            "HGLMM, K = 30": (1, 1, "n D K in each of 10 iterations; one sort, n log n"),
            "GMM, K = 30": (1, 1, "n D K in each of 10 iterations"),
        },
        fit_mixtures,
    ),
    Step(
        "project_pooled",
        "sentences",
        (2500, 5000, 10_000),
        (50, 100),
        145_000,
        {"MM-ENS, 20,000-d rows": (1, 0, "every sentence once; a block is held")},
        pooled_rows,
    ),
    Step(
        "sentence_rnn",
        "sentences",
        (2500, 5000, 10_000),
        (50, 100),
        145_000,
        _LINEAR_RNN,
        sentence_network("regression", 100, None),
    ),
    Step(
        "sentence_rnn:classification",
        "sentences",
        (250, 500, 1000),
        (20, 40),
        30_000,
        _LINEAR_RNN,
        sentence_network("classification", 512, 72_000),
    ),
    Step(
        "cca, p = 7,575",
        "sentences",
        (2000, 4000, 8000),
        (60, 120),
        145_000,
        {"once": (1, 0, "n p (p + 2 q) products; axes of the images, q³, whatever n is")},
        cca(lambda n: (n, 7575 if n >= 2000 else 50, "covariance")),
    ),
    Step(
        "cca, 1,000 sentences",
        "numbers p",
        (3788, 7575, 15_150),
        (40, 80),
        30_300,
        {
            "once": (2, 2, "n p (p + 2 q) products; axes of the images, q³"),
            "an eta": (3, 2, "Cholesky factor, p³ / 3, and 4 p² q + 4 p q² products"),
        },
        cca(lambda n: (1000 if n > 100 else 30, n, "covariance")),
    ),
    Step(
        "cca, Gram, p = 2.4 n",
        "sentences",
        (2500, 5000, 10_000),
        (40, 80),
        30_000,
        {
            "once": (3, 2, "n² p products, p in proportion to n; axes of the images, q³"),
            "an eta": (3, 2, "Cholesky factor, n³ / 3, 4 n² q, and n p q for the weights"),
        },
        cca(lambda n: (n, round(2.4 * n), "gram")),
    ),
    Step(
        "pca of RNN-FVs",
        "numbers p",
        (1500, 3000, 6000),
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
