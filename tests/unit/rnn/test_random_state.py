"""Random numbers: fits leave the caller's generators alone, and agree in threads."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from rnnfv import (
    GMMFisherVector,
    HGLMMFisherVector,
    LMMFisherVector,
    RNNFisherVector,
    StreamedPCA,
    WordICA,
)
from rnnfv.arrays.conversion import as_sequences
from rnnfv.features.words.word2vec import train_word2vec
from rnnfv.pooling.mixtures import HybridMixture
from rnnfv.rnn.layer_gradients import layer_fisher_vectors
from rnnfv.rnn.settings import RNNSettings

WALKS = [np.random.default_rng(i).normal(size=(6, 4)).cumsum(axis=0) for i in range(24)]
SMALL = {"n_fc": 6, "n_lstm": 5, "epochs": 2, "batch_size": 8}
FITS = {
    "RNN-FV": lambda: fitted(3),
    "RNN-FV, orthogonal": lambda: RNNFisherVector(**SMALL, init="orthogonal").fit(WALKS),
    "GMM-FV": lambda: GMMFisherVector(2, random_state=3).fit(WALKS),
    "HGLMM-FV": lambda: HGLMMFisherVector(2, random_state=3).fit(WALKS),
    "PCA": lambda: StreamedPCA(2).fit(np.concatenate(WALKS)),
    "ICA": lambda: WordICA(random_state=3).fit(np.concatenate(WALKS)),
    "GMM-FV, any seed": lambda: GMMFisherVector(2).fit(WALKS),
    "LMM-FV, any seed": lambda: LMMFisherVector(2).fit(WALKS),
    "mixture, any seed": lambda: HybridMixture(2).fit(np.concatenate(WALKS)),
    "ICA, any seed": lambda: WordICA(random_state=None).fit(np.concatenate(WALKS)),
    "word2vec": lambda: train_word2vec([["a", "dog", "runs"]] * 9, dim=3, epochs=2),
}


def fitted(seed):
    return RNNFisherVector(**SMALL, dropout=0.5, random_state=seed).fit(WALKS)


def states():
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002  (the one that is to be left alone)
    return torch.get_rng_state().tolist(), random.getstate(), kind, keys.tolist(), rest


@pytest.mark.parametrize("name", FITS)
def test_fits_leave_the_generators_of_the_caller_alone(name):
    before = states()
    FITS[name]()
    assert states() == before


def test_fits_in_threads_agree_with_those_one_after_another():
    def vectors(seed):
        return fitted(seed).transform(WALKS[:3])

    seeds = [0, 1, 2, 0, 1, 2]
    alone = [vectors(seed) for seed in seeds[:3]]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(vectors, seeds))
    for seed, found in zip(seeds, together, strict=True):
        np.testing.assert_array_equal(found, alone[seed])


def test_a_fit_and_a_thread_that_draws_numbers_leave_each_other_alone():
    def drawn():
        torch.manual_seed(1)
        return torch.cat([torch.rand(20) for _ in range(20)])

    def draw():
        while not over.is_set():
            unlike.append(not torch.equal(drawn(), expected))

    with torch.random.fork_rng():
        alone, expected = fitted(0).transform(WALKS), drawn()
        unlike, over = [], threading.Event()
        other = threading.Thread(target=draw)
        other.start()
        beside = [fitted(0).transform(WALKS) for _ in range(20)]
        over.set()
        other.join()
    assert len(unlike) > 20 and not any(unlike)
    for found in beside:
        np.testing.assert_array_equal(found, alone)


@contextmanager
def double():
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


MODES = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "float64": double,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "device": lambda: torch.device("meta"),  # as another user's "cuda"
}


@pytest.mark.parametrize("mode", MODES)
def test_a_fit_is_the_same_in_every_mode_of_torch(mode):
    def made():
        model = fitted(3)
        layers = layer_fisher_vectors(model.network_, as_sequences(WALKS), ("fc", "lstm"))
        return model, model.transform(WALKS), list(layers.columns())

    _, *expected = made()
    with MODES[mode]():
        model, *found = made()
    np.testing.assert_array_equal(found[0], expected[0])
    assert all(torch.equal(one, other) for one, other in zip(found[1], expected[1], strict=True))
    model.network_(torch.zeros(1, 2, 4)).sum().backward()  # it can be trained further


def test_dropout_and_initial_weights_are_those_of_torch():
    network = RNNSettings(n_fc=6, n_lstm=5, dropout=0.3).build(4, seed=3)
    units = torch.randn(7, 3, 6, generator=torch.Generator().manual_seed(0)).transpose(0, 1)
    dropped = network._dropped(units, torch.Generator().manual_seed(3))
    with torch.random.fork_rng():
        torch.manual_seed(3)
        layers = torch.nn.Linear(4, 6), torch.nn.LSTM(6, 5), torch.nn.Linear(5, 4)
        torch.manual_seed(3)
        assert torch.equal(dropped, torch.nn.functional.dropout(units, 0.3))
    weights = [values for layer in layers for values in layer.parameters()]
    for ours, torchs in zip(network.parameters(), weights, strict=True):
        assert torch.equal(ours, torchs)
