"""Inputs of models: videos, images, sentences and files of features, as a user names them."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import rnnfv
from rnnfv.arrays.hdf5 import file_sha256, open_vectors
from rnnfv.arrays.sequences import open_sequences
from rnnfv.data.files import is_companion
from rnnfv.data.text_files import read_lines
from rnnfv.errors import InputError
from rnnfv.models.frame_features import FrameFeatures, Read
from rnnfv.models.image_sentence_space import Gallery

HDF5 = frozenset({".h5", ".hdf5"})
IMAGES = frozenset(".bmp .gif .jpeg .jpg .png .ppm .tif .tiff .webp".split())
"""Endings of the files that are taken for images."""

_USED_BY = {
    "SequenceClassifier": "predicts labels of sequences (rnnfv predict)",
    "ImageSentenceSpace": "finds images and sentences (rnnfv search, rnnfv annotate)",
}


def load_model(path: str | Path) -> Any:
    """A model that a command can use.

    Raises:
        InputError: a part of a model, such as a PCA; also as :func:`rnnfv.load`.
    """
    loaded = rnnfv.load(path)
    if not any(isinstance(loaded, getattr(rnnfv, kind)) for kind in _USED_BY):
        problem = f"{path}: a {type(loaded).__name__}, which is a part of a model"
        raise InputError(f"{problem}. Give a model that a run kept (snakemake models).")
    return loaded


def load_kind(path: str | Path, kind: str, command: str) -> Any:
    """A model of a kind, or of one that is a special case of it.

    Args:
        path: of its file.
        kind: a key of :data:`_USED_BY`.
        command: that needs it, for the message.

    Raises:
        InputError: a model of another kind; also as :func:`load_model`.
    """
    loaded = load_model(path)
    if not isinstance(loaded, getattr(rnnfv, kind)):
        [use] = [text for name, text in _USED_BY.items() if name != kind]
        raise InputError(
            f"{path}: this model {use}; rnnfv {command} needs one that "
            f"{_USED_BY[kind].split(' (')[0]}."
        )
    return loaded


def elements_of(
    model: Any, inputs: Iterable[str], device: str = "auto", weights: str | Path | None = None
) -> Iterator[Read]:
    """Elements (T, D) of every item: of sequences files, and of videos; or its problem.

    Args:
        model: a :class:`~rnnfv.SequenceClassifier`.
        inputs: files.
        device: ``auto`` or a torch device, for the feature network.
        weights: its weights, where they are not where they were.
    """
    network = None
    for name in inputs:
        if Path(name).suffix in HDF5:
            with open_sequences(name) as sequences:
                sequences.validate(model.n_features_in_)
                for number, item in enumerate(sequences.ids):
                    yield item, sequences[number].astype(np.float32), ""
            continue
        frames = FrameFeatures.of(model.about_, f"videos such as {name}")
        network = network or frames.network(device, weights)
        yield from frames.of_videos(network, [name])


def image_features(
    model: Any, inputs: Iterable[str], device: str = "auto", weights: str | Path | None = None
) -> Iterator[Read]:
    """Features (q,) of every image: of vectors files, of images, and of folders of them.

    Args:
        model: an :class:`~rnnfv.ImageSentenceSpace`.
        inputs: files and folders.
        device: see :func:`elements_of`, as is
        weights: of the network.

    Raises:
        InputError: a folder without images, or a vectors file of another dimension.
    """
    network = None
    for name in inputs:
        if Path(name).suffix in HDF5:
            with open_vectors(name) as (ids, values, _):
                if values.shape[1] != model.n_features_in_:
                    needs = f"the model needs image features of {model.n_features_in_} dimensions"
                    raise InputError(f"{name}: vectors of {values.shape[1]}; {needs}.")
                yield from ((item, row, "") for item, row in zip(ids, values[:], strict=True))
            continue
        frames = FrameFeatures.of(model.about_, f"images such as {name}")
        network = network or frames.network(device, weights)
        yield from frames.of_images(network, images_in(name))


def images_in(path: str | Path) -> list[Path]:
    """The image itself, or those of a folder and the folders in it, sorted.

    Raises:
        InputError: a folder without images.
    """
    if not Path(path).is_dir():
        return [Path(path)]
    files = sorted(file for file in Path(path).rglob("*") if file.suffix.lower() in IMAGES)
    found = [file for file in files if not is_companion(file.relative_to(path))]
    if not found:
        raise InputError(f"{path}: no images here. Give a folder of {', '.join(sorted(IMAGES))}.")
    return found


def sentences_in(path: str | Path) -> list[str]:
    """The sentences of a text file, one a line.

    Raises:
        InputError: no such file, or none in it.
    """
    found = [line.strip() for _, line in read_lines(path, "Check the path.")]
    if not found:
        raise InputError(f"{path}: no sentence in it. Write one a line.")
    return found


def vectors_of(
    model: Any, inputs: Sequence[str], device: str = "auto", weights: str | Path | None = None
) -> Iterator[Read]:
    """The vector that a model makes of every input, or its problem.

    Args:
        model: of either kind.
        inputs: videos or sequences files; images, folders, vectors files, texts or sentences.
        device: see :func:`elements_of`, as is
        weights: of the network.
    """
    if isinstance(model, rnnfv.SequenceClassifier):
        for name, elements, problem in elements_of(model, inputs, device, weights):
            yield name, None if elements is None else model.encode([elements])[0], problem
        return
    for name in inputs:
        path = Path(name)
        if path.suffix == ".txt":
            texts = sentences_in(path)
            vectors = model.encode_sentences(texts)
            yield from ((text, row, "") for text, row in zip(texts, vectors, strict=True))
        elif path.is_dir() or path.suffix.lower() in IMAGES | HDF5:
            for one, features, problem in image_features(model, [name], device, weights):
                yield one, None if features is None else model.encode_images(features)[0], problem
        else:
            yield name, model.encode_sentences([name])[0], ""


def look_up_images(
    model: Any,
    model_file: str | Path,
    images: str | Path | None,
    device: str = "auto",
    weights: str | Path | None = None,
) -> tuple[Gallery, dict[str, str]]:
    """The images to search among, and the problems of those that cannot be used, by name.

    Args:
        model: an :class:`~rnnfv.ImageSentenceSpace`.
        model_file: where it was read from.
        images: a folder, an image, or a vectors file: of image features, or of vectors that this
            model made; None for the images the model was kept with.
        device: see :func:`elements_of`, as is
        weights: of the network.

    Raises:
        InputError: the vectors are another model's, or no image can be used.
    """
    if images is None:
        if model.images_ is None:
            raise InputError("this model has no images of its own: name a folder (--images).")
        return model.images_, {}
    if Path(images).suffix in HDF5:
        with open_vectors(images) as (ids, values, made_by):
            made = made_by.get("model_sha256")
            if made == file_sha256(model_file):
                return Gallery(ids, values[:]), {}
            if made is not None:
                other = f"{images}: vectors of another model, {made_by.get('model')}"
                raise InputError(f"{other}. Encode the images with this one.")
    names, rows, problems = [], [], {}
    for name, features, problem in image_features(model, [str(images)], device, weights):
        if features is None:
            problems[name] = problem
        else:
            names.append(name)
            rows.append(features)
    if not names:
        name, problem = next(iter(problems.items()))
        raise InputError(f"{images}: no image can be used; {name}: {problem}.")
    return Gallery(names, model.encode_images(np.stack(rows))), problems
