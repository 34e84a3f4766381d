"""A GPU against the CPU: the same results, and how fast; under four minutes in all.

    python benchmarks/gpu.py                        # on CUDA
    python benchmarks/gpu.py --device cpu --quick   # shows that every line works, in seconds

Needs torch, numpy, h5py, scipy and scikit-learn alone; what is missing is named. First every code
path that takes a device is computed on it and on the CPU, in float32. Then times: networks of
random weights, an epoch and RNN-FVs at UCF101's size, the Gram matrix. *Share* is the part of the
speed that one square matrix product reaches on this device in the same arithmetic. Ends with code
1 where a result differs by more than its tolerance.
"""

import argparse
import importlib.util
import sys
import time

if absent := [
    name
    for name in ("torch", "numpy", "h5py", "scipy", "sklearn")
    if not importlib.util.find_spec(name)
]:
    sys.exit(f"Not installed: {', '.join(absent)}.")

import numpy as np
import torch
from gpu_checks import CHECKS, NETWORKS, TOLERANCE, TOLERANCES
from inputs import videos

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.features.networks.registry import create_network
from rnnfv.reduction.gram import gram_matrix
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.settings import RNNSettings
from rnnfv.rnn.training import train

OPERATIONS = {"vgg19": 39.3e9, "c3d": 77e9}
"""Those of one crop of a frame, and of a block of 16 frames; a multiplication and a sum are two."""

ARITHMETIC = {"float32": "float32", "TF32": "float32", "bfloat16": "bfloat16"}
"""The precision that a network is given; TF32 is float32 rounded by the card."""

LINE = "{:44} {:>12} {:>16} {:>8}"


def allow_tf32(allowed):
    """Whether products and convolutions of float32 may be rounded to TF32."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = allowed


def compare(device):
    """Compute every check on both devices; print how far they are apart. The checks that failed."""
    failed = []
    for name, check in CHECKS.items():
        try:
            here, there = check("cpu"), check(device)
        except ModuleNotFoundError as error:
            if error.name.startswith("rnnfv"):
                raise
            print(f"  {name:28} left out: {error.name} is not installed")
            continue
        tolerance = TOLERANCES.get(name, TOLERANCE)
        apart = float(np.max([distance(*pair) for pair in zip(here, there, strict=True)]))
        if not apart <= tolerance:  # also where it is NaN
            failed.append(name)
        told = "" if apart <= tolerance else "  TOO FAR"
        print(f"  {name:28} {apart:.0e}, tolerance {tolerance:.0e}{told}", flush=True)
    return failed


def distance(one, other):
    """The largest difference of two arrays as a share of the largest value; NaN where one is."""
    return np.abs(np.subtract(one, other)).max() / np.abs(one).max()


def seconds(work, device, repeats=3):
    """The median time of a function on a device, without its first call; with 0 repeats of that."""
    taken = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        work()
        if torch.device(device).type == "cuda":
            torch.cuda.synchronize(device)
        taken.append(time.perf_counter() - started)
    return float(np.median(taken[1:] or taken))


def product_speed(device, precision, quick):
    """Operations per second of a square product."""
    side = 512 if quick else 8192
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    factor = torch.rand(side, side, device=device).to(dtype)
    return 2 * side**3 / seconds(lambda: factor @ factor, device)


def show(what, taken, count, unit, operations=0.0, speed=0.0):
    """Print a line: seconds, items per second, share of a product's speed."""
    share = f"{100 * operations / taken / speed:.0f} %" if operations else ""
    per_second = f"{count / taken:,.1f} {unit}/s"
    print(LINE.format(what, f"{taken:.3f} s", per_second, share).rstrip(), flush=True)


def time_networks(device, quick, speeds):
    """Frames per second of VGG-19 with ten crops, blocks per second of C3D."""
    for name, shape in NETWORKS.items():
        count = 1 if quick else 32
        crops = 1 if quick or name == "c3d" else 10
        options = {"crops": "center" if quick else "ten"} if name == "vgg19" else {}
        batch = np.random.default_rng(0).integers(0, 256, (count, *shape[1:]), dtype=np.uint8)
        repeats = 0 if quick else 3
        for arithmetic, speed in speeds.items():
            allow_tf32(arithmetic == "TF32")
            options["precision"] = ARITHMETIC[arithmetic]
            network = create_network(name, weights="random", device=device, **options)
            taken = seconds(lambda network=network, batch=batch: network(batch), device, repeats)
            operations = count * crops * OPERATIONS[name]
            unit = "frames" if name == "vgg19" else "blocks"
            show(f"{name}, {crops} crops, {arithmetic}", taken, count, unit, operations, speed)


def time_rnn(device, quick, speed):
    """An epoch of training, RNN-FVs into memory, and their Gram matrix, at UCF101's size."""
    allow_tf32(False)
    n, fitted, repeats = (140, 80, 0) if quick else (13_320, 7630, 1)
    data, settings = videos(n), RNNSettings(epochs=1, dropout=0.95)
    seen = data.select(np.arange(fitted))
    taken = seconds(lambda: train(seen, settings, seed=0, device=device), device, repeats)
    show(f"an epoch, {fitted:,} videos", taken, fitted, "videos")
    network = settings.build(data.dim, 0)

    def extract():
        for _ in FisherVectors(network, data, device=device).rows(BLOCK_BYTES):
            pass

    show(f"RNN-FVs of {n:,} videos", seconds(extract, device, repeats), n, "videos")
    known = fitted + fitted // 4
    vectors = FisherVectors(network, data.select(np.arange(known)), device=device)
    taken = seconds(lambda: gram_matrix(vectors, np.arange(fitted)), device, repeats)
    operations = vectors.shape[1] * fitted * (fitted + 2 * (known - fitted))
    show(f"Gram matrix, {known:,} x {fitted:,}", taken, known, "videos", operations, speed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda", help="a torch device")
    parser.add_argument("--quick", action="store_true", help="small inputs")
    options = parser.parse_args()
    device, quick = options.device, options.quick
    cuda = torch.device(device).type == "cuda"
    if cuda and not torch.cuda.is_available():
        sys.exit("torch sees no GPU here. --device cpu --quick shows that every line works.")
    card = torch.cuda.get_device_name(device) if cuda else "the CPU"
    print(f"{card}, torch {torch.__version__}\n\nDifferences between {device} and the CPU")
    allow_tf32(False)
    failed = compare(device)
    speeds = {}
    for arithmetic in ARITHMETIC if cuda else ("float32", "bfloat16"):
        allow_tf32(arithmetic == "TF32")
        speeds[arithmetic] = product_speed(device, ARITHMETIC[arithmetic], quick)
    print("\nSquare products:", end=" ")
    print(", ".join(f"{name} {speed / 1e12:.1f} TFLOP/s" for name, speed in speeds.items()), "\n")
    print(LINE.format("work", "time", "rate", "share"))
    time_networks(device, quick, speeds)
    time_rnn(device, quick, speeds["float32"])
    if failed:
        sys.exit(f"Too far from the CPU: {', '.join(failed)}")


if __name__ == "__main__":
    main()
