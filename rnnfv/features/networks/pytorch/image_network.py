"""Options and preprocessing that torchvision's image classification networks share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rnnfv.features.networks.pytorch.network import (
    TorchNetwork,
    center_crop,
    standardise,
    ten_crops,
)
from rnnfv.features.networks.pytorch.torchvision_models import published_weights

if TYPE_CHECKING:
    import torch

MEAN = (255 * 0.485, 255 * 0.456, 255 * 0.406)
STD = (255 * 0.229, 255 * 0.224, 255 * 0.225)
"""ImageNet's mean and standard deviation as torchvision has them, RGB, on the scale 0 to 255."""

CROP = 224
"""Pixels of a crop's side."""


@dataclass(eq=False)
class ImageNetwork(TorchNetwork):
    """A torchvision image network: square crops, ImageNet standardisation.

    Attributes:
        crops: "ten" (four corners, centre, and their mirror images; features averaged) or "center".
    """

    crops: Literal["ten", "center"] = "center"

    @property
    def crops_in_words(self) -> str:
        """For the label."""
        return "ten crops" if self.crops == "ten" else "centre crop"

    def published(self) -> dict[str, str]:
        """See :meth:`TorchNetwork.published`."""
        return published_weights(self.name)

    def views(self, batch: torch.Tensor) -> Iterator[torch.Tensor]:
        """See :meth:`TorchNetwork.views`."""
        size = CROP
        crops = ten_crops(batch, size) if self.crops == "ten" else [center_crop(batch, size, size)]
        yield from map(self.preprocess, crops)

    def preprocess(self, crop: torch.Tensor) -> torch.Tensor:
        """(B, h, w, 3) uint8 to (B, 3, h, w) float32."""
        return standardise(crop, MEAN, STD)
