"""Losses with and without a network, by plain loops."""

import numpy as np
import pytest
import torch

from rnnfv.arrays.conversion import as_sequences
from rnnfv.rnn.network import shifted
from rnnfv.rnn.predictions import losses_of_network, losses_without_network
from rnnfv.rnn.settings import RNNSettings


@pytest.fixture
def walks(rng):
    return as_sequences([rng.normal(1, 1, (n, 3)).astype(np.float32) for n in (1, 4, 2, 7)])


def test_copying_and_the_mean(walks):
    known = walks.select([1, 3])
    mean = np.concatenate([*known]).mean(axis=0)
    copied, from_mean = [], []
    for x in walks:
        for i, element in enumerate(x):
            before = x[i - 1] if i else 0
            copied.append(0.5 * ((element - before) ** 2).sum())
            from_mean.append(0.5 * ((element - mean) ** 2).sum())
    found = losses_without_network(known, walks)
    assert found == pytest.approx({"copy_loss": np.mean(copied), "mean_loss": np.mean(from_mean)})


def test_a_network_over_several_runs_of_sequences(walks):
    many = walks.select(np.arange(2500) % 4)
    network = RNNSettings(n_fc=4, n_lstm=5).build(3, seed=0, scale=2.0).eval()
    losses, states = [], []
    with torch.no_grad():
        for x in many:
            inputs = shifted(2 * torch.from_numpy(x)[None])
            errors = (network(inputs)[0] - 2 * torch.from_numpy(x)).numpy()
            losses += [*0.5 * (errors**2).sum(axis=1)]
            states.append(network.hidden(inputs)[0].numpy())
    rms = np.sqrt(np.mean(np.concatenate(states) ** 2))
    expected = {"val_loss": np.mean(losses), "hidden_rms": rms}
    assert losses_of_network(network, many) == pytest.approx(expected, rel=1e-4)
