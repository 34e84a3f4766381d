"""Hold out whole images of the training part for validation."""

import hashlib
from collections.abc import Iterable

from rnnfv.data.captions.table import CaptionSet
from rnnfv.errors import InputError


def draw_validation(captions: CaptionSet, n: int, seed: int = 0) -> CaptionSet:
    """Turn some ``train`` images into ``val``.

    Images are drawn by the digest of seed and name. The draw depends on nothing else: not on the
    order of the images, not on captions or test images, not on a library's random numbers. A larger
    draw contains a smaller one.

    Args:
        captions: the data set, left unchanged.
        n: number of images.
        seed: of the draw.

    Raises:
        InputError: there are no more training images than that.
    """
    train = captions.images.loc[captions.images["split"] == "train", "image"]
    if n >= len(train):
        raise InputError(f"{n} validation images of {len(train)} training images: leave some.")

    images = captions.images.copy()
    images.loc[images["image"].isin(drawn_images(train, n, seed)), "split"] = "val"
    notes = (*captions.notes, f"{n} validation images drawn, seed {seed}")
    return CaptionSet(images, captions.sentences, notes)


def drawn_images(names: Iterable[str], n: int, seed: int) -> list[str]:
    """The ``n`` names whose digests with the seed come first, in that order.

    Args:
        names: of images.
        n: how many.
        seed: of the draw.
    """

    def digest(name: str) -> bytes:
        return hashlib.sha256(f"{seed}/{name}".encode()).digest()

    return sorted(names, key=digest)[:n]
