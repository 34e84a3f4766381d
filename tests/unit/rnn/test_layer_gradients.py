"""Gradients of every layer and streamed Fisher vectors, against backward passes in float64."""

import numpy as np
import pytest
import torch

from rnnfv.arrays.matrices import sample_coordinates
from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.rnn.fisher_vector_rows import FisherVectorRows
from rnnfv.rnn.layer_gradients import layer_gradients, layer_sizes
from rnnfv.rnn.settings import RNNSettings
from rnnfv.rnn.training import train

WORDS, DIM, UNITS = 20, 6, 7


@pytest.fixture
def sentences(rng):
    lengths = rng.integers(1, 9, 30)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    table = rng.normal(size=(WORDS, DIM)).astype(np.float32)
    index = rng.integers(0, WORDS, offsets[-1]).astype(np.int32)
    return Sequences([str(i) for i in range(30)], offsets, TableRows(table, index))


def network(objective, n_fc, seed=0):
    return (
        RNNSettings(objective=objective, n_fc=n_fc, n_lstm=UNITS, dropout=0.3)
        .build(DIM, seed, WORDS)
        .eval()
    )


def flat(weight, *biases):
    return torch.cat([*weight, biases[0][:, None]], dim=1).flatten()


def one_by_one(model, sequences, objective):
    """Gradients of the mean loss, a backward pass per sequence: rows fc (if any), lstm, output."""
    model = model.double()
    rows = []
    for i, x in enumerate(sequences):
        targets = torch.from_numpy(x).double()[None]
        inputs = torch.cat([torch.zeros_like(targets[:, :1]), targets[:, :-1]], dim=1)
        model.zero_grad()
        if objective == "regression":
            loss = 0.5 * (model(inputs) - targets).square().sum() / len(x)
        else:
            symbols = sequences.values.index[sequences.offsets[i] : sequences.offsets[i + 1]]
            loss = torch.nn.functional.cross_entropy(
                model(inputs)[0], torch.from_numpy(symbols.astype(np.int64))
            )
        loss.backward()
        lstm = model.lstm
        parts = [flat([model.fc.weight.grad], model.fc.bias.grad)] if model.fc is not None else []
        torch.testing.assert_close(
            lstm.bias_ih_l0.grad, lstm.bias_hh_l0.grad
        )  # which is why it is held once
        parts.append(flat([lstm.weight_ih_l0.grad, lstm.weight_hh_l0.grad], lstm.bias_ih_l0.grad))
        parts.append(flat([model.output.weight.grad], model.output.bias.grad))
        rows.append(torch.cat(parts).numpy())
    model.float()
    return np.stack(rows)


def collected(source, block_bytes=2**20):
    return np.concatenate([block.copy() for block in source.rows(block_bytes)])


@pytest.mark.parametrize("objective", ["regression", "classification"])
@pytest.mark.parametrize("n_fc", [0, 5])
def test_every_layer(sentences, objective, n_fc):
    model = network(objective, n_fc)
    layers = (["fc"] if n_fc else []) + ["lstm", "output"]
    expected = one_by_one(model, sentences, objective)
    source = FisherVectorRows(model, sentences, objective=objective, layers=layers, batch_size=7)
    np.testing.assert_allclose(collected(source), expected, atol=2e-6)
    assert source.shape == expected.shape == (30, sum(layer_sizes(model, layers)))
    output = FisherVectorRows(model, sentences, objective=objective)  # the closed form
    np.testing.assert_allclose(collected(output), expected[:, -output.shape[1] :], atol=2e-6)


@pytest.mark.parametrize("objective", ["regression", "classification"])
@pytest.mark.parametrize("n_fc", [0, 5])
def test_every_layer_of_ragged_sequences_in_float64(sentences, objective, n_fc):
    model = network(objective, n_fc)
    layers = (["fc"] if n_fc else []) + ["lstm", "output"]
    expected = one_by_one(model, sentences, objective)
    assert len(set(sentences.lengths)) > 5 and sentences.lengths.min() == 1
    longest = sentences.lengths.max()
    targets, mask = (
        torch.zeros(30, longest, DIM, dtype=torch.float64),
        torch.zeros(30, longest, dtype=torch.bool),
    )
    symbols = torch.zeros(30, longest, dtype=torch.int64)
    for i, (x, first) in enumerate(zip(sentences, sentences.offsets, strict=False)):
        targets[i, : len(x)], mask[i, : len(x)] = torch.from_numpy(x).double(), True
        symbols[i, : len(x)] = torch.from_numpy(
            sentences.values.index[first : first + len(x)].astype(np.int64)
        )
    known = symbols if objective == "classification" else None
    ours = layer_gradients(model.double(), targets, mask, layers, known).numpy()
    np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-13)
    for name in layers:  # one by one, they are the same columns
        start = sum(layer_sizes(model, layers[: layers.index(name)]))
        alone = layer_gradients(model, targets, mask, [name], known).numpy()
        np.testing.assert_allclose(
            alone, expected[:, start : start + alone.shape[1]], rtol=1e-9, atol=1e-13
        )


@pytest.mark.parametrize("objective", ["regression", "classification"])
def test_blocks_and_sampled_coordinates(sentences, objective):
    model = network(objective, 0)
    full = collected(FisherVectorRows(model, sentences, objective=objective))
    tiny = collected(
        FisherVectorRows(model, sentences, objective=objective, batch_size=3), block_bytes=1
    )
    np.testing.assert_allclose(tiny, full, atol=1e-6)
    chosen = sample_coordinates(full.shape[1], 25, seed=3)
    assert len(set(chosen)) == 25 and (np.diff(chosen) > 0).all()
    sampled = FisherVectorRows(model, sentences, objective=objective, coordinates=chosen)
    assert sampled.shape == (30, 25)
    np.testing.assert_allclose(collected(sampled), full[:, chosen], atol=1e-6)
    both = FisherVectorRows(
        model, sentences, objective=objective, layers=("lstm", "output"), coordinates=chosen
    )
    every = FisherVectorRows(model, sentences, objective=objective, layers=("lstm", "output"))
    np.testing.assert_allclose(collected(both), collected(every)[:, chosen], atol=1e-6)


def test_sampling_is_seeded_and_never_more_than_there_is():
    np.testing.assert_array_equal(sample_coordinates(1000, 50, 1), sample_coordinates(1000, 50, 1))
    assert not np.array_equal(sample_coordinates(1000, 50, 1), sample_coordinates(1000, 50, 2))
    assert sample_coordinates(1000, 1000, 1) is None


def test_order_counts_and_dropout_does_not(sentences):
    model = network("regression", 0)
    model.train()
    turned = Sequences(
        sentences.ids,
        sentences.offsets,
        TableRows(sentences.values.table, sentences.values.index[::-1].copy()),
    )
    first = collected(FisherVectorRows(model, sentences))
    np.testing.assert_array_equal(first, collected(FisherVectorRows(model, sentences)))
    assert np.abs(first - collected(FisherVectorRows(model, turned))).max() > 0.01


def test_a_table_trains_like_the_vectors_written_out(sentences):
    settings = RNNSettings(n_fc=0, n_lstm=UNITS, epochs=3, batch_size=8, dropout=0.1)
    written_out = Sequences(sentences.ids, sentences.offsets, sentences.values[:])
    by_table, by_values = train(sentences, settings, seed=1), train(written_out, settings, seed=1)
    for name, weight in by_table.weights.items():
        assert torch.equal(weight, by_values.weights[name])


def test_classification_learns_what_follows_what(rng):
    """Word w is followed by w + 1: the cross entropy falls from log(WORDS) to the first word's."""
    starts = rng.integers(0, WORDS, 200)
    index = (starts[:, None] + np.arange(8)).ravel() % WORDS
    data = Sequences(
        [str(i) for i in range(200)],
        np.arange(201) * 8,
        TableRows(np.eye(WORDS, dtype=np.float32), index.astype(np.int32)),
    )
    settings = RNNSettings(
        objective="classification",
        n_fc=0,
        n_lstm=32,
        epochs=25,
        batch_size=16,
        dropout=0.0,
        learning_rate=0.01,
    )
    losses = [record["train_loss"] for record in train(data, settings, seed=0).curve]
    assert losses[1] > 1.0
    assert losses[-1] < 1.3 * np.log(WORDS) / 8  # only the first of eight words cannot be known


def test_evaluating_now_and_then(sentences, tmp_path):
    settings = RNNSettings(n_fc=0, n_lstm=UNITS, epochs=7)
    seen = []

    def evaluate(model):
        seen.append(model)
        return {"score": -len(seen)}

    result = train(sentences, settings, seed=0, evaluate=evaluate, evaluate_every=3)
    assert [r["epoch"] for r in result.curve if "score" in r] == [0, 3, 6, 7]
    assert (
        result.best["epoch"] == 3
    )  # the highest score among epochs looked at; the untrained network is not one


def test_a_sequence_of_zeros_has_a_gradient():
    model = network("regression", 0)
    one = torch.zeros(1, 2, DIM)
    assert layer_gradients(model, one, torch.ones(1, 2, dtype=torch.bool)).shape == (1, 48)
