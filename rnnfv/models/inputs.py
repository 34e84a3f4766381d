"""Inputs of models: videos, images, sentences and files of features, as a user names them."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rnnfv.arrays.saving import load
from rnnfv.arrays.vectors import open_vectors
from rnnfv.data.files import files_below
from rnnfv.data.text_files import read_lines, some
from rnnfv.errors import InputError
from rnnfv.models.frame_features import FrameFeatures, Read
from rnnfv.public import find

HDF5 = frozenset({".h5", ".hdf5"})
IMAGES = frozenset(".bmp .gif .jpeg .jpg .png .ppm .tif .tiff .webp".split())
"""Endings of the files that are taken for images."""

_OTHERS = frozenset(".avif .heic .heif .jfif .jp2 .jxl .dng .cr2 .nef .psd .svg".split())
"""Endings of other images: whoever names a folder means them, too."""

log = logging.getLogger(__name__)

_USED_BY = {
    "SequenceClassifier": "predicts labels of sequences (rnnfv predict)",
    "ImageSentenceSpace": "finds images and sentences (rnnfv search, rnnfv annotate)",
}


def suffix_of(name: str | Path) -> str:
    """The ending of a file's name, in small letters."""
    return Path(name).suffix.lower()


def load_model(path: str | Path, needed: str | None = None, command: str = "") -> Any:
    """A model that a command can use.

    Args:
        path: of its file.
        needed: the kind that the command needs, of :data:`_USED_BY`; None for either.
        command: its name.

    Raises:
        InputError: another kind, or a part of a model, such as a PCA; also as :func:`rnnfv.load`.
    """
    loaded = load(path)
    kind = next((kind for kind in _USED_BY if isinstance(loaded, find(kind))), None)
    if kind is None:
        problem = f"{path}: a {type(loaded).__name__}, which is a part of a model"
        raise InputError(f"{problem}. Give a model that a run kept (snakemake models).")
    if needed and kind != needed:
        use, _, _ = _USED_BY[needed].partition(" (")
        problem = f"{path}: this model {_USED_BY[kind]}"
        raise InputError(f"{problem}; rnnfv {command} needs one that {use}.")
    return loaded


def attempt(found: Iterable[Read], make: Callable[[Any], Any]) -> Iterator[tuple[str, Any, str]]:
    """Answers made of things; an error there is the problem of that thing alone.

    Args:
        found: names with a thing or its problem.
        make: gives the answer, or raises InputError.
    """
    for name, thing, problem in found:
        made = None
        if thing is not None:
            try:
                made = make(thing)
            except InputError as error:
                problem = str(error)
        yield name, made, problem


def image_features(
    model: Any, inputs: Sequence[str], device: str = "auto", weights: Sequence[str] | None = None
) -> Iterator[Read]:
    """Features (q,) of every image, or its problem: of vectors files, images, and folders of them.

    Where there are several vectors files, ids have the file before them.

    Args:
        model: an :class:`~rnnfv.ImageSentenceSpace`.
        inputs: files and folders.
        device: ``auto`` or a torch device, for the feature network.
        weights: see :meth:`FrameFeatures.network`.

    Raises:
        InputError: no image can be used with this model.
    """

    def stored(path: str) -> Iterator[Read]:
        return _stored_vectors(path, model.n_features_in_)

    def of_images() -> Callable[[str], Iterator[Read]]:
        frames = FrameFeatures.of(model.about_)
        network = frames.network(device, weights)
        return lambda path: frames.of_images(network, images_in(path))

    yield from read_inputs(inputs, stored, of_images)


def read_inputs(
    inputs: Sequence[str],
    stored: Callable[[str], Iterator[Read]],
    media: Callable[[], Callable[[str], Iterator[Read]]],
) -> Iterator[Read]:
    """Items of files and of media; an error of one is its problem.

    Args:
        inputs: names of files. Where several are HDF5, ids have the file before them.
        stored: gives the items of an HDF5 file.
        media: called once if there are others: gives what reads them.

    Raises:
        InputError: from ``media``.
    """
    files = [name for name in inputs if suffix_of(name) in HDF5]
    read = media() if len(files) < len(inputs) else stored
    for name in inputs:
        if name in files:
            yield from guarded(name, stored(name), f"{name}:" if len(files) > 1 else "")
        else:
            yield from guarded(name, read(name))


def guarded(name: str, found: Iterable[Read], before: str = "") -> Iterator[Read]:
    """Items of an input; an error there is the input's problem.

    Args:
        name: of the input.
        found: its items.
        before: what to put before their ids.
    """
    try:
        yield from ((before + item, thing, problem) for item, thing, problem in found)
    except InputError as error:
        yield name, None, str(error).removeprefix(f"{name}: ")


def _stored_vectors(path: str, dim: int) -> Iterator[Read]:
    with open_vectors(path) as (ids, values, made_by):
        if "model_sha256" in made_by:
            kind = "vectors that rnnfv encode made, not image features"
            raise InputError(f"{kind}: they are for rnnfv search --images alone.")
        if values.shape[1] != dim:
            needs = f"the model needs image features of {dim} dimensions"
            raise InputError(f"vectors of {values.shape[1]}; {needs}.")
        yield from ((item, row, "") for item, row in zip(ids, values[:], strict=True))


def images_in(path: str | Path) -> Iterator[Path]:
    """The image itself, or those of a folder and the folders in it, sorted.

    Raises:
        InputError: a folder without images, when the first is asked for.
    """
    if not os.path.isdir(path):
        yield Path(path)
        return
    files = files_below(path)
    found = [file for file in files if suffix_of(file) in IMAGES]
    if not found:
        raise InputError(f"{path}: no images here. Give a folder of {', '.join(sorted(IMAGES))}.")
    if others := [file.name for file in files if file not in found and suffix_of(file) in _OTHERS]:
        log.warning("%s: left out, as this cannot be read: %s", path, some(others, 3))
    yield from found


def sentences_in(path: str | Path) -> list[str]:
    """The sentences of a text file, one a line.

    Raises:
        InputError: no such file, or none in it.
    """
    found = [line.strip() for _, line in read_lines(path, "Check the path.")]
    if not found:
        raise InputError(f"{path}: no sentence in it. Write one a line.")
    return found
