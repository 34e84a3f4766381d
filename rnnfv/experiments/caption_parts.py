"""One split of a caption data set: sentences as runs of word vectors, features of images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnfv.arrays.hdf5 import open_vectors
from rnnfv.arrays.sequences import Sequences
from rnnfv.data.captions.table import CaptionSet
from rnnfv.errors import InputError
from rnnfv.experiments.words import Words
from rnnfv.features.words.tokens import tokenize
from rnnfv.features.words.vocabulary import reversed_words


@dataclass(frozen=True)
class Part:
    """One split of a caption data set.

    Attributes:
        images: m names.
        features: (m, q) float32.
        sentences: n sequences of words.
        image_of: (n,) int64, the image of every sentence.
    """

    images: list[str]
    features: np.ndarray
    sentences: Sequences
    image_of: np.ndarray


def load_part(
    captions: CaptionSet, vectors: str | Path, words: Words, split: str, *, reverse: bool = False
) -> Part:
    """The images of a split that have features, with their sentences.

    Args:
        captions: the data set.
        vectors: file of image features; images that are not in it have been left out, and counted,
            before.
        words: the table of words.
        split: ``train``, ``val`` or ``test``.
        reverse: whether to reverse the words of every sentence; the end token stays last.

    Raises:
        InputError: the split is empty.
    """
    part = captions.part(split)
    with open_vectors(vectors) as (ids, values, _):
        place = {name: i for i, name in enumerate(ids)}
        part = part.keep(place.keys() & set(part.images["image"]))
        images = list(part.images["image"])
        if not images:
            remedy = " Set captions.<name>.validation to a number of training images."
            raise InputError(
                f"{vectors}: no image of the {split} split has features."
                + (remedy if split == "val" else "")
            )
        rows = np.array([place[name] for name in images])
        # HDF5 reads increasing rows only, and is slow at picking: read the range, pick in memory.
        features = values[rows.min() : rows.max() + 1][rows - rows.min()].astype(np.float32)
    tokens = [tokenize(text) for text in part.sentences["text"]]
    sentences = words.sentences(list(part.sentences["id"]), tokens)
    number = {name: i for i, name in enumerate(images)}
    image_of = np.array([number[name] for name in part.sentences["image"]], np.int64)
    return Part(images, features, reversed_words(sentences) if reverse else sentences, image_of)
