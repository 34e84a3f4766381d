"""Vectors that a model makes of what a user names, and the images that a search looks among."""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from rnnfv.arrays.provenance import file_sha256
from rnnfv.arrays.vectors import open_vectors
from rnnfv.errors import InputError
from rnnfv.models.clips import elements_of
from rnnfv.models.frame_features import Read
from rnnfv.models.image_sentence_space import Gallery
from rnnfv.models.inputs import (
    HDF5,
    IMAGES,
    attempt,
    guarded,
    image_features,
    sentences_in,
    suffix_of,
)
from rnnfv.models.sequence_classifier import SequenceClassifier
from rnnfv.reporting.gallery import find_files


def sentence_vectors(model: Any, texts: Sequence[str]) -> Iterator[Read]:
    """The vector of every sentence, or its problem."""
    try:
        vectors = model.encode_sentences(texts)
    except InputError:  # one at a time, so that the others are used
        each: Iterable[Any] = ((text, [text], "") for text in texts)
        yield from attempt(each, lambda text: model.encode_sentences(text)[0])
        return
    yield from ((text, row, "") for text, row in zip(texts, vectors, strict=True))


def _vectors_of_text(model: Any, path: str) -> Iterator[Read]:
    yield from sentence_vectors(model, sentences_in(path))


def vectors_of(
    model: Any, inputs: Sequence[str], device: str = "auto", weights: Sequence[str] | None = None
) -> Iterator[Read]:
    """The vector that a model makes of every input, or its problem. Images have absolute paths.

    Args:
        model: of either kind.
        inputs: videos or sequences files; images, folders, vectors files, texts or sentences.
        device: see :func:`~rnnfv.models.inputs.image_features`, as is
        weights: of the network.
    """
    if isinstance(model, SequenceClassifier):
        batches = elements_of(model, inputs, device, weights)
        yield from attempt(batches, lambda batch: model.encode(batch)[0])
        return
    for kind, group in groupby(inputs, _kind):
        names = list(group)
        if kind == "images":
            # A search among them finds the pictures from wherever it is made.
            images = image_features(model, list(map(os.path.abspath, names)), device, weights)
            yield from attempt(images, lambda one: model.encode_images(one)[0])
        elif kind == "sentences":
            yield from sentence_vectors(model, names)
        else:
            for name in names:
                if kind == "texts":
                    yield from guarded(name, _vectors_of_text(model, name))
                else:
                    yield name, None, _unknown(name)


def _kind(name: str) -> str:
    """The kind of an input: texts, images, sentences, or files that are of no use."""
    if suffix_of(name) == ".txt":
        return "texts"
    if suffix_of(name) in IMAGES | HDF5 or os.path.isdir(name):
        return "images"
    like_a_path = len(name.split()) == 1 and (os.sep in name or bool(suffix_of(name)))
    return "files" if like_a_path or os.path.exists(name) else "sentences"


def _unknown(name: str) -> str:
    if not os.path.exists(name):
        return "no such file or folder. Check the path."
    kinds = ", ".join(sorted(IMAGES))
    return f"neither an image ({kinds}), a vectors file (.h5) nor sentences (.txt)."


def look_up_images(
    model: Any,
    model_file: str | Path,
    images: str | Path | None,
    device: str = "auto",
    weights: Sequence[str] | None = None,
) -> tuple[Gallery, dict[str, str]]:
    """The images to search among, and the problems of those that cannot be used, by name.

    Args:
        model: an :class:`~rnnfv.ImageSentenceSpace`.
        model_file: where it was read from.
        images: a folder, an image, or a vectors file: of image features, or of vectors that this
            model made; None for the images the model was kept with.
        device: see :func:`~rnnfv.models.inputs.image_features`, as is
        weights: of the network.

    Raises:
        InputError: the vectors are another model's, or no image can be used.
    """
    if images is None:
        if model.images_ is None:
            raise InputError("this model has no images of its own: name a folder (--images).")
        return _own_images(model), {}
    if suffix_of(images) in HDF5:
        with open_vectors(images) as (ids, values, made_by):
            made = made_by.get("model_sha256")
            if made == file_sha256(model_file):
                return Gallery(ids, values[:]), {}
            if made is not None:
                other = f"{images}: vectors of another model, {made_by.get('model')}"
                raise InputError(f"{other}. Encode the images with this one.")
    names, rows, problems = [], [], {}
    features = image_features(model, [str(images)], device, weights)
    for name, row, problem in attempt(features, lambda one: model.encode_images(one)[0]):
        if row is None:
            problems[name] = problem
        else:
            names.append(name)
            rows.append(row)
    if not names:
        name, problem = next(iter(problems.items()), (str(images), "it is empty"))
        raise InputError(f"{images}: no image can be used; {name}: {problem.rstrip('.')}.")
    return Gallery(names, np.stack(rows)), problems


def _own_images(model: Any) -> Gallery:
    """The images that a model was kept with: by their files, where these are still there."""
    gallery: Gallery = model.images_
    pictures = model.about_.get("pictures")
    if not pictures or gallery.names is None:
        return gallery
    paths = dict(zip(gallery.names, map(str, pictures["files"]), strict=True))
    found = find_files(gallery.names, paths, pictures["folders"])
    names = [str(file or name) for file, name in zip(found, gallery.names, strict=True)]
    return Gallery(names, gallery.vectors)
