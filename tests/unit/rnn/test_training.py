"""Training: reproducible, resumable, and choosing the epoch that validation says."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from rnnfv import InputError, RNNFisherVector
from rnnfv.arrays.conversion import as_sequences
from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.devices import pick_device
from rnnfv.rnn.checkpoint import unfinished
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.fisher_vector_rows import FisherVectorRows
from rnnfv.rnn.layer_gradients import layer_fisher_vectors
from rnnfv.rnn.network import shifted
from rnnfv.rnn.settings import RNNSettings, candidates
from rnnfv.rnn.training import train

SETTINGS = RNNSettings(n_fc=6, n_lstm=5, epochs=6, batch_size=4, dropout=0.3)


@pytest.fixture
def sequences(rng):
    lengths = rng.integers(1, 9, 20)
    return as_sequences([rng.normal(size=(n, 4)).astype(np.float32) for n in lengths])


def equal(weights, others):
    return all(torch.equal(weights[key], others[key]) for key in others)


def same(a, b):
    return equal(a.weights, b.weights) and a.curve == b.curve


def test_inputs_are_the_targets_one_step_later():
    x = torch.arange(1.0, 7.0).view(1, 3, 2)
    assert shifted(x).tolist() == [[[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]]]


def test_every_epoch_draws_its_own_batches(sequences):
    """With no learning, losses differ from epoch to epoch only by dropout and batches."""
    still = dataclasses.replace(SETTINGS, learning_rate=0.0, weight_decay=0.0)
    result = train(sequences, still, seed=0)
    assert len({record["train_loss"] for record in result.curve[1:]}) == SETTINGS.epochs


def test_an_unknown_device_is_named():
    with pytest.raises(InputError, match="device: 'gpu' cannot be used"):
        pick_device("gpu")


def test_the_same_seed_gives_the_same_bytes(sequences):
    torch.manual_seed(1)
    first = train(sequences, SETTINGS, seed=3)
    torch.manual_seed(2)  # the caller's random state does not matter
    assert same(first, train(sequences, SETTINGS, seed=3))
    assert not same(first, train(sequences, SETTINGS, seed=4))


def test_training_leaves_the_callers_random_state_alone(sequences):
    before = torch.get_rng_state()
    SETTINGS.build(4, seed=9)
    RNNFisherVector(3, 3, epochs=2, random_state=9).fit(sequences)
    assert torch.equal(torch.get_rng_state(), before)


def test_trainings_in_threads_agree_with_one_alone(sequences):
    def losses(seed):
        return RNNFisherVector(3, 3, epochs=8, random_state=seed).fit(sequences).losses_

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(losses, [0, 1] * 4))
    assert found == [losses(0), losses(1)] * 4


def test_interrupted_training_goes_on_to_the_same_result(sequences, tmp_path):
    scores = iter([0.1, 0.2, 0.5, 0.3, 0.5, 0.4, 0.1])
    whole = train(sequences, SETTINGS, seed=0, evaluate=lambda _: {"score": next(scores)})
    network, scores = tmp_path / "network.pt", iter([0.1, 0.2, 0.5, 0.3])

    def stop_after_epoch_3(_):
        try:
            return {"score": next(scores)}
        except StopIteration:
            raise KeyboardInterrupt from None

    with pytest.raises(KeyboardInterrupt):
        train(sequences, SETTINGS, seed=0, evaluate=stop_after_epoch_3, path=network)
    rest = iter([0.5, 0.4, 0.1])  # epochs 4 to 6 only
    again = {"evaluate": lambda _: {"score": next(rest)}, "path": network}
    assert same(whole, train(sequences, SETTINGS, seed=0, **again))


def test_a_state_of_other_data_or_a_broken_one_is_not_used(sequences, tmp_path, caplog):
    network = tmp_path / "network.pt"
    state = unfinished(network)
    train(sequences, SETTINGS, seed=0, path=network)
    fresh = train(sequences, SETTINGS, seed=1)
    assert same(fresh, train(sequences, SETTINGS, seed=1, path=network))
    assert "other data or settings" in caplog.text
    other = as_sequences([s + 1 for s in sequences])
    assert same(train(other, SETTINGS, seed=1), train(other, SETTINGS, seed=1, path=network))
    torch.save([1, 2], state)
    assert same(fresh, train(sequences, SETTINGS, seed=1, path=network))
    train(sequences, SETTINGS, seed=1, path=network, evaluated_on={"pca": [100]})
    caplog.clear()
    train(sequences, SETTINGS, seed=1, path=network, evaluated_on={"pca": [10]})
    assert "other data or settings" in caplog.text
    changed = as_sequences([*sequences])
    changed.values[-1, -1] += 1e-3  # one number of the last sequence
    caplog.clear()
    train(changed, SETTINGS, seed=1, path=network, evaluated_on={"pca": [10]})
    assert "other data or settings" in caplog.text
    state.write_bytes(b"half a file")
    assert same(fresh, train(sequences, SETTINGS, seed=1, path=network))
    assert "cannot be read" in caplog.text


def test_the_best_epoch_is_kept_and_ties_go_to_the_earlier(sequences):
    scores = iter([0.9, 0.2, 0.5, 0.3, 0.5, 0.4, 0.1])  # the untrained network's 0.9 does not count
    result = train(sequences, SETTINGS, seed=0, evaluate=lambda _: {"score": next(scores)})
    assert result.best["epoch"] == 2
    two_epochs = train(sequences, dataclasses.replace(SETTINGS, epochs=2), seed=0)
    assert equal(result.weights, two_epochs.weights)


def test_the_last_epoch_is_kept_beside_the_best(sequences, tmp_path):
    network, scores = tmp_path / "network.pt", iter([0.0, 0.2, 0.5, 0.3, 0.1, 0.4, 0.1])
    options = {"seed": 0, "evaluate": lambda _: {"score": next(scores)}, "path": network}
    result = train(sequences, SETTINGS, **options)
    plain = train(sequences, SETTINGS, seed=0)  # which keeps the last
    assert result.best["epoch"] == 2 and result.curve[-1]["epoch"] == 6
    assert equal(result.last_weights, plain.weights) and equal(plain.last_weights, plain.weights)
    assert not equal(result.weights, result.last_weights)
    again = train(sequences, SETTINGS, **options)  # nothing left to do
    assert equal(again.last_weights, result.last_weights)
    early, scores = dataclasses.replace(SETTINGS, patience=2), iter([0.0, 0.2, 0.5, 0.3, 0.1])
    stopped = train(sequences, early, seed=0, evaluate=lambda _: {"score": next(scores)})
    four = train(sequences, dataclasses.replace(SETTINGS, epochs=4), seed=0)
    assert equal(stopped.last_weights, four.weights)


def test_patience(sequences):
    scores = iter([0.0, 0.5, 0.4, 0.4, 0.9])
    settings = dataclasses.replace(SETTINGS, patience=2)
    result = train(sequences, settings, seed=0, evaluate=lambda _: {"score": next(scores)})
    assert len(result.curve) == 4 and result.best["epoch"] == 1


def test_loss_falls_and_is_what_it_says(rng):
    pattern = np.tile(np.eye(4, dtype=np.float32), (3, 1))  # the next element is certain
    sequences = as_sequences([pattern] * 8)
    plain = {"dropout": 0, "learning_rate": 0.02, "weight_decay": 0}
    settings = RNNSettings(n_fc=16, n_lstm=16, epochs=60, batch_size=8, **plain)
    result = train(sequences, settings, seed=0)
    losses = [record["train_loss"] for record in result.curve[1:]]
    assert losses[-1] < 0.05 * losses[0]
    # Before the first update: one batch, so the first loss is the initial one.
    network = settings.build(4, 0).eval()
    x = torch.from_numpy(pattern)[None]
    initial = 0.5 * float((network(shifted(x)) - x).detach().square().sum(dim=2).mean())
    assert losses[0] == pytest.approx(initial, rel=1e-5)


def test_divergence_is_an_error(sequences):
    with pytest.raises(InputError, match="lower the learning rate"):
        train(sequences, dataclasses.replace(SETTINGS, learning_rate=1e30), seed=0)


def test_patience_ends_at_a_look_and_never_between(sequences):
    """Scores rise at every validation pass, each later than the patience: nothing is lost."""
    looks = []

    def evaluate(model):
        looks.append(model)
        return {"score": len(looks)}

    settings = dataclasses.replace(SETTINGS, epochs=12, patience=2)
    result = train(sequences, settings, seed=0, evaluate=evaluate, evaluate_every=4)
    assert [record["epoch"] for record in result.curve if "score" in record] == [0, 4, 8, 12]
    assert result.best["epoch"] == 12
    options = {"evaluate": lambda model: {"score": 0.0}, "evaluate_every": 4}
    falling = train(sequences, settings, seed=0, **options)
    assert falling.curve[-1]["epoch"] == 8 and falling.best["epoch"] == 4


def test_unit_scale_is_training_on_scaled_elements(rng):
    """On padded batches and on words, by every way to the vectors; the network does it itself."""
    arrays = [0.01 * rng.normal(size=(n, 4)).astype(np.float32) for n in rng.integers(2, 9, 20)]
    sequences = as_sequences(arrays)
    factor = np.float32(1 / np.sqrt(np.mean(np.concatenate(arrays) ** 2)))
    larger = as_sequences([factor * x for x in arrays])
    unit = dataclasses.replace(SETTINGS, scale="unit")
    found, wanted = train(sequences, unit, seed=0), train(larger, SETTINGS, seed=0)
    assert found.scale == pytest.approx(factor, rel=1e-5) and wanted.scale == 1
    for key, weight in wanted.weights.items():
        torch.testing.assert_close(found.weights[key], weight, rtol=1e-3, atol=1e-4)
    network = unit.build(4, 0, scale=found.scale)
    plain = SETTINGS.build(4, 0)
    for one in (network, plain):
        one.load_state_dict(found.weights)
    vectors = FisherVectors(plain, larger).matrix()
    index = np.arange(sequences.offsets[-1])
    words = Sequences(sequences.ids, sequences.offsets, TableRows(sequences.values, index))
    by_rows = next(iter(FisherVectorRows(network, words).rows()))
    by_layers = next(iter(layer_fisher_vectors(network, sequences, ["output"]).columns(2**20)))
    for one in (FisherVectors(network, sequences).matrix(), by_rows, by_layers.numpy()):
        np.testing.assert_allclose(one, vectors, rtol=1e-4, atol=1e-6)
    with pytest.raises(InputError, match="scale: unit is not possible"):
        train(Sequences(["0"], np.array([0, 2]), np.zeros((2, 4))), unit, seed=0)


def test_orthogonal_start():
    network = RNNSettings(n_fc=6, n_lstm=5, init="orthogonal").build(4, seed=0)
    by_input, by_state, bias, other_bias = network.lstm.parameters()
    for gate in by_state.detach().chunk(4):
        torch.testing.assert_close(gate @ gate.T, torch.eye(5))
    bound = np.sqrt(6 / (6 + 5))  # Glorot's, of one gate
    assert 0.8 * bound < by_input.abs().max() <= bound
    assert (bias + other_bias).tolist() == [0] * 5 + [1] * 5 + [0] * 10
    assert not network.output.bias.any() and not network.fc.bias.any()
    again = RNNSettings(n_fc=6, n_lstm=5, init="orthogonal").build(4, seed=0)
    assert torch.equal(again.lstm.weight_hh_l0, by_state)


def test_settings_of_a_section():
    section = {"n_lstm": 7, "scale": ["none", "unit"], "pca": [100]}
    assert candidates(section) == [RNNSettings(n_lstm=7), RNNSettings(n_lstm=7, scale="unit")]
    assert candidates({"init": "orthogonal"}) == [RNNSettings(init="orthogonal")]
