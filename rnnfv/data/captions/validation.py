"""Hold out whole images of the training part for validation."""

import hashlib
from collections.abc import Iterable

from rnnfv.data.captions.table import CaptionSet
from rnnfv.errors import InputError


def draw_validation(captions: CaptionSet, size: int | float, seed: int = 0) -> CaptionSet:
    """Turn some ``train`` images into ``val``, unless there are ``val`` images already.

    Images are drawn by the digest of seed and name. The draw depends on nothing else: not on the
    order of the images, not on captions or test images, not on a library's random numbers. A larger
    draw contains a smaller one.

    Args:
        captions: the data set, left unchanged.
        size: number of images (int), or a fraction of the training images (float), above 0 and at
            most 0.5.
        seed: of the draw.

    Raises:
        InputError: the size is out of range.
    """
    if (captions.images["split"] == "val").any():
        return captions
    train = captions.images.loc[captions.images["split"] == "train", "image"]
    if isinstance(size, float) and not 0 < size <= 0.5:
        advice = "give a number above 0 and at most 0.5, or a whole number of images."
        raise InputError(f"validation fraction {size}: {advice}")
    n = max(1, round(size * len(train))) if isinstance(size, float) else size
    if not 0 < n < len(train):
        found = f"{n} validation images of {len(train)} training images"
        raise InputError(f"{found}: give 1 or more, and leave 1 or more.")

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
