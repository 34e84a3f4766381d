"""Synthetic data of the sizes of UCF101 and Flickr30k, as a user's own files, for full_size.py."""

import math

import h5py
import numpy as np
import pandas as pd
from inputs import CLASSES, VOCABULARY, sentences, videos, word_vectors

from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.sequences import write_sequences
from rnnfv.arrays.vectors import write_vectors
from rnnfv.data.manifests.ucf101 import read_ucf101
from rnnfv.features.words.vector_files import write_word2vec

TRAIN, TEST = 9537, 3783
"""Clips in the lists of UCF101's first split: of groups 8 to 25 of every class, and of 1 to 7."""

IMAGES = {"train": 29_000, "val": 1014, "test": 1000}
"""Images in the parts of Flickr30k, five sentences each."""

STRENGTH = 0.1
"""The weight of a class in its clips' elements: so little that some clips are mistaken."""

ELEMENT, IMAGE, WORD = 500, 4096, 300
"""Dimensions of a frame's, an image's and a word's vector."""


def make_videos(folder, scale, lists=None):
    """Write ``manifest.csv`` and ``features.h5``, sequences of 18 elements on average.

    Args:
        folder: where to.
        scale: share of the clips, and of the classes.
        lists: folder of the official lists; None for lists of the same sizes.
    """
    manifest = part_of(read_ucf101(None, lists, [1]) if lists else like_ucf101(), scale)
    classes = np.unique(manifest["label"], return_inverse=True)[1]
    made = videos(len(manifest), ELEMENT, classes, STRENGTH)
    write_sequences(folder / "features.h5", zip(manifest["id"], made, strict=True), ELEMENT)
    manifest.to_csv(folder / "manifest.csv", index=False)


def like_ucf101():
    """A manifest of the counts of UCF101's first split: classes, groups, clips of each part."""
    rows = []
    for part, count, groups in ("train", TRAIN, range(8, 26)), ("test", TEST, range(1, 8)):
        for clip in range(count):
            rank, number = divmod(clip, CLASSES)
            label, (take, group) = f"class{number:03}", divmod(rank, len(groups))
            group = f"{label}_g{groups[group]:02}"
            rows.append((f"{group}_c{take + 1:02}", label, group, part))
    return pd.DataFrame(rows, columns=["id", "label", "group", "split1"])


def part_of(manifest, scale):
    """A share of the classes, four at least, and of all clips as many of theirs at random."""
    names = np.unique(manifest["label"])[: max(4, math.ceil(scale * CLASSES))]
    among = manifest[manifest["label"].isin(names)]
    return among.sample(round(scale * len(manifest)), random_state=0).sort_index()


def make_captions(folder, scale):
    """Write ``captions.token``, lists of images, ``words.bin`` and ``images.h5``.

    An image's vector is made of its sentences' words, and noise.

    Args:
        folder: where to.
        scale: share of the images.
    """
    count = {part: round(scale * images) for part, images in IMAGES.items()}
    names = np.array([f"{i:06}.jpg" for i in range(sum(count.values()))])
    words, table = [f"w{i}" for i in range(VOCABULARY)], word_vectors(VOCABULARY, WORD)
    said = sentences(5 * len(names), table)
    texts = [" ".join(words[i] for i in numbers) for numbers in _split(said, said.values.index)]
    lines = (f"{names[i // 5]}#{i % 5}\t{text}\n" for i, text in enumerate(texts))
    write_word2vec(folder / "words.bin", words, table)
    write_vectors(folder / "images.h5", names, _images(said, table), IMAGE)
    bounds = np.cumsum(list(count.values()))[:-1]
    for part, listed in zip(count, np.split(names, bounds), strict=True):
        (folder / f"{part}.txt").write_text("\n".join([*listed, ""]))
    (folder / "captions.token").write_text("".join(lines))  # last: then all of them are there


def _images(said, table, block=500):
    """Blocks of unit vectors, ``block`` images at a time."""
    rng = np.random.default_rng(3)
    seen = rng.standard_normal((table.shape[1], IMAGE), dtype=np.float32) / table.shape[1] ** 0.5
    means = np.stack([table[words].mean(axis=0) for words in _split(said, said.values.index)])
    means = l2_normalize(means.reshape(-1, 5, table.shape[1]).mean(axis=1))
    for start in range(0, len(means), block):
        meant = means[start : start + block] @ seen
        noise = rng.standard_normal(meant.shape, dtype=np.float32) / IMAGE**0.5
        yield l2_normalize(meant + 2 * noise)


def _split(sequences, values):
    """The values of each sequence."""
    return np.split(values, sequences.offsets[1:-1])


def counts(folder):
    """The counts of the files in words: clips and elements, or images and sentences."""
    if (folder / "features.h5").is_file():
        with h5py.File(folder / "features.h5") as file:
            return f"{len(file['ids']):,} clips, {len(file['values']):,} elements"
    with h5py.File(folder / "images.h5") as file:
        return f"{len(file['ids']):,} images, {5 * len(file['ids']):,} sentences"
