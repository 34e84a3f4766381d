"""Captions and splits come from different files; here they meet."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
import pandas as pd

from rnnfv.data.captions.files import some
from rnnfv.data.captions.table import CaptionSet, check_caption_set
from rnnfv.errors import InputError


class Captions(NamedTuple):
    """Everything that caption files hold, before anyone asks which images are used.

    Attributes:
        sentences: columns ``id``, ``image``, ``text``, in the order of the files.
        paths: image to file, where the file is not named as the image is.
        numbers: number to image, for split lists that give numbers (COCO).
        source: the files, for messages.
    """

    sentences: pd.DataFrame
    paths: dict[str, str]
    numbers: dict[str, str]
    source: str


def listed_images(rows: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    """The table that every reader of splits returns: ``image``, ``split``, ``path`` (or empty), ``where`` it is listed."""
    return pd.DataFrame(rows, columns=["image", "split", "path", "where"], dtype=str)


def join_splits(captions: Captions, listed: pd.DataFrame, per_image: int | None = 5) -> CaptionSet:
    """The captions of the listed images.

    Images come in the order of ``listed``, an image's captions in the order of their file. Images that are not listed, or
    listed as unused, are left out with their captions; the notes count them.

    Args:
        captions: all captions.
        listed: see :func:`listed_images`.
        per_image: keep the first that many captions of each image; None keeps all. Images with fewer are kept.

    Raises:
        InputError: an image is listed twice, or has no captions, a sentence id occurs twice, or
            :func:`~rnnfv.data.captions.table.check_caption_set` objects.
    """
    if per_image is not None and per_image < 1:
        raise InputError(f"{per_image} captions per image: at least 1 is needed.")
    sentences = captions.sentences
    listed = listed.assign(image=_known_names(listed["image"], captions))
    _check_listed_once(listed)
    listed = listed[listed["split"] != "unused"].reset_index(drop=True)
    image_of = pd.Index(listed["image"]).get_indexer(pd.Index(sentences["image"]))
    silent = np.bincount(image_of[image_of >= 0], minlength=len(listed)) == 0
    if silent.any():
        first = listed.iloc[int(np.argmax(silent))]
        raise InputError(
            f"{captions.source}: no captions for {int(silent.sum())} of {len(listed)} listed images, the first "
            f"{first['image']!r} ({first['where']}). Check that captions and splits belong together, or remove it there."
        )
    notes = []
    if (image_of < 0).any():
        others = sentences.loc[image_of < 0, "image"].nunique()
        notes.append(
            f"left out: {int((image_of < 0).sum())} captions of {others} images that are in no split"
        )
    order = np.argsort(image_of, kind="stable")[int((image_of < 0).sum()) :]
    rank = np.arange(len(order)) - np.searchsorted(
        image_of[order], image_of[order]
    )  # of a caption within its image
    if per_image is not None:
        beyond = rank >= per_image
        if beyond.any():
            rich = len(set(image_of[order][beyond]))
            notes.append(
                f"left out: {int(beyond.sum())} captions of {rich} images that have more than {per_image}"
            )
        order = order[~beyond]
        few = int((np.bincount(image_of[order]) < per_image).sum())
        if few:
            notes.append(f"{few} images have fewer than {per_image} captions")
    chosen = sentences.iloc[order].reset_index(drop=True)
    blank = int((chosen["text"].str.strip() == "").sum())
    if blank:
        notes.append(f"{blank} captions are empty")
    path = [
        path or captions.paths.get(name, name)
        for name, path in zip(listed["image"], listed["path"], strict=True)
    ]
    images = listed[["image", "split"]].assign(path=pd.Series(path, dtype=str))
    return check_caption_set(CaptionSet(images, chosen, tuple(notes)), captions.source)


def _known_names(names: pd.Series, captions: Captions) -> list[str]:
    """Each listed name as the captions spell it: itself, or by its number, or without its ending where that is unique.

    COCO lists may give image numbers, and lists for Flickr30k leave ``.jpg`` out.
    """
    known = set(captions.sentences["image"])
    if known.issuperset(names):
        return list(names)
    stems = Counter(name.rpartition(".")[0] for name in known)
    aliases = {
        stem: name for name in known if stems[stem := name.rpartition(".")[0]] == 1
    } | captions.numbers
    return [name if name in known else aliases.get(name, name) for name in names]


def _check_listed_once(listed: pd.DataFrame) -> None:
    twice = listed.loc[listed["image"].duplicated(), "image"]
    if len(twice):
        first, second = listed.loc[listed["image"] == twice.iloc[0], "where"].iloc[:2]
        raise InputError(
            f"listed more than once: image {some(list(twice))} (in {first}, and {second}). An image is in one split."
        )
