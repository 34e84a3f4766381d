"""Every pooling of videos against plain steps; what an entry of the registry promises."""

from dataclasses import replace

import numpy as np
import pytest

from rnnfv import GMMFisherVector, InputError, load
from rnnfv.arrays.conversion import as_sequences
from rnnfv.evaluation.classifier import Choice, Grid
from rnnfv.evaluation.table_poolings import POOLINGS, SplitData
from rnnfv.rnn.checkpoint import TrainedNetwork
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.settings import RNNSettings

GRID = Grid((None,), (0.5, 1.0))
GMM = {"components": [1, 2], "max_samples": 1000, "max_iter": 5}


@pytest.fixture(scope="module")
def data():
    """Two classes of random walks that drift apart, and a network that differs from its start."""
    rng = np.random.default_rng(0)
    walks = [rng.normal(i % 2, 1, (6 + i % 5, 3)).astype(np.float32) for i in range(24)]
    labels = np.array(["a", "b"])[np.arange(24) % 2]
    rows = {"train": np.arange(12), "val": np.arange(12, 18), "test": np.arange(18, 24)}
    settings = RNNSettings(n_fc=4, n_lstm=5)
    trained = settings.build(3, seed=9).state_dict()
    network = TrainedNetwork(settings, 3, None, 4, {"best": trained, "last": trained}, {"best": 2})
    choice = {"epoch": 2, "pca": 3, "alpha": 0.5, "val_accuracy": 0.75}
    choice |= {"val_loss": 3.0, "copy_loss": 2.0}
    return SplitData(as_sequences(walks), labels, rows, {4: network}, {4: choice})


def pooled(data, name, settings=GMM):
    return POOLINGS[name].pool(data, settings, GRID, 4)


def test_mean(data):
    expected = [x.mean(axis=0) for x in data.sequences]
    np.testing.assert_allclose(pooled(data, "mean").vectors, expected, rtol=1e-4)
    assert not POOLINGS["mean"].seeded and pooled(data, "mean").choice is None


def test_gmm_takes_the_k_that_validates_best(data):
    found, accuracies = pooled(data, "gmm-fv"), {}
    for k in (1, 2):
        model = GMMFisherVector(k, max_samples=1000, max_iter=5, random_state=4)
        vectors = model.fit(data.sequences.select(data.rows["train"])).transform(data.sequences)
        accuracies[k] = data.choose(vectors, GRID)
        if k == found.chosen["K"]:
            np.testing.assert_array_equal(found.vectors, vectors)
    best = max(choice.accuracy for choice in accuracies.values())
    assert found.choice == accuracies[found.chosen["K"]] and found.choice.accuracy == best
    assert found.chosen["K"] == 1 or accuracies[1].accuracy < best  # ties go to the first


def test_gmm_leaves_out_a_k_without_elements(data):
    assert pooled(data, "gmm-fv", GMM | {"components": [1, 10**6]}).chosen == {"K": 1}
    with pytest.raises(InputError, match=r"gmm\.components: all of \[1000000\]"):
        pooled(data, "gmm-fv", GMM | {"components": [10**6]})


def test_poolings_of_the_network(data):
    trained = FisherVectors(data.networks[4].network(), data.sequences)
    whole = np.concatenate([block.copy() for block in trained.rows()])
    found = pooled(data, "rnn-fv")
    np.testing.assert_array_equal(found.vectors, whole)
    assert found.choice == Choice(3, 0.5, 0.75) and found.chosen == {"epoch": 2}
    assert found.losses == {"val_loss": 3.0, "copy_loss": 2.0}
    hidden = pooled(data, "rnn-hidden")
    np.testing.assert_array_equal(hidden.vectors, trained.mean_hidden())
    assert hidden.choice is None and hidden.chosen == {"epoch": 2}
    untrained = pooled(data, "rnn-fv-untrained")
    assert untrained.vectors.shape == whole.shape and untrained.chosen == {}
    assert not np.allclose(untrained.vectors, whole)


def test_a_scale_is_told(data):
    unit = replace(data.networks[4], settings=RNNSettings(n_fc=4, n_lstm=5, scale="unit"))
    scaled = replace(data, networks={4: unit})
    for name in ("rnn-fv", "rnn-hidden"):
        assert pooled(scaled, name).chosen == {"epoch": 2, "scale": "unit"}


def test_copying_by_a_plain_loop(data):
    found = pooled(data, "copy-fv", {})
    columns = np.concatenate([block.numpy() for block in found.vectors.columns()], axis=1)
    assert columns.shape == found.vectors.shape == (24, 3 * 4)
    for x, vector in zip(data.sequences, columns, strict=True):
        gradient = np.zeros((3, 4))
        for i in range(1, len(x)):
            gradient += np.outer(x[i - 1] - x[i], [*x[i - 1], 1])
        np.testing.assert_allclose(vector, gradient.ravel() / len(x), rtol=1e-4, atol=1e-5)
    one = SplitData(as_sequences([np.ones((1, 3))]), data.labels[:1], {})
    assert not next(pooled(one, "copy-fv", {}).vectors.columns()).any()
    assert not POOLINGS["copy-fv"].seeded


def test_only_poolings_of_the_network_need_one():
    assert [name for name, entry in POOLINGS.items() if entry.trained] == [
        "rnn-fv",
        "rnn-hidden",
        "rnn-fv-untrained",
    ]
    assert {entry.section for entry in POOLINGS.values()} == {"mean", "gmm", "rnn"}


@pytest.mark.parametrize("name", POOLINGS)
def test_encoders_make_the_same_vectors_and_can_be_kept(data, name, tmp_path):
    found = pooled(data, name)
    vectors = found.vectors if isinstance(found.vectors, np.ndarray) else found.vectors.matrix()
    np.testing.assert_allclose(found.encoder.transform(data.sequences), vectors, rtol=1e-6)
    found.encoder.save(tmp_path / "encoder.rnnfv")
    one = data.sequences.select([20])
    again = load(tmp_path / "encoder.rnnfv").transform(one)
    np.testing.assert_allclose(again, vectors[20:21], rtol=1e-4, atol=1e-6)
