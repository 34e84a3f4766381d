"""Classifiers of sequences beside the RNN-FV: accuracy and time on the same splits, as CSV.

    pip install . aeon==1.6.0 "pandas<3.1"       # in an environment of its own
    PYTHONPATH=. python benchmarks/sequence_classifiers.py [--msr FOLDER] [--seeds 3]

JapaneseVowels and BasicMotions come with aeon. ``--msr`` names a folder with the manifest and the
sequences of MSR Action3D (config/skeletons.yaml says what is in them); its three splits are
averaged. All methods see the same training items; those that choose hold out a fifth of them, whole
groups, for that. What is not chosen is the same for all data sets, and was not tuned on them.
Seconds are CPU time of fitting and predicting, on one thread, with what numba compiles compiled.
MiniRocket and MultiRocket-Hydra take sequences of one length: they are stretched to the longest.
"""

import argparse
import itertools
import os
import time
import warnings
from pathlib import Path
from typing import NamedTuple

os.environ["OMP_NUM_THREADS"] = os.environ["NUMBA_NUM_THREADS"] = "1"

import numpy as np
import torch
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from timing import one_thread

from rnnfv import GMMFisherVector, MeanPooling, PowerNormalizer, RNNFisherClassifier
from rnnfv.arrays.conversion import as_sequences
from rnnfv.arrays.sequences import load_sequences
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.manifests.validation import add_validation, held_out
from rnnfv.data.splits import split_rows
from rnnfv.evaluation.vector_classifier import VectorClassifier
from rnnfv.rnn.predictions import copy_fisher_vectors


class Problem(NamedTuple):
    """Sequences to learn from, some of which to validate on, and sequences to classify."""

    name: str
    X: list
    y: np.ndarray
    validation: np.ndarray
    X_test: list
    y_test: np.ndarray


def of_aeon(name, load):
    """A data set that comes with aeon, with its own split."""
    (X, y), (X_test, y_test) = load(split="train"), load(split="test")
    parts = [[np.ascontiguousarray(x.T, np.float32) for x in part] for part in (X, X_test)]
    mask = held_out(np.asarray(y), np.arange(len(y)), 0.2, 0)
    return Problem(name, parts[0], np.asarray(y), mask, parts[1], np.asarray(y_test))


def of_msr(folder, split):
    """A cross-subject split of MSR Action3D; validation as the workflow draws it."""
    sequences = load_sequences(Path(folder) / "sequences.h5")
    manifest = add_validation(
        read_manifest(Path(folder) / "manifest.csv"), [f"split{split}"], 0.2, 0
    )
    labels, rows = split_rows(manifest, sequences.ids, split)
    known, test = np.concatenate([rows["train"], rows["val"]]), rows["test"]
    parts = [[sequences[i].astype(np.float32) for i in some] for some in (known, test)]
    mask = np.arange(len(known)) >= len(rows["train"])
    return Problem("MSR Action3D", parts[0], labels[known], mask, parts[1], labels[test])


def mean_pooling(problem, seed):
    """Mean elements, power, L2, linear SVM."""
    model = make_pipeline(MeanPooling(), PowerNormalizer(), LinearSVC(random_state=0))
    return model.fit(problem.X, problem.y).predict(problem.X_test)


def gmm_fv(problem, seed):
    """Fisher vectors of 16 Gaussians, power, L2, linear SVM."""
    pooling = GMMFisherVector(16, random_state=seed)
    model = make_pipeline(pooling, PowerNormalizer(), LinearSVC(random_state=0))
    return model.fit(problem.X, problem.y).predict(problem.X_test)


def copy_fv(problem, seed):
    """Fisher vectors of copying the element before: no network."""
    vectors = [_copy_vectors(part) for part in (problem.X, problem.X_test)]
    model = VectorClassifier(pca=300, alpha=0.5).fit(vectors[0], problem.y)
    return model.predict(vectors[1])


def mean_and_copy_fv(problem, seed):
    """Mean elements beside Fisher vectors of copying, each of unit length."""
    pooling = make_pipeline(MeanPooling(), PowerNormalizer()).fit(problem.X)
    normalizer = PowerNormalizer()
    parts = [
        np.hstack([pooling.transform(part), normalizer.fit_transform(_copy_vectors(part))])
        for part in (problem.X, problem.X_test)
    ]
    return LinearSVC(random_state=0).fit(parts[0], problem.y).predict(parts[1])


def _copy_vectors(part):
    blocks = [block.numpy().copy() for block in copy_fisher_vectors(as_sequences(part)).columns()]
    return np.concatenate(blocks, axis=1)


def rnn_fv(problem, seed):
    """The paper's classifier, with elements of unit root mean square."""
    model = RNNFisherClassifier(epochs=15, patience=0, scale="unit", dropout=0.2, random_state=seed)
    return model.fit(problem.X, problem.y, validation=problem.validation).predict(problem.X_test)


class LSTMClassifier(torch.nn.Module):
    """An LSTM, the mean of its states, dropout, a linear layer: trained end to end."""

    def __init__(self, dim, classes, units):
        super().__init__()
        self.lstm = torch.nn.LSTM(dim, units, batch_first=True)
        self.output = torch.nn.Linear(units, classes)

    def forward(self, x, mask):
        """Logits (B, classes) of padded sequences (B, T, D)."""
        states, _ = self.lstm(x)
        pooled = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return self.output(torch.dropout(pooled, 0.3, self.training))


def lstm(problem, seed):
    """An LSTM classifier, trained on all items with the settings that held out ones choose.

    Two sizes, and elements scaled as a whole or per dimension: the best accuracy, then loss.
    """
    elements = np.concatenate(problem.X)
    center, deviation = elements.mean(axis=0), elements.std(axis=0)
    # What is constant says nothing.
    deviation[deviation <= 1e-6 * deviation.max()] = np.inf
    classes, y = np.unique(problem.y, return_inverse=True)
    y = torch.from_numpy(y)

    def score(setting):
        items = *_padded(problem.X, center, setting[0]), y
        fitted, held = (
            [part[problem.validation == out] for part in items] for out in (False, True)
        )
        logits = _trained(fitted, len(classes), setting[1], seed)(*held[:2])
        loss = torch.nn.functional.cross_entropy(logits, held[2])
        return float((logits.argmax(1) == held[2]).double().mean()), -float(loss)

    scale, units = max(itertools.product((elements.std(), deviation), (64, 128)), key=score)
    items = *_padded(problem.X, center, scale), y
    model = _trained(items, len(classes), units, seed)
    return classes[model(*_padded(problem.X_test, center, scale)).argmax(1).numpy()]


def _trained(items, classes, units, seed):
    """An LSTM classifier after 60 epochs of Adam, at a rate that rises and then falls to zero."""
    torch.manual_seed(seed)
    x, mask, y = items
    model = LSTMClassifier(x.shape[2], classes, units)
    optimizer = torch.optim.Adam(model.parameters())
    steps = 60 * -(-len(y) // 16)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=steps)
    for _ in range(60):
        for rows in torch.randperm(len(y)).split(16):
            loss = torch.nn.functional.cross_entropy(model(x[rows], mask[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5)
            optimizer.step()
            schedule.step()
    return model.eval().requires_grad_(False)


def _padded(sequences, center, scale):
    """Standardised sequences (n, T, D), zero behind their ends, and where there is any: (n, T)."""
    parts = [torch.from_numpy((x - center) / scale).float() for x in sequences]
    mask = [torch.ones(len(x)) for x in sequences]
    return [torch.nn.utils.rnn.pad_sequence(some, batch_first=True) for some in (parts, mask)]


def stretched(problem):
    """(n, D, T) arrays of one length, by linear interpolation, as aeon takes them."""
    longest = max(len(x) for x in problem.X)

    def stretch(x):
        places = np.linspace(0, len(x) - 1, longest)
        return [np.interp(places, np.arange(len(x)), values) for values in x.T]

    return [np.array([stretch(x) for x in part]) for part in (problem.X, problem.X_test)]


def minirocket(problem, seed):
    """Aeon's MiniRocket: 10,000 random convolutions, a ridge classifier."""
    from aeon.classification.convolution_based import MiniRocketClassifier

    X, X_test = stretched(problem)
    return MiniRocketClassifier(random_state=seed).fit(X, problem.y).predict(X_test)


def multirocket_hydra(problem, seed):
    """Aeon's MultiRocket-Hydra."""
    from aeon.classification.convolution_based import MultiRocketHydraClassifier

    X, X_test = stretched(problem)
    return MultiRocketHydraClassifier(random_state=seed).fit(X, problem.y).predict(X_test)


def dtw(problem, seed):
    """The nearest neighbour by dynamic time warping in all dimensions at once."""
    from aeon.classification.distance_based import KNeighborsTimeSeriesClassifier

    parts = [[x.T.astype(np.float64) for x in part] for part in (problem.X, problem.X_test)]
    return KNeighborsTimeSeriesClassifier(distance="dtw").fit(parts[0], problem.y).predict(parts[1])


METHODS = {
    "mean pooling": (mean_pooling, False),
    "GMM-FV": (gmm_fv, True),
    "RNN-FV": (rnn_fv, True),
    "Copy-FV, no network": (copy_fv, False),
    "mean pooling + Copy-FV": (mean_and_copy_fv, False),
    "LSTM classifier, end to end": (lstm, True),
    "DTW, nearest neighbour": (dtw, False),
    "MiniRocket": (minirocket, True),
    "MultiRocket-Hydra": (multirocket_hydra, True),
}
"""Function and whether it has a seed."""


def problems(folder):
    """The data sets: name to its splits."""
    from aeon.datasets import load_basic_motions, load_japanese_vowels

    found = {} if folder is None else {"MSR Action3D": [of_msr(folder, n) for n in (1, 2, 3)]}
    for name, load in (
        ("JapaneseVowels", load_japanese_vowels),
        ("BasicMotions", load_basic_motions),
    ):
        found[name] = [of_aeon(name, load)]
    return found


def compile_all():
    """Compile what numba compiles, on a small problem."""
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(20, 3)).astype(np.float32) for _ in range(8)]
    small = Problem("small", X, np.array(list("abab" * 2)), np.arange(8) > 5, X, np.array(8 * "a"))
    for method in dtw, minirocket, multirocket_hydra:
        method(small, 0)


def main():
    """Print a line for each data set and method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--msr", metavar="FOLDER")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--methods", nargs="*", default=list(METHODS), metavar="NAME")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    one_thread()
    compile_all()
    print("dataset,peer,accuracy,seed_std,seconds")
    for name, splits in problems(options.msr).items():
        for method in options.methods:
            classify, seeded = METHODS[method]
            accuracy, seconds = [], []
            for seed in range(options.seeds if seeded else 1):
                found = []
                for problem in splits:
                    started = time.process_time()
                    predicted = classify(problem, seed)
                    seconds.append(time.process_time() - started)
                    found.append(100 * np.mean(predicted == problem.y_test))
                accuracy.append(np.mean(found))
            spread = f"{np.std(accuracy, ddof=1):.1f}" if len(accuracy) > 1 else ""
            taken = f"{np.median(seconds):.2g}"
            print(f'{name},"{method}",{np.mean(accuracy):.1f},{spread},{taken}', flush=True)


if __name__ == "__main__":
    main()
