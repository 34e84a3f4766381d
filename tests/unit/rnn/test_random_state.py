"""Random numbers: fits leave the caller's generators alone, and agree in threads."""

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from rnnfv import GMMFisherVector, HGLMMFisherVector, RNNFisherVector, StreamedPCA, WordICA
from rnnfv.features.words.word2vec import train_word2vec

WALKS = [np.random.default_rng(i).normal(size=(6, 4)).cumsum(axis=0) for i in range(24)]
SMALL = {"n_fc": 6, "n_lstm": 5, "epochs": 2, "batch_size": 8}
FITS = {
    "RNN-FV": lambda: RNNFisherVector(**SMALL, dropout=0.5, random_state=3).fit(WALKS),
    "GMM-FV": lambda: GMMFisherVector(2, random_state=3).fit(WALKS),
    "HGLMM-FV": lambda: HGLMMFisherVector(2, random_state=3).fit(WALKS),
    "PCA": lambda: StreamedPCA(2).fit(np.concatenate(WALKS)),
    "ICA": lambda: WordICA(random_state=3).fit(np.concatenate(WALKS)),
    "word2vec": lambda: train_word2vec([["a", "dog", "runs"]] * 9, dim=3, epochs=2),
}


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
        fitted = RNNFisherVector(**SMALL, dropout=0.5, random_state=seed).fit(WALKS)
        return fitted.transform(WALKS[:3])

    seeds = [0, 1, 2, 0, 1, 2]
    alone = [vectors(seed) for seed in seeds[:3]]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(vectors, seeds))
    for seed, found in zip(seeds, together, strict=True):
        np.testing.assert_array_equal(found, alone[seed])
