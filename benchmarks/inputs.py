"""Synthetic inputs of the benchmarks, of about the sizes and distributions of the paper's data."""

from itertools import pairwise

import numpy as np

from rnnfv.arrays.matrices import FunctionRows
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.sequences import Sequences, TableRows

CLASSES, VOCABULARY = 101, 8000


def unit_rows(n, d, seed=0):
    """(n, d) float32 random rows of unit length."""
    return l2_normalize(np.random.default_rng(seed).standard_normal((n, d), dtype=np.float32))


def labels(n):
    """(n,) classes in random order."""
    return np.random.default_rng(1).integers(0, CLASSES, n).astype(str)


def split(n):
    """Training, validation and test rows in UCF101's proportions: 7,630, 1,907 and 3,783."""
    order = np.random.default_rng(2).permutation(n)
    parts = np.split(order, [round(n * 7630 / 13320), round(n * 9537 / 13320)])
    return dict(zip(("train", "val", "test"), map(np.sort, parts), strict=True))


def videos(n, d=500, classes=None, strength=1):
    """Sequences of 18 unit elements on average that carry their class and drift with time.

    Args:
        n: how many.
        d: dimensions of an element.
        classes: (n,) the class of each, a number below CLASSES; at random if None.
        strength: of the class, beside noise and drift of 1.
    """
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.gamma(6, 3, n).round().astype(int), 3, 90)
    values = unit_rows(lengths.sum(), d)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    centres = unit_rows(CLASSES, d, 1)[labels(n).astype(int) if classes is None else classes]
    centres *= np.float32(strength)
    start, end = unit_rows(n, d, 2), unit_rows(n, d, 3)
    for i, (first, last) in enumerate(pairwise(offsets)):
        along = np.linspace(0, 1, last - first, dtype=np.float32)[:, None]
        values[first:last] += centres[i] + (1 - along) * start[i] + along * end[i]
    return Sequences([str(i) for i in range(n)], offsets, l2_normalize(values))


def word_vectors(n, d=300):
    """(n, d) heavy-tailed rows of length 10 around 40 centres, about as ICA leaves word vectors."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((40, d), dtype=np.float32)[rng.integers(0, 40, n)]
    for rows in np.array_split(np.arange(n), max(n // 10_000, 1)):
        values[rows] = 10 * l2_normalize(values[rows] + 1.5 * rng.laplace(size=(len(rows), d)))
    return values


def sentences(n, table):
    """Sentences of 4 to 30 words, 12 on average, as frequent as one over their rank."""
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.gamma(8, 1.5, n).round().astype(int), 4, 30)
    frequencies = 1 / np.arange(1, min(VOCABULARY, len(table)) + 1)
    index = rng.choice(len(frequencies), lengths.sum(), p=frequencies / frequencies.sum())
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return Sequences([str(i) for i in range(n)], offsets, TableRows(table, index))


def repeated_rows(n, p, block=1000):
    """(n, p) rows, cheap to make: a block again and again, moved on by a few columns each time.

    Columns differ in variance, so that covariances have no eigenvalue twice.
    """
    first = np.random.default_rng(0).standard_normal((min(block, n), p), dtype=np.float32)
    first /= np.arange(10, p + 10, dtype=np.float32)

    def blocks(block_bytes):
        for start in range(0, n, block):
            yield np.roll(first, start // block, axis=1)[: n - start]

    return FunctionRows((n, p), blocks)


def film(n, height=240, width=320):
    """(n, height, width) grey frames: a textured square moves over a texture, the camera pans."""
    import cv2

    rng = np.random.default_rng(0)

    def texture(h, w):
        noise = cv2.GaussianBlur(rng.normal(size=(h, w)).astype(np.float32), (0, 0), 2)
        return (127 + 55 * noise / noise.std()).clip(0, 255).astype(np.uint8)

    scene, patch = texture(height + 100, width + 200), texture(80, 80)
    frames = np.empty((n, height, width), np.uint8)
    for i, frame in enumerate(frames):
        t = 50 - abs(50 - i % 100)  # there and back
        frame[:] = scene[t : t + height, 2 * t : 2 * t + width]
        frame[60 + t : 140 + t, 40 + 4 * t : 120 + 4 * t] = patch[:, : max(width - 40 - 4 * t, 0)]
    return frames
