"""Synthetic caption sets: their pictures and sentences, numbered, split and written.

The facts, pixels and sentences of a picture follow from the style, the seed and the picture's name,
``flat0012a.png``: scene 12 of style ``flat``, first (a) or swapped (b). So a picture does not
depend on which others are made, in what order, in which shard, or in which split.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from rnnfv.arrays.writing import atomic_path
from rnnfv.data.synthetic.captions.drawing import draw_picture
from rnnfv.data.synthetic.captions.grammar import describe
from rnnfv.data.synthetic.captions.scenes import Scene, draw_scene
from rnnfv.data.synthetic.captions.styles import STYLES
from rnnfv.data.synthetic.random_streams import random_stream

SPLITS = ("train", "val", "test")

_NAME = re.compile(r"(?P<style>[a-z]+)(?P<number>\d{4,})(?P<member>[ab])\.png")


def caption_set(
    style: str, images: int, seed: int, splits: Sequence[float] = (0.7, 0.1, 0.2)
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pictures of a caption set and their sentences.

    Scenes are numbered through the splits and never shared by two. (The last scene of a split may
    have room for one picture only; that one has no partner.)

    Args:
        style: a key of :data:`STYLES`.
        images: number of pictures.
        seed: of the facts, the sentences and, when they are rendered, the pictures.
        splits: shares of training, validation and test; training has what rounding leaves.

    Returns:
        ``images`` with columns ``image``, ``split`` (train | val | test), ``path`` (below the data
        set's folder) and ``partner`` (the picture, of the same split, whose sentences are
        permutations of this one's, or ""); and ``sentences`` with columns ``id`` (``image#k``),
        ``image`` and ``text``, five rows a picture.
    """
    rows: list[dict[str, str]] = []
    number = 0
    _, val, test = (round(share * images) for share in splits)
    for split, size in zip(SPLITS, (images - val - test, val, test), strict=True):
        end = len(rows) + size
        while len(rows) < end:
            first, second = (f"{style}{number:04d}{member}.png" for member in "ab")
            paired = _facts(style, number, seed)[1] is not None and len(rows) + 1 < end
            for name, partner in ((first, second), (second, first)) if paired else ((first, ""),):
                rows.append({"image": name, "split": split, "path": name, "partner": partner})
            number += 1
    told = [
        {"id": f"{row['image']}#{k}", "image": row["image"], "text": text}
        for row in rows
        for k, text in enumerate(sentences_of(style, row["image"], seed))
    ]
    return pd.DataFrame(rows), pd.DataFrame(told)


def sentences_of(style: str, image: str, seed: int) -> list[str]:
    """The five sentences of a picture, from its name.

    Args:
        style: a key of :data:`STYLES`.
        image: the picture's name.
        seed: the seed of the caption set.
    """
    number, member = _parse(style, image)
    rng = random_stream(seed, style, number, "sentences")
    told = describe(STYLES[style], *_facts(style, number, seed), rng)
    return [pair[member] for pair in told]


def picture_scene(style: str, image: str, seed: int) -> Scene:
    """The scene of a picture, from its name.

    Args:
        style: a key of :data:`STYLES`.
        image: the picture's name.
        seed: the seed of the caption set.
    """
    number, member = _parse(style, image)
    scene = _facts(style, number, seed)[member]
    assert scene is not None, f"scene {number} has no partner: is it the caption set's seed?"
    return scene


def render_picture(style: str, image: str, seed: int) -> np.ndarray:
    """The pixels of a picture, (height, width, 3) uint8 RGB, from its name.

    Partners share facts and sentences but no random numbers: not the shades, the places or the
    background's pattern.

    Args:
        style: a key of :data:`STYLES`.
        image: the picture's name.
        seed: the seed of the caption set.
    """
    rng = random_stream(seed, style, image, "picture")
    return draw_picture(STYLES[style], picture_scene(style, image, seed), rng)


def render_pictures(style: str, names: Iterable[str], folder: str | Path, seed: int) -> list[Path]:
    """Render pictures as PNG; return the files.

    Args:
        style: a key of :data:`STYLES`.
        names: pictures, from :func:`caption_set`.
        folder: root of the data set's ``path`` column. Each file appears only when it is whole.
        seed: the seed of the caption set.
    """
    from PIL import Image

    files = {name: Path(folder, name) for name in names}
    for name, path in files.items():
        picture = render_picture(style, name, seed)
        with atomic_path(path) as temporary:
            Image.fromarray(picture).save(temporary, format="png")
    return list(files.values())


def _facts(style: str, number: int, seed: int) -> tuple[Scene, Scene | None]:
    """Scene ``number`` and its partner."""
    return draw_scene(STYLES[style], random_stream(seed, style, number, "scene"))


def _parse(style: str, image: str) -> tuple[int, int]:
    """Scene number and member (0 or 1) of a picture's name."""
    match = _NAME.fullmatch(image)
    assert match and match["style"] == style, f"no picture of style {style}: {image}"
    return int(match["number"]), "ab".index(match["member"])
