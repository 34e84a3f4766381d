"""Scales at which a video is tracked, each 1/sqrt(2) of the one before."""

from typing import NamedTuple

import cv2
import numpy as np

STEP = np.float32(np.sqrt(2))
"""From a scale to the next; in float32, as in the original, whose sizes are rounded from it."""


class Scale(NamedTuple):
    """A size of the frame.

    Attributes:
        factor: how many of the video's pixels a pixel of this scale is.
        height: of the frame.
        width: of the frame.
    """

    factor: float
    height: int
    width: int


def scales_of(height: int, width: int, smallest: int = 32, most: int = 8) -> list[Scale]:
    """The scales of a video, finest first; none for frames that are too small.

    Their number follows from the short side before it is rounded.

    Args:
        height: of the frame.
        width: of the frame.
        smallest: short side of a scale.
        most: scales there may be.
    """
    scales: list[Scale] = []
    factor, short_side = np.float32(1), np.float32(min(height, width))
    while len(scales) < most and short_side >= smallest:
        sizes = [int(np.rint(np.float32(side) / factor)) for side in (height, width)]
        scales.append(Scale(float(factor), *sizes))
        factor, short_side = factor * STEP, short_side / STEP
    return scales


def pyramid(grey: np.ndarray, scales: list[Scale]) -> list[np.ndarray]:
    """A frame, (H, W) uint8, at every scale; each is made from the one before, bilinearly."""
    images: list[np.ndarray] = [grey]
    for _, height, width in scales[1:]:
        images.append(cv2.resize(images[-1], (width, height)))
    return images
