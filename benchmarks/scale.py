"""Peak memory and time of every numeric step at the size of UCF101, on synthetic sequences.

    python benchmarks/scale.py            # all steps, each in a process of its own; about an hour on one slow core
    python benchmarks/scale.py epoch      # one step

13,320 sequences (9,537 for training, of which a fifth validates), 18 steps on average, 4,096-d features reduced to 500,
RNN-FVs of 500 x 201 = 100,500 numbers. Each step reads and writes files as the workflow's scripts do.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from gradients import D, ucf101_like

from rnnfv.arrays.hdf5 import open_vectors, write_vectors
from rnnfv.arrays.normalize import l2_normalize, power_normalize
from rnnfv.arrays.sequences import Sequences, open_sequences, write_sequences
from rnnfv.evaluation.classifier import (
    Choice,
    Grid,
    choose,
    linear_svm,
    predict_once,
    representations,
)
from rnnfv.pooling.gmm import GMMFisherVector
from rnnfv.pooling.mean import MeanPooling
from rnnfv.reduction.pca import StreamedPCA, pca_scores

N, TRAIN, CLASSES, FEATURES = 13_320, 9_537, 101, 4_096
ROWS = {"train": np.arange(0, 7_630), "val": np.arange(7_630, TRAIN), "test": np.arange(TRAIN, N)}


def labels():
    """101 classes in random order."""
    return np.random.default_rng(1).integers(0, CLASSES, N).astype(str)


def sequences():
    """Elements that carry their class and drift with time, so that there is something to learn."""
    plain = ucf101_like(N)
    rng = np.random.default_rng(2)
    centres = rng.normal(size=(CLASSES, D)).astype(np.float32)[labels().astype(int)] / np.sqrt(D)
    start, end = (rng.normal(size=(N, D)).astype(np.float32) / np.sqrt(D) for _ in range(2))
    for i, (first, last) in enumerate(zip(plain.offsets[:-1], plain.offsets[1:], strict=True)):
        along = np.linspace(0, 1, last - first, dtype=np.float32)[:, None]
        plain.values[first:last] += centres[i] + (1 - along) * start[i] + along * end[i]
    return Sequences(plain.ids, plain.offsets, l2_normalize(plain.values).astype(np.float32))


def reduce(folder):
    """PCA of 4,096-d float16 features from disk, fitted on training items; then L2."""
    path = folder / "features.h5"
    if not path.exists():
        small, basis = (
            sequences(),
            np.random.default_rng(3).normal(size=(D, FEATURES)).astype(np.float32),
        )
        write_sequences(
            path,
            ((name, x @ basis) for name, x in zip(small.ids, small, strict=True)),
            FEATURES,
            np.float16,
        )
        yield "making the features (not a step)"
    with open_sequences(path) as stored:
        pca = StreamedPCA(D).fit(stored, rows=ROWS["train"])
        yield "fit"
        items = (
            (name, l2_normalize(pca.transform(x)))
            for name, x in zip(stored.ids, stored, strict=True)
        )
        write_sequences(folder / "reduced.h5", items, D)
        yield "transform and write"


def mean(folder):
    """Mean pooling and its SVM."""
    vectors = MeanPooling().fit_transform(sequences())
    yield "pooling"
    choose(vectors, labels(), ROWS["train"], ROWS["val"], Grid())
    yield "SVM of 500 numbers, 101 classes"


def gmm(folder):
    """The largest mixture: K = 64, 64,000 numbers a sequence."""
    data = sequences()
    yield "loading"
    model = GMMFisherVector(64, random_state=0).fit(data.select(ROWS["train"]))
    yield "EM"
    vectors = model.transform(data)
    yield "Fisher vectors"
    [(_, _, coordinates)] = representations(vectors, ROWS["train"], ROWS["train"], Grid())
    yield f"{coordinates.shape[1]} coordinates in the span of the training rows"
    linear_svm(coordinates[ROWS["train"]], labels()[ROWS["train"]], 1.0)
    yield "SVM of these coordinates, 101 classes"


def epoch(folder):
    """One epoch of the paper's protocol: train, extract, PCA to 1000, power + L2, SVM, validation accuracy."""
    from rnnfv.rnn.fisher_vector import FisherVectors
    from rnnfv.rnn.settings import RNNSettings
    from rnnfv.rnn.training import train

    data, y = sequences().select(np.arange(TRAIN)), labels()[:TRAIN]
    yield "loading"
    settings = RNNSettings(epochs=1, dropout=0.95)
    result = train(data.select(ROWS["train"]), settings, seed=0)
    yield "training"
    network = settings.build(D, 0)
    network.load_state_dict(result.weights)
    vectors = FisherVectors(network, data)
    yield "errors and states of every step"
    scores = pca_scores(vectors, ROWS["train"], 1000)
    yield "gradients and PCA to 1000"
    normal = l2_normalize(power_normalize(scores, 0.5))
    svm = linear_svm(normal[ROWS["train"]], y[ROWS["train"]], 1.0)
    np.mean(svm.predict(normal[ROWS["val"]]) == y[ROWS["val"]])
    yield "SVM of 1000 numbers, 101 classes"


def gradients(folder):
    """RNN-FVs of all 13,320 sequences, streamed to HDF5."""
    from rnnfv.rnn.fisher_vector import FisherVectors
    from rnnfv.rnn.settings import RNNSettings

    data = sequences()
    yield "loading"
    vectors = FisherVectors(RNNSettings().build(D, 0), data)
    yield "errors and states of every step"
    write_vectors(folder / "vectors.h5", data.ids, vectors.rows(), vectors.shape[1])
    yield "gradients, written (5.4 GB)"


def classify(folder):
    """PCA to 1000 of the gradients from HDF5, SVM on training + validation, test once."""
    if not (folder / "vectors.h5").exists():
        for _ in gradients(folder):
            pass
    yield "making the gradients (not a step)"
    with open_vectors(folder / "vectors.h5") as (_, values, _):
        predict_once(values, labels(), ROWS, Choice(1000, 0.5, 0.0))
    yield "PCA from disk, SVM, prediction"


STEPS = [reduce, mean, gmm, epoch, gradients, classify]


def run(name, folder):
    """Run one step here; print time by part and this process's peak."""
    step = next(step for step in STEPS if step.__name__ == name)
    print(f"{name}: {step.__doc__}", flush=True)
    started = time.perf_counter()
    for part in step(Path(folder)):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(
            f"    {time.perf_counter() - started:7.1f} s, peak so far {peak:5.2f} GiB   {part}",
            flush=True,
        )
        started = time.perf_counter()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("steps", nargs="*", default=[step.__name__ for step in STEPS])
    parser.add_argument(
        "--folder", help="where large files go and stay; default: a temporary folder"
    )
    parser.add_argument("--here", action="store_true", help="in this process, not in one per step")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or temporary
        for name in options.steps:
            if options.here:
                run(name, folder)
            else:  # a process's peak is its own
                subprocess.run(
                    [sys.executable, __file__, "--here", "--folder", folder, name], check=True
                )


if __name__ == "__main__":
    main()
