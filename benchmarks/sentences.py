"""How fast RNN Fisher vectors of sentences stream: against a backward pass per sentence; with the peak memory.

    python benchmarks/sentences.py

Sentences of Flickr's lengths, 300-d words, LSTM 100: 30,300 numbers each, or, by ``--classification``, LSTM 512, 8,000
words, 20,000 sampled coordinates. ``--layers`` times the gradients of LSTM and output layer together. Blocks are made and
dropped, as the CCA does after adding them up. All are timed in turn on one thread; ratios are of the medians.
"""

import argparse
import resource
import time

import numpy as np
import torch

from rnnfv.arrays.rows import sample_coordinates
from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.rnn.network import shifted
from rnnfv.rnn.settings import RNNSettings
from rnnfv.rnn.streamed import StreamedFisherVectors

D, WORDS = 300, 8000


def flickr_like(n, seed=0):
    """Make n sentences of 4 to 30 words, 12 on average, of an 8,000-word vocabulary."""
    rng = np.random.default_rng(seed)
    lengths = np.clip(rng.gamma(8, 1.5, n).round().astype(int), 4, 30)
    table = rng.normal(size=(WORDS, D)).astype(np.float32)
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return Sequences(
        [str(i) for i in range(n)], offsets, TableRows(table, rng.integers(0, WORDS, offsets[-1]))
    )


def streamed(source):
    """Ours: every block once."""
    for _ in source.rows():
        pass


def backward_loop(network, sequences, objective):
    """The general route: one forward and backward pass per sentence, all gradients at hand."""
    for i, x in enumerate(sequences):
        one = torch.from_numpy(x)[None]
        network.zero_grad(set_to_none=True)
        outputs = network(shifted(one))
        if objective == "regression":
            loss = 0.5 * (outputs - one).square().sum()
        else:
            symbols = sequences.values.index[sequences.offsets[i] : sequences.offsets[i + 1]]
            loss = torch.nn.functional.cross_entropy(outputs[0], torch.from_numpy(symbols))
        loss.backward()
        torch.cat([network.output.weight.grad, network.output.bias.grad[:, None]], dim=1)


def timed(function, *arguments):
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--classification", action="store_true")
    parser.add_argument("--layers", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    objective = "classification" if options.classification else "regression"
    settings = RNNSettings(
        objective=objective, n_fc=0, n_lstm=512 if options.classification else 100, dropout=0.0
    )
    network = settings.build(D, 0, WORDS).eval()
    layers = ("lstm", "output") if options.layers else ("output",)
    coordinates = sample_coordinates(WORDS * 513, 20_000, 0) if options.classification else None
    many = flickr_like(options.sentences)
    few = many.select(np.arange(0, len(many), max(len(many) // 200, 1)))

    def source(sentences):
        return StreamedFisherVectors(
            network, sentences, objective=objective, layers=layers, coordinates=coordinates
        )

    streamed(source(few))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = {"ours": [], "loop": []}
    for _ in range(options.repeats):
        times["ours"].append(timed(streamed, source(many)) / len(many))
        times["loop"].append(timed(backward_loop, network, few, objective) / len(few))
    ours, loop = (float(np.median(times[name])) for name in ("ours", "loop"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{len(many)} sentences, {source(many).shape[1]:,} numbers each, {objective}; medians of {options.repeats}"
    )
    print(f"streamed:      {1e6 * ours:7.0f} microseconds a sentence, {1 / ours:,.0f} sentences/s")
    print(f"backward loop: {1e6 * loop:7.0f} -> {loop / ours:.1f} times as fast")
    print(
        f"peak memory {peak / 2**20:.2f} GiB, {(peak - before) / 2**20:.2f} of it above a pass over {len(few)} sentences"
    )
    print(f"all of them at once would take {4 * np.prod(source(many).shape) / 2**30:.1f} GiB")


if __name__ == "__main__":
    main()
