"""Checkpoints: the same bytes, damage found, the network back as it was."""

import multiprocessing
from dataclasses import replace

import numpy as np
import pytest
import torch

from rnnfv import InputError
from rnnfv.arrays.conversion import as_sequences
from rnnfv.rnn.checkpoint import (
    TrainedNetwork,
    candidate,
    read_checkpoint,
    remove_unfinished,
    unfinished,
    write_checkpoint,
)
from rnnfv.rnn.settings import RNNSettings
from rnnfv.rnn.training import train

SETTINGS = RNNSettings(n_fc=6, n_lstm=5, epochs=3, batch_size=4)


@pytest.fixture
def sequences(rng):
    lengths = rng.integers(1, 9, 12)
    return as_sequences([rng.normal(size=(n, 4)).astype(np.float32) for n in lengths])


def trained(sequences, path):
    scores = iter([0.0, 0.1, 0.5, 0.3])
    return train(sequences, SETTINGS, seed=7, evaluate=lambda _: {"score": next(scores)}, path=path)


def write_elsewhere(path):
    write_checkpoint(path, {"values": torch.arange(9.0), "epoch": 3})


def test_the_same_content_gives_the_same_bytes_in_any_file_and_process(tmp_path, sequences):
    write_elsewhere(tmp_path / "a.pt")
    other = multiprocessing.get_context("spawn").Process(
        target=write_elsewhere, args=(tmp_path / "b" / "other.pt",)
    )
    other.start()
    other.join()
    assert (tmp_path / "a.pt").read_bytes() == (tmp_path / "b" / "other.pt").read_bytes()
    for name in ("first.pt", "second.pt"):
        trained(sequences, tmp_path / name)
    assert (tmp_path / "first.pt").read_bytes() == (tmp_path / "second.pt").read_bytes()


def test_a_network_comes_back_at_every_epoch(tmp_path, sequences):
    result = trained(sequences, tmp_path / "network.pt")
    found = TrainedNetwork.read(tmp_path / "network.pt")
    assert (found.settings, found.n_features, found.n_symbols) == (SETTINGS, 4, None)
    assert found.epochs == {"best": 2, "last": 3}
    untrained = SETTINGS.build(4, seed=7).state_dict()
    wanted = {"best": result.weights, "last": result.last_weights, "untrained": untrained}
    for epoch, weights in wanted.items():
        loaded = found.network(epoch).state_dict()
        assert all(torch.equal(loaded[key], weight) for key, weight in weights.items()), epoch
    assert set(torch.load(tmp_path / "network.pt")["weights"]) == {"best", "last"}


def test_every_flipped_bit_is_found(tmp_path):
    path = tmp_path / "network.pt"
    write_elsewhere(path)
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(
            whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :]
        )
        with pytest.raises(InputError, match=r"network\.pt: damaged.*Remove it and run the same"):
            read_checkpoint(path, [])


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 1000])
def test_what_is_no_checkpoint_is_named(tmp_path, content):
    path = tmp_path / "network.pt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"network\.pt: damaged"):
        TrainedNetwork.read(path)


def test_absent_and_other_kinds_are_named(tmp_path):
    with pytest.raises(InputError, match=r"absent\.pt: no such file\. Run the command"):
        TrainedNetwork.read(tmp_path / "absent.pt")
    write_elsewhere(tmp_path / "state.pt")
    with pytest.raises(InputError, match=r"weights, epochs, scale missing\)\. Remove it and run"):
        TrainedNetwork.read(tmp_path / "state.pt")


def test_an_unfinished_training_lies_beside_its_network():
    assert str(unfinished("results/seed0/network.pt")) == "results/seed0/unfinished.pt"


def test_the_scale_belongs_to_the_network(tmp_path, sequences):
    settings = replace(SETTINGS, scale="unit")
    result = train(sequences, settings, seed=7, path=tmp_path / "network.pt")
    found = TrainedNetwork.read(tmp_path / "network.pt")
    assert found.scale == result.scale != 1
    assert {found.network(epoch).scale for epoch in ("best", "untrained")} == {result.scale}


def test_a_finished_job_leaves_nothing_to_go_on_from(tmp_path):
    network = tmp_path / "network.pt"
    others = [network, unfinished(network), candidate(network, "unit")]
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    remove_unfinished(network)
    assert list(tmp_path.iterdir()) == [network]
