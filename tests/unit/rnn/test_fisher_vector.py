"""The closed form against automatic differentiation; the matrix of vectors in every way."""

import numpy as np
import pytest
import torch

from rnnfv.arrays.conversion import as_sequences
from rnnfv.rnn.fisher_vector import FisherVectors, classification_gradient
from rnnfv.rnn.network import NextElementRNN, PaddedBatches, shifted

LENGTHS = [1, 7, 3, 12, 1, 5]


def make_network(n_outputs=None, dim=6, hidden=5, dropout=0.5):
    torch.manual_seed(0)
    return (
        NextElementRNN(dim, n_fc=4, n_lstm=hidden, n_outputs=n_outputs, dropout=dropout)
        .double()
        .eval()
    )


def padded(arrays):
    """Targets and mask as float64; padding is zero, as the batches make it."""
    longest = max(len(x) for x in arrays)
    targets = torch.zeros(len(arrays), longest, arrays[0].shape[1], dtype=torch.float64)
    mask = torch.zeros(len(arrays), longest, dtype=torch.bool)
    for i, x in enumerate(arrays):
        targets[i, : len(x)], mask[i, : len(x)] = torch.from_numpy(x), True
    return targets, mask


def by_autograd(network, loss):
    network.zero_grad()
    loss.backward()
    return torch.cat(
        [network.output.weight.grad, network.output.bias.grad[:, None]], dim=1
    ).flatten()


@pytest.mark.parametrize("sampled", [False, True])
def test_classification_equals_autograd(rng, sampled):
    symbols = 9
    network = make_network(n_outputs=symbols)
    embeddings = rng.normal(size=(symbols, 6))
    words = [rng.integers(0, symbols, n) for n in LENGTHS]
    inputs, mask = padded([embeddings[w] for w in words])
    targets = torch.zeros(mask.shape, dtype=torch.int64)
    for i, w in enumerate(words):
        targets[i, : len(w)] = torch.from_numpy(w)
    hidden = network.hidden(shifted(inputs))
    coordinates = torch.from_numpy(rng.permutation(symbols * 6)[:20]) if sampled else None
    ours = classification_gradient(
        network.output(hidden), targets, hidden, mask, coordinates
    ).detach()
    for i, w in enumerate(words):
        logits = network(shifted(torch.from_numpy(embeddings[w])[None]))[0]
        loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(w))
        reference = by_autograd(network, loss)
        reference = reference[coordinates] if sampled else reference
        assert (ours[i] - reference).abs().max() < 1e-10


def test_extra_padding_and_batch_composition_do_not_matter(rng):
    network = make_network(n_outputs=9)
    targets, mask = padded([rng.normal(size=(n, 6)) for n in LENGTHS])
    more = torch.nn.functional.pad(targets, (0, 0, 0, 9)), torch.nn.functional.pad(mask, (0, 9))

    def gradients(targets, mask):
        hidden = network.hidden(shifted(targets))
        symbols = mask.sum(1, keepdim=True).expand_as(mask) % 9
        return classification_gradient(network.output(hidden), symbols, hidden, mask).detach()

    whole = gradients(targets, mask)
    assert (whole - gradients(*more)).abs().max() < 1e-12
    assert (whole[[3, 0]] - gradients(targets[[3, 0]], mask[[3, 0]])).abs().max() < 1e-12


def test_gradient_by_hand():
    """One step: the input is zero, so v is a constant of the network, and G = (v - x) [h; 1]^T."""
    network = make_network()
    x = np.arange(6.0)[None]
    fv = next(FisherVectors(network.float(), as_sequences([x])).rows())
    h = network.hidden(torch.zeros(1, 1, 6))[0, 0]
    v = network.output(h)
    expected = torch.outer(v - torch.arange(6.0), torch.cat([h, torch.ones(1)])).flatten().detach()
    np.testing.assert_allclose(fv[0], expected, rtol=1e-5)


@pytest.mark.parametrize("batch_size", [1, 2, 256])
@pytest.mark.parametrize("block_bytes", [1, 2000, 2**28])
def test_rows_and_columns_are_the_same_matrix(rng, batch_size, block_bytes):
    network = make_network().float()
    sequences = as_sequences([rng.normal(size=(n, 6)).astype(np.float32) for n in LENGTHS])
    reference = np.concatenate(
        [block.copy() for block in FisherVectors(network, sequences, batch_size=256).rows()]
    )
    vectors = FisherVectors(network, sequences, batch_size=batch_size)
    rows = np.concatenate([block.copy() for block in vectors.rows(block_bytes)])
    columns = np.concatenate(
        [block.numpy().copy() for block in vectors.columns(block_bytes)], axis=1
    )
    assert vectors.shape == rows.shape == columns.shape == (6, 6 * 6)
    by_definition = []
    for x in sequences:
        one = torch.from_numpy(x)[None]
        by_definition.append(
            by_autograd(
                network, 0.5 * (network(shifted(one)) - one).square().sum() / len(x)
            ).numpy()
        )
    np.testing.assert_allclose(reference, by_definition, atol=1e-6)
    np.testing.assert_allclose(rows, reference, atol=1e-6)
    np.testing.assert_allclose(columns, reference, atol=1e-6)
    np.testing.assert_array_equal(vectors.matrix(), rows)


def test_float32_is_within_rounding_of_automatic_differentiation(rng):
    network = make_network(dim=50, hidden=40)
    arrays = [rng.normal(size=(n, 50)).astype(np.float32) for n in rng.integers(1, 30, 100)]
    expected = []
    for x in arrays:
        one = torch.from_numpy(x)[None].double()
        loss = 0.5 * (network(shifted(one)) - one).square().sum() / len(x)
        expected.append(by_autograd(network, loss).numpy())
    found = FisherVectors(network.float(), as_sequences(arrays)).matrix()
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


def test_loss_and_hidden_means(rng):
    network = make_network().float()
    arrays = [rng.normal(size=(n, 6)).astype(np.float32) for n in LENGTHS]
    vectors = FisherVectors(network, as_sequences(arrays), batch_size=4)
    squared, steps = 0.0, 0
    for i in (1, 3):
        x = torch.from_numpy(arrays[i])[None]
        squared += float((network(shifted(x)) - x).detach().square().sum())
        steps += len(arrays[i])
    assert vectors.loss(np.array([1, 3])) == pytest.approx(0.5 * squared / steps, rel=1e-5)
    hidden = network.hidden(shifted(torch.from_numpy(arrays[3])[None]))[0].mean(0).detach().numpy()
    np.testing.assert_allclose(vectors.mean_hidden()[3], hidden, atol=1e-6)


def test_dropout_is_off(rng):
    network = make_network(dropout=0.9).float().train()
    sequences = as_sequences([rng.normal(size=(5, 6))])
    first, second = (next(FisherVectors(network.train(), sequences).rows()) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_batches_cover_everything_once(rng):
    sequences = as_sequences([rng.normal(size=(n, 2)) for n in rng.integers(1, 30, 300)])
    batches = PaddedBatches(sequences)
    shuffled = batches.shuffled(16, np.random.default_rng(1))
    assert sorted(np.concatenate(shuffled)) == list(range(300))
    assert sorted(np.concatenate(list(batches.by_length(16)))) == list(range(300))
    positions, mask = batches.positions(np.array([7, 2]))
    targets = batches.elements(positions, mask)
    assert mask.sum(1).tolist() == sequences.lengths[[7, 2]].tolist()
    assert targets[~mask].abs().sum() == 0
    padding = [1 - float(batches.positions(batch)[1].float().mean()) for batch in shuffled]
    assert np.mean(padding) < 0.15  # random batches of these lengths would pad half
