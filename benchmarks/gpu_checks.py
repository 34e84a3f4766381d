"""Every code path with a device argument, to be computed on two devices and compared; for gpu.py.

A check is a public function of the device that returns arrays. Its inputs are small and the same
on every device. Tolerances are of the largest difference in an array, as a share of its largest
value; all arithmetic is float32.
"""

import numpy as np
import torch
from inputs import labels, sentences, videos, word_vectors

from rnnfv import RNNFisherVector
from rnnfv.devices import own_gpu, pick_device
from rnnfv.evaluation.classifier import Grid, representations
from rnnfv.experiments.ablations import represent
from rnnfv.features.networks.registry import create_network
from rnnfv.reduction.gram import gram_matrix, principal_scores
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.fisher_vector_rows import FisherVectorRows
from rnnfv.rnn.layer_gradients import layer_fisher_vectors
from rnnfv.rnn.predictions import losses_of_network
from rnnfv.rnn.settings import RNNSettings
from rnnfv.rnn.training import train

TOLERANCES = {"training": 1e-3, "estimator": 1e-3, "classifier": 1e-3, "networks": 1e-3}
"""Where rounding adds up: over the updates of a training, over the layers of a deep network."""

TOLERANCE = 1e-4
"""Elsewhere."""

SMALL = {"n_fc": 12, "n_lstm": 10, "dropout": 0.0, "epochs": 3}


def _videos(n=60):
    return videos(n, 16)


def _sentences():
    return sentences(40, word_vectors(50, 12))


def _network(**changes):
    return RNNSettings(**SMALL | changes).build(16, 0)


def _language_network(objective):
    return RNNSettings(objective, n_fc=0, n_lstm=10).build(12, 0, 50)


def training(device):
    """Losses and last weights: of videos, and of sentences as regression and classification."""
    found = []
    for objective, data, units in (
        ("regression", _videos(), 12),
        ("regression", _sentences(), 0),
        ("classification", _sentences(), 0),
    ):
        settings = RNNSettings(**SMALL | {"objective": objective, "n_fc": units})
        result = train(data, settings, seed=0, device=device)
        found.append([record["train_loss"] for record in result.curve[1:]])
        found += [weights.numpy() for weights in result.last_weights.values()]
    return found


def training_with_dropout(device):
    """That it ends: devices draw other random numbers, so only the shape is compared."""
    result = train(_videos(), RNNSettings(**SMALL | {"dropout": 0.5}), seed=0, device=device)
    losses = [record["train_loss"] for record in result.curve[1:]]
    assert np.isfinite(losses).all()
    return [np.ones_like(losses)]


def fisher_vectors(device):
    """RNN-FVs of videos, whole, by rows and by columns; losses and hidden states."""
    vectors = FisherVectors(_network(), _videos(), device=device)
    rows = np.concatenate([block.copy() for block in vectors.rows(2**14)])
    columns = [block.cpu().numpy().copy() for block in vectors.columns(2**14)]
    losses = losses_of_network(_network(), _videos(), device)
    others = vectors.mean_hidden(), [vectors.loss(np.arange(9)), *losses.values()]
    return [vectors.matrix(), rows, np.concatenate(columns, axis=1), *others]


def fisher_vectors_of_sentences(device):
    """Regression and classification; all coordinates, some, and other layers."""
    found = []
    for objective, options in (
        ("regression", {}),
        ("regression", {"coordinates": np.arange(3, 90, 7)}),
        ("regression", {"layers": ("lstm", "output")}),
        ("classification", {}),
        ("classification", {"coordinates": np.arange(3, 500, 7)}),
        ("classification", {"layers": ("lstm",), "coordinates": np.arange(3, 500, 7)}),
    ):
        network = _language_network(objective)
        source = FisherVectorRows(
            network, _sentences(), objective=objective, device=device, **options
        )
        found += [block.copy() for block in source.rows(2**14)]
    return found


def layers(device):
    """Gradients of every layer, and the mean hidden state, as the side experiments take them."""
    sources = [layer_fisher_vectors(_network(), _videos(), ("fc", "lstm", "output"), device=device)]
    sources += [
        represent(_network(), _videos(), pooling, ["output"], device)
        for pooling in ("fisher", "hidden")
    ]
    blocks = [block for source in sources for block in source.columns(2**14)]
    return [torch.as_tensor(block).cpu().numpy() for block in blocks]


def gram(device):
    """Inner products of few rows and of many, which are computed in other ways."""
    few, many = (FisherVectors(_network(), _videos(n), device=device) for n in (60, 2300))
    return [gram_matrix(few, np.arange(40)), gram_matrix(many, np.arange(2200))]


def classifier(device):
    """PCA scores up to their signs, and normalised vectors, as validation has them."""
    vectors, rows = FisherVectors(_network(), _videos(), device=device), np.arange(40)
    scores = np.abs(principal_scores(vectors, rows, 5).scores)
    [normal] = representations(vectors, rows, rows, Grid(pca=(5,)))
    return [scores, np.abs(normal.vectors)]


def estimator(device):
    """RNNFisherVector, trained and applied."""
    model = RNNFisherVector(**SMALL, device=str(device), random_state=0).fit(list(_videos()))
    blocks = [block.copy() for block in model.iter_transform(list(_videos()))]
    return [model.transform(list(_videos())), *blocks]


def validated_training(device):
    """Training with the epoch chosen on validation: two devices may choose another epoch."""
    from rnnfv.evaluation.table_poolings import SplitData
    from rnnfv.experiments.epoch_choice import train_on_split

    parts = dict(zip(("train", "val"), np.split(np.arange(60), [45]), strict=True))
    data = SplitData(_videos(), labels(60), parts)
    result = train_on_split(data, [RNNSettings(**SMALL)], Grid(pca=(5,)), 0, device)
    return [np.array([record["val_loss"] for record in result.curve])]


def networks(device):
    """Vectors of frames and clips by networks of random weights."""
    found = []
    for name, shape in NETWORKS.items():
        crops = {"crops": "center"} if name == "vgg19" else {}
        network = create_network(name, weights="random", device=str(device), **crops)
        pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        found.append(network(pixels))
    return found


NETWORKS = {"vgg19": (1, 256, 256, 3), "c3d": (1, 16, 128, 171, 3)}
"""A batch of each: frames, or blocks of frames; height, width, colours."""


def own_device(device):
    """A GPU of this process alone, and the one that is picked; the number is not compared."""
    name = own_gpu("cuda" if torch.device(device).type == "cuda" else "cpu")
    assert pick_device(name).type == torch.device(device).type
    return [np.ones(1)]


CHECKS = {
    name: function
    for name, function in list(globals().items())
    if getattr(function, "__module__", "") == __name__ and not name.startswith("_")
}
