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

from rnnfv.arrays.hdf5 import atomic_path
from rnnfv.data.synthetic.captions.drawing import draw_picture
from rnnfv.data.synthetic.captions.grammar import describe
from rnnfv.data.synthetic.captions.scenes import Scene, draw_scene
from rnnfv.data.synthetic.captions.styles import find_style
from rnnfv.data.synthetic.random_streams import random_stream, shard_of
from rnnfv.errors import InputError

SPLITS = ("train", "val", "test")

_NAME = re.compile(r"(?P<style>[a-z]+)(?P<number>\d{4,})(?P<member>[ab])\.png")


def caption_set(
    style: str, images: int, seed: int, splits: Sequence[float] = (0.7, 0.1, 0.2)
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pictures of a caption set and their sentences.

    Scenes are numbered through the splits and never shared by two. (The last scene of a split may
    have room for one picture only; that one has no partner.)

    Args:
        style: one of :data:`STYLES`.
        images: number of pictures.
        seed: of the facts, the sentences and, when they are rendered, the pictures.
        splits: shares of training, validation and test, which sum to 1; or numbers of pictures,
            which sum to ``images``.

    Returns:
        ``images`` with columns ``image``, ``split`` (train | val | test), ``path`` (below the data
        set's folder) and ``partner`` (the picture, of the same split, whose sentences are
        permutations of this one's, or ""); and ``sentences`` with columns ``id`` (``image#k``),
        ``image`` and ``text``, five rows a picture.

    Raises:
        InputError: unknown style, or splits that do not add up or are smaller than two pictures.
    """
    find_style(style)
    rows: list[dict[str, str]] = []
    number = 0
    for split, size in zip(SPLITS, _split_sizes(images, splits), strict=True):
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
        style: one of :data:`STYLES`.
        image: the picture's name.
        seed: the seed of the caption set.

    Raises:
        InputError: unknown style, or a name that is not of this style.
    """
    number, member = _parse(style, image, seed)
    rng = random_stream(seed, style, number, "sentences")
    told = describe(find_style(style), *_facts(style, number, seed), rng)
    return [pair[member] for pair in told]


def picture_scene(style: str, image: str, seed: int) -> Scene:
    """The scene of a picture, from its name.

    Args:
        style: one of :data:`STYLES`.
        image: the picture's name.
        seed: the seed of the caption set.

    Raises:
        InputError: unknown style, or a name that is not of this style.
    """
    number, member = _parse(style, image, seed)
    scene = _facts(style, number, seed)[member]
    assert scene is not None  # _parse has looked
    return scene


def render_picture(style: str, image: str, seed: int) -> np.ndarray:
    """The pixels of a picture, (height, width, 3) uint8 RGB, from its name.

    Partners share facts and sentences but no random numbers: not the shades, the places or the
    background's pattern.

    Args:
        style: one of :data:`STYLES`.
        image: the picture's name.
        seed: the seed of the caption set.

    Raises:
        InputError: unknown style, or a name that is not of this style.
    """
    rng = random_stream(seed, style, image, "picture")
    return draw_picture(find_style(style), picture_scene(style, image, seed), rng)


def render_pictures(
    style: str, names: Iterable[str], folder: str | Path, seed: int, shard: int = 0, shards: int = 1
) -> list[Path]:
    """Render every ``shards``-th picture, from number ``shard``, as PNG; by default all.

    Args:
        style: one of :data:`STYLES`.
        names: pictures, from :func:`caption_set`.
        folder: root of the data set's ``path`` column. Each file appears only when it is whole.
        seed: the seed of the caption set.
        shard: number of this shard, from 0.
        shards: number of shards.

    Returns:
        The files written.

    Raises:
        InputError: there is no such shard, style or picture.
    """
    from PIL import Image

    written = []
    for name in shard_of(list(names), shard, shards, f"style {style!r}"):
        picture = render_picture(style, name, seed)
        written.append(Path(folder) / name)
        with atomic_path(written[-1]) as temporary:
            Image.fromarray(picture).save(temporary, format="png")
    return written


def _split_sizes(images: int, splits: Sequence[float]) -> list[int]:
    """Pictures of each split; shares are rounded and training has what is left."""
    given = f"splits {list(splits)}"
    if len(splits) != len(SPLITS):
        raise InputError(f"{given}: three numbers are needed, for {', '.join(SPLITS)}.")
    if all(isinstance(part, int | np.integer) for part in splits):
        sizes = [int(part) for part in splits]
        if sum(sizes) != images:
            problem = f"splits {sizes} sum to {sum(sizes)} pictures, but images is {images}"
            raise InputError(f"{problem}. Make them agree.")
    else:
        if abs(sum(splits) - 1) > 1e-6:
            raise InputError(f"{given}: shares must sum to 1 (or be whole numbers of pictures).")
        val, test = round(splits[1] * images), round(splits[2] * images)
        sizes = [images - val - test, val, test]
    if min(sizes) < 2:
        found = ", ".join(f"{name} {size}" for name, size in zip(SPLITS, sizes, strict=True))
        problem = f"{images} images make splits of {found}; each needs at least 2"
        raise InputError(f"{problem}. Set images higher.")
    return sizes


def _facts(style: str, number: int, seed: int) -> tuple[Scene, Scene | None]:
    """Scene ``number`` and its partner."""
    return draw_scene(find_style(style), random_stream(seed, style, number, "scene"))


def _parse(style: str, image: str, seed: int) -> tuple[int, int]:
    """Scene number and member (0 or 1) of a picture's name."""
    find_style(style)
    match = _NAME.fullmatch(image)
    if match is None or match["style"] != style:
        problem = f"picture {image!r} is not of style {style!r}"
        raise InputError(f"{problem}. Take names such as '{style}0012a.png' from caption_set.")
    number, member = int(match["number"]), "ab".index(match["member"])
    if _facts(style, number, seed)[member] is None:
        problem = f"picture {image!r}: scene {number} has no partner under seed {seed}."
        raise InputError(f"{problem} Is it the caption set's seed?")
    return number, member
