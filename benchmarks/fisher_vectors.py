"""RNN Fisher vectors of videos and of sentences against a backward pass per sequence.

    python benchmarks/fisher_vectors.py [CASE ...]

All are timed in turn, on one thread; ratios are of medians. The bound is the time that the
products alone would take at the speed of this machine's square product, as if nothing else cost
anything: no memory traffic, no nonlinearities, no steps one after the other.
"""

import sys

import numpy as np
import torch
from inputs import VOCABULARY, sentences, videos, word_vectors
from timing import alternately, one_thread, peak_gib, product_speed

from rnnfv.arrays.matrices import sample_coordinates
from rnnfv.rnn.fisher_vector_rows import FisherVectorRows
from rnnfv.rnn.network import shifted
from rnnfv.rnn.training import RNNSettings

CASES = ("videos", "regression", "classification", "layers")


def setting(case):
    """Network, sequences and options of a case; sentences are of 300-d words."""
    if case == "videos":
        return RNNSettings().build(500, 0).eval(), videos(2000), {}
    many = sentences(10_000, word_vectors(VOCABULARY))
    objective = "classification" if case == "classification" else "regression"
    units = 512 if case == "classification" else 100
    settings = RNNSettings(objective=objective, n_fc=0, n_lstm=units, dropout=0.0)
    options = {"objective": objective}
    if case == "classification":
        options["coordinates"] = sample_coordinates(VOCABULARY * (units + 1), 20_000, 0)
    if case == "layers":
        options["layers"] = ("lstm", "output")
    return settings.build(300, 0, VOCABULARY).eval(), many, options


def stream(source):
    for _ in source.rows():
        pass


def backward_loop(network, sequences, objective="regression"):
    """The general route: one forward and backward pass per sequence."""
    for i, x in enumerate(sequences):
        one = torch.from_numpy(x)[None]
        network.zero_grad(set_to_none=True)
        outputs = network(shifted(one))
        if objective == "regression":
            loss = 0.5 * (outputs - one).square().sum()
        else:
            words = sequences.values.index[sequences.offsets[i] : sequences.offsets[i + 1]]
            loss = torch.nn.functional.cross_entropy(outputs[0], torch.from_numpy(words))
        loss.backward()
        torch.cat([network.output.weight.grad, network.output.bias.grad[:, None]], dim=1)


def compare(case):
    network, many, options = setting(case)
    few = many.select(np.arange(0, len(many), len(many) // 200))
    objective = options.get("objective", "regression")
    seconds = alternately(
        5,
        ours=lambda: stream(FisherVectorRows(network, many, **options)),
        loop=lambda: backward_loop(network, few, objective),
    )
    ours, loop = 1e6 * seconds["ours"] / len(many), 1e6 * seconds["loop"] / len(few)
    print(f"{case}: {ours:.0f} microseconds a sequence; loop {loop:.0f}, {loop / ours:.1f} times")
    if case == "videos":  # products of the forward pass, and the gradients' outer products
        d, h = 500, 200
        operations = 2 * (d * h + 8 * h * h + h * d + d * (h + 1)) * int(many.offsets[-1])
        bound = 1e6 * operations / product_speed() / len(many)
        print(f"  bound {bound:.0f}: {100 * bound / ours:.0f} % of it are reached")
    print(f"  peak {peak_gib():.2f} GiB")


def main():
    one_thread()
    for case in sys.argv[1:] or CASES:
        compare(case)


if __name__ == "__main__":
    main()
