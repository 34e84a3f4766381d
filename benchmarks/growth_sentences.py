"""Steps of Tables 3 to 5 up to sentences as vectors, for benchmarks/growth.py."""

import csv
import json

import numpy as np
from growth_step import Step, unit_rows
from mixtures import sentences as sentences_of
from mixtures import words as word_vectors
from sentences import WORDS, flickr_like


def look_up_words(n, folder, quick):
    """A word2vec file of n words of 300 numbers, of which 8,000 are kept."""
    from rnnfv.features.words.vector_files import write_word2vec
    from rnnfv.features.words.word_vectors import word_table

    write_word2vec(
        folder / "words.bin",
        [f"w{i}" for i in range(n)],
        unit_rows(np.random.default_rng(0), n, 300),
    )
    yield None
    word_table(folder / "words.bin", [f"w{i}" for i in range(8000)])
    yield "reading word vectors"


def list_captions(n, folder, quick):
    """COCO's captions, five an image, with a list of splits."""
    from rnnfv.data.captions import read_captions

    images = [{"id": i, "file_name": f"COCO_train2014_{i:012d}.jpg"} for i in range(n)]
    text = "A man riding a wave on top of a surfboard."
    captions = [
        {"id": 5 * i + k, "image_id": i, "caption": text} for i in range(n) for k in range(5)
    ]
    (folder / "captions.json").write_text(json.dumps({"images": images, "annotations": captions}))
    with open(folder / "splits.csv", "w", newline="") as file:
        splits = ((image["file_name"], "train" if image["id"] else "test") for image in images)
        csv.writer(file).writerows([("image", "split"), *splits])
    yield None
    read_captions(folder / "captions.json", folder / "splits.csv")
    yield "reading captions"


def fit_mixtures(n, folder, quick):
    """FastICA, and two mixtures of 30, on n words of 300 numbers."""
    from rnnfv.pooling.mixtures import HybridMixture
    from rnnfv.reduction.ica import WordICA

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
    from rnnfv.experiments.representations import MixtureRepresentation
    from rnnfv.pooling.mixtures import HybridMixture

    table, k = word_vectors(4000), 3 if quick else 30
    mixtures = {
        kind: HybridMixture(k, kind=kind, n_iter=2, random_state=0).fit(table)
        for kind in ("gaussian", "hybrid")
    }
    sentences = sentences_of(n, table)
    yield None
    for _ in MixtureRepresentation(table, mixtures, "mm-ens", 0.5, 20_000)(sentences).rows():
        pass
    yield "MM-ENS, 20,000-d rows"


def sentence_network(objective, units, coordinates):
    """A step that trains a network for an epoch and makes RNN-FVs of n sentences."""

    def run(n, folder, quick):
        import torch

        from rnnfv.arrays.rows import sample_coordinates
        from rnnfv.rnn.settings import RNNSettings
        from rnnfv.rnn.streamed import StreamedFisherVectors
        from rnnfv.rnn.training import train

        torch.set_num_threads(1)
        data = flickr_like(n)
        settings = RNNSettings(
            objective=objective,
            n_fc=0,
            n_lstm=8 if quick else units,
            dropout=0.0,
            batch_size=128,
            epochs=1,
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


def read_corpus(n, folder, quick):
    """Tokenising n sentences of a corpus."""
    from rnnfv.features.words.tokens import tokenize

    text = "In 1957 the station was moved to the other side of the river, where it (mostly) stayed until the end of the war."
    yield None
    for i in range(n):
        tokenize(f"{i} {text}")
    yield "tokenising"


_LINEAR_RNN = {
    "training, one epoch": (1, 1, "every word once"),
    "RNN-FVs": (1, 0, "every sentence once in each pass; a block is held"),
}
STEPS = [
    Step(
        "read_corpus",
        "sentences",
        (10_000, 20_000, 40_000),
        (50, 100),
        1_000_000,
        {"tokenising": (1, 0, "every sentence once")},
        read_corpus,
    ),
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
]
