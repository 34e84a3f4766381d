"""Crops and standardisation of channels-last pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def center_crop(pixels: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """The middle of a channels-last (..., H, W, 3) tensor; half pixels go to the even one.

    As torchvision does it.

    Args:
        pixels: (..., H, W, 3).
        height: of the crop.
        width: of the crop.
    """
    top, left = round((pixels.shape[-3] - height) / 2), round((pixels.shape[-2] - width) / 2)
    return pixels[..., top : top + height, left : left + width, :]


def ten_crops(pixels: torch.Tensor, size: int) -> Iterator[torch.Tensor]:
    """Four corners, centre, and their mirror images, of a (..., H, W, 3) tensor (section 3).

    The centre is that of :func:`center_crop`: torchvision's. Caffe drops a half pixel.
    """
    bottom, right = pixels.shape[-3] - size, pixels.shape[-2] - size
    middle = round(bottom / 2), round(right / 2)
    for top, left in ((0, 0), (0, right), (bottom, 0), (bottom, right), middle):
        crop = pixels[..., top : top + size, left : left + size, :]
        yield crop
        yield crop.flip(-2)


def standardise(pixels: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """``(pixels - mean) / std`` per channel: (B, [T,] H, W, 3) to (B, 3, [T,] H, W) float32.

    Mean and standard deviation are on the scale of the pixels, 0 to 255. In memory the channels
    stay last, the layout in which convolutions are fastest.

    Args:
        pixels: (B, [T,] H, W, 3) uint8.
        mean: per channel, on the scale 0 to 255.
        std: per channel, on the same scale.
    """
    pixels = pixels.float()
    return ((pixels - pixels.new_tensor(mean)) / pixels.new_tensor(std)).movedim(-1, 1)
