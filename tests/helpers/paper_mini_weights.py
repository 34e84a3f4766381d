"""Weights and word vectors for paper_mini.py: random, in the formats and sizes of real files."""

import gzip
import math
from pathlib import Path

import numpy as np
import torch

from helpers.caffemodel import field, varint
from rnnfv.features.words.vector_files import write_word2vec

VGG19 = (2, 2, 4, 4, 4)
"""Convolutions of every stage."""

NOT_IN_GOOGLENEWS = {"a", "and", "of", "to"}


class Noise:
    """Normal numbers of He's variance, so that what goes through a network keeps its scale.

    140 million weights repeat four million random numbers: to draw them all would take longer.
    """

    def __init__(self, seed):
        count = 4_194_319  # a prime: rows do not repeat
        self.numbers = np.random.default_rng(seed).standard_normal(count, dtype=np.float32)
        self.at = 0

    def weights(self, shape):
        """An array (out, in, ...)."""
        size = math.prod(shape)
        values = np.resize(np.roll(self.numbers, -self.at), size).reshape(shape)
        self.at = (self.at + size) % len(self.numbers)
        values *= np.float32(math.sqrt(2 / math.prod(shape[1:])))
        return values


def vgg19_shapes():
    """Weights of VGG-19's layers by Caffe's names."""
    shapes, channels = {}, 3
    for stage, convolutions in enumerate(VGG19, 1):
        width = min(64 * 2 ** (stage - 1), 512)
        for number in range(1, convolutions + 1):
            shapes[f"conv{stage}_{number}"] = (width, channels, 3, 3)
            channels = width
    return shapes | {"fc6": (4096, 512 * 7 * 7), "fc7": (4096, 4096), "fc8": (1000, 4096)}


def c3d_shapes():
    """The same of C3D, by the names of its PyTorch port."""
    widths = {"1": 64, "2": 128, "3a": 256, "3b": 256, "4a": 512, "4b": 512, "5a": 512, "5b": 512}
    shapes, channels = {}, 3
    for name, width in widths.items():
        shapes[f"conv{name}"] = (width, channels, 3, 3, 3)
        channels = width
    return shapes | {"fc6": (4096, 8192), "fc7": (4096, 4096), "fc8": (487, 4096)}


def write_caffemodel(path, seed=0):
    """VGG-19 as in its authors' file: Caffe's old field, blobs of four dimensions; about 575 MB."""
    noise = Noise(seed)
    with open(path, "wb") as file:
        file.write(field(1, b"VGG_ILSVRC_19_layers"))
        for name, shape in vgg19_shapes().items():
            blobs = [noise.weights(shape), np.zeros(shape[0], np.float32)]
            heads = [_blob_head(blob) for blob in blobs]
            # field 6 of a layer is a blob: its length goes before it, and the layer's before all
            starts = [
                varint(6 << 3 | 2) + varint(len(head) + blob.nbytes)
                for head, blob in zip(heads, blobs, strict=True)
            ]
            title = field(4, name.encode())
            size = (
                len(title)
                + sum(map(len, heads))
                + sum(map(len, starts))
                + sum(blob.nbytes for blob in blobs)
            )
            file.write(varint(2 << 3 | 2) + varint(size) + title)
            for start, head, blob in zip(starts, heads, blobs, strict=True):
                file.write(start + head)
                file.write(blob.astype("<f4", copy=False).data)


def _blob_head(blob):
    """A blob up to its numbers: four dimensions, and how many bytes of float32 follow."""
    shape = (1,) * (4 - blob.ndim) + blob.shape
    return (
        b"".join(field(i, size) for i, size in enumerate(shape, 1))
        + varint(5 << 3 | 2)
        + varint(blob.nbytes)
    )


def write_c3d(path, seed=1):
    """C3D as a PyTorch state dict. About 310 MB."""
    noise, state = Noise(seed), {}
    for name, shape in c3d_shapes().items():
        state |= {
            f"{name}.weight": torch.from_numpy(noise.weights(shape)),
            f"{name}.bias": torch.zeros(shape[0]),
        }
    torch.save(state, path)


def write_words(path, words, seed=2):
    """Vectors of 300 dimensions in word2vec's binary format, gzipped; returns its size unpacked.

    As GoogleNews it has capitals, ``#`` for the digits of longer numbers and ``</s>``, but no full
    stop and none of the most frequent words.
    """
    kept = [
        word
        for word in sorted(words)
        if word not in NOT_IN_GOOGLENEWS and any(map(str.isalnum, word))
    ]
    spelled = [word.capitalize() if i % 7 == 3 else word for i, word in enumerate(kept)]
    spelled = [
        "".join("#" if c.isdigit() else c for c in word)
        if sum(map(str.isdigit, word)) > 1
        else word
        for word in spelled
    ]
    names = list(dict.fromkeys(["</s>", *spelled]))
    rng = np.random.default_rng(seed)
    sources = rng.laplace(size=(len(names), 300))  # which ICA can find
    values = sources @ rng.normal(size=(300, 300)) / 100
    plain = Path(path).with_suffix("")
    write_word2vec(plain, names, values.astype(np.float32))
    size = plain.stat().st_size
    Path(path).write_bytes(gzip.compress(plain.read_bytes(), 1, mtime=0))
    plain.unlink()
    return size
