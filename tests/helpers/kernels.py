"""Parts of Tables 1 to 3 on synthetic items, printed as JSON; run by a test under many kernels."""

import json
import tempfile
from pathlib import Path

import numpy as np
import torch

from rnnfv import GMMFisherVector, MeanPooling
from rnnfv.arrays.conversion import as_sequences
from rnnfv.arrays.matrices import ArraySource
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.arrays.views import ConcatenatedColumns
from rnnfv.evaluation.classifier import Grid, best_on_average, predict_once, validate
from rnnfv.evaluation.retrieval import METRICS, evaluate
from rnnfv.evaluation.similarity import order_accuracy
from rnnfv.evaluation.table_poolings import SplitData
from rnnfv.experiments.captions import Part
from rnnfv.experiments.classification import normalized
from rnnfv.experiments.fusion import classify_fused
from rnnfv.experiments.representations import representation
from rnnfv.experiments.retrieval import fit_common_space
from rnnfv.pooling.mixture_files import write_mixtures
from rnnfv.pooling.mixtures import HybridMixture
from rnnfv.reduction.ica import WordICA
from rnnfv.reduction.pca import StreamedPCA
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.settings import RNNSettings
from rnnfv.rnn.training import train

SEEDS = 3
NETWORK = {"n_fc": 0, "n_lstm": 20, "epochs": 6, "learning_rate": 1e-2}
MODEL = {"alpha": 0.5, "layers": ["output"], "coordinates": None, "scaling": "none"}
MODEL |= {"pca": None, "pca_samples": 0, "mixture_coordinates": 400}


def captioned(count, table, worlds, rng):
    """Images in pairs; both have the same words, in opposite orders, and two sentences each."""
    words = rng.integers(1, len(table), (count // 2, 2, 7))
    orders = np.stack([words, words[..., ::-1]], axis=1).reshape(count, 2, 7)
    features = table[orders[:, 0]].mean(axis=1) + 0.5 * table[orders[:, 0, 0]]
    features = features @ worlds + 0.05 * rng.normal(size=(count, worlds.shape[1]))
    index = np.concatenate([orders.reshape(-1, 7), np.zeros((2 * count, 1), int)], axis=1)
    offsets, rows = 8 * np.arange(2 * count + 1), TableRows(table, index.ravel())
    sentences = Sequences([str(i) for i in range(2 * count)], offsets, rows)
    names = [str(i) for i in range(count)]
    return Part(names, features.astype(np.float32), sentences, np.repeat(np.arange(count), 2))


def retrieval(folder):
    """Metrics of each representation of sentences, and its accuracy on word order."""
    rng = np.random.default_rng(0)
    many = l2_normalize(rng.laplace(size=(3000, 40)).astype(np.float32))
    table = many[:60]  # the words of the sentences
    worlds = rng.normal(size=(40, 80))
    parts = [captioned(count, table, worlds, rng) for count in (200, 60, 80)]
    partner = np.arange(80) ^ 1
    for seed in range(SEEDS):
        sample = WordICA(random_state=seed).fit_transform(many)
        kinds = ("gaussian", "laplacian", "hybrid")
        mixtures = {k: HybridMixture(3, kind=k, random_state=seed).fit(sample) for k in kinds}
        write_mixtures(folder / "mixtures.h5", [str(i) for i in range(60)], sample[:60], mixtures)
        train(parts[0].sentences, RNNSettings(**NETWORK), seed=seed, path=folder / "network.pt")
        for pooling in ("mean", "gmm-fv", "lmm-fv", "hglmm-fv", "mm-ens", "rnn-fv"):
            files = {"network": folder / "network.pt", "mixtures": folder / "mixtures.h5"}
            settings = MODEL | {"pooling": pooling}
            rows = representation(settings, seed, parts[0].sentences, **files)
            space, _ = fit_common_space(rows, *parts[:2], [1e-4, 1e-3, 1e-2])
            vectors = *space.project(parts[2]), parts[2].image_of
            found = evaluate(*vectors)
            order = {"order": order_accuracy(*vectors, partner)}
            yield pooling, seed, {name: found[name] for name in (*METRICS, "rsum")} | order


def classification():
    """Predicted classes of each pooling, and of two side by side; half are others reversed."""
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(6), 50)
    paths = rng.normal(size=(3, 9, 30)).cumsum(axis=1)
    paths = np.concatenate([paths, paths[:, ::-1]])
    noise = 4 * rng.normal(size=(300, 9, 30)) + rng.normal(size=(300, 1, 30))
    raw = as_sequences(list((paths[labels] + noise).astype(np.float32)))
    rows = dict(zip(("train", "val", "test"), np.split(np.arange(300), [150, 200]), strict=True))
    elements = StreamedPCA(20).fit(raw, rows=rows["train"]).transform(raw)
    elements /= np.linalg.norm(elements, axis=1, keepdims=True)
    sequences = as_sequences(list(elements.reshape(300, 9, 20)))
    fitted = sequences.select(rows["train"])
    settings = RNNSettings(**NETWORK | {"n_fc": 20})
    for seed in range(SEEDS):
        gmm = GMMFisherVector(3, random_state=seed).fit(fitted)
        network = settings.build(20, seed)
        vectors = {
            "mean": MeanPooling().fit(fitted).transform(sequences),
            "gmm-fv": gmm.transform(sequences),
            "untrained": FisherVectors(network, sequences),
        }
        network.load_state_dict(train(fitted, settings, seed=seed).weights)
        vectors["rnn-fv"] = FisherVectors(network, sequences)
        truth = labels[rows["test"]].tolist()
        for pooling, source in vectors.items():
            grid = Grid(pca=(None,) if pooling == "mean" else (20, 60, 120), alpha=(0.5, 1.0))
            choice = best_on_average(validate(source, labels, rows["train"], rows["val"], grid))
            predicted = predict_once(source, labels, rows, choice).tolist()
            yield pooling, seed, {"predicted": predicted, "truth": truth}
        data = SplitData(sequences, labels, rows)
        members = [normalized(vectors[name], data, Grid((60,)))[0] for name in ("gmm-fv", "rnn-fv")]
        side_by_side = ConcatenatedColumns([ArraySource(values) for values in members])
        predicted = classify_fused(side_by_side, labels, rows).tolist()
        yield "gmm-fv + rnn-fv", seed, {"predicted": predicted, "truth": truth}


if __name__ == "__main__":
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps([list(retrieval(Path(name))), list(classification())]))
