"""How fast RNN Fisher vectors are extracted: against a backward pass per sequence, and against the bound of its products.

    python benchmarks/gradients.py

All three are timed in turn, several times, on one thread; ratios are of the medians. The bound is the time that the
products of the computation would take at the speed of this machine's square float32 product, as if nothing else cost
anything: no memory traffic, no nonlinearities, no steps one after the other.
"""

import argparse
import time

import numpy as np
import torch

from rnnfv.arrays.sequences import Sequences
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.network import shifted
from rnnfv.rnn.settings import RNNSettings

D, H = 500, 200


def ucf101_like(n, seed=0, mean_length=18):
    """Make n sequences of about the lengths of UCF101 at one frame in ten, unit-length 500-d elements."""
    rng = np.random.default_rng(seed)
    lengths = np.clip(rng.gamma(6, mean_length / 6, n).round().astype(int), 3, 90)
    values = rng.normal(size=(lengths.sum(), D)).astype(np.float32)
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    return Sequences([str(i) for i in range(n)], np.concatenate([[0], np.cumsum(lengths)]), values)


def closed_form(network, sequences):
    """Ours: every gradient as a row, in blocks of 64 MiB that the caller would write to disk."""
    for _ in FisherVectors(network, sequences).rows(2**26):
        pass


def backward_loop(network, sequences):
    """The general route: one forward and backward pass per sequence, the output layer's gradient read off."""
    for x in sequences:
        one = torch.from_numpy(x)[None]
        network.zero_grad(set_to_none=True)
        (0.5 * (network(shifted(one)) - one).square().sum() / len(x)).backward()
        torch.cat([network.output.weight.grad, network.output.bias.grad[:, None]], dim=1)


def flops(sequences):
    """Multiplications and additions of the forward pass and of the gradients' outer products."""
    per_step = 2 * (D * H + 4 * H * (H + H) + H * D + D * (H + 1))
    return per_step * int(sequences.offsets[-1])


def peak_flops(size=2048):
    """Operations per second of a square float32 product, now."""
    a, b = torch.rand(size, size), torch.rand(size, size)
    started = time.perf_counter()
    torch.mm(a, b)
    return 2 * size**3 / (time.perf_counter() - started)


def timed(function, *arguments):
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sequences", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(1)
    network = RNNSettings().build(D, seed=0).eval()
    many = ucf101_like(options.sequences)
    few = many.select(np.arange(0, len(many), max(len(many) // 100, 1)))
    times = {"closed": [], "loop": [], "bound": []}
    closed_form(network, few)
    peak_flops()
    for _ in range(options.repeats):
        times["closed"].append(timed(closed_form, network, many) / len(many))
        times["loop"].append(timed(backward_loop, network, few) / len(few))
        times["bound"].append(flops(many) / peak_flops() / len(many))
    closed, loop, bound = (float(np.median(times[name])) for name in ("closed", "loop", "bound"))
    print(
        f"{len(many)} sequences, {many.offsets[-1] / len(many):.1f} steps, {D}-d, {H} units; medians of {options.repeats}"
    )
    print(f"closed form: {1e6 * closed:8.0f} microseconds a sequence")
    print(
        f"backward loop: {1e6 * loop:6.0f}   -> the closed form is {loop / closed:.1f} times as fast"
    )
    print(
        f"bound:         {1e6 * bound:6.0f}   -> the closed form reaches {100 * bound / closed:.0f} % of it"
    )


if __name__ == "__main__":
    main()
