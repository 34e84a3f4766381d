"""Video networks of torchvision (Kinetics-400): the input of their last linear layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rnnfv.features.media.geometry import Geometry
from rnnfv.features.networks.pytorch.network import TorchNetwork, center_crop, standardise
from rnnfv.features.networks.pytorch.torchvision_models import published_weights, torchvision_models
from rnnfv.features.networks.registry import register

if TYPE_CHECKING:
    import torch

MEAN = (255 * 0.43216, 255 * 0.394666, 255 * 0.37645)
STD = (255 * 0.22803, 255 * 0.22145, 255 * 0.216989)
"""Kinetics-400, RGB, on the scale 0 to 255, as torchvision uses them."""

TITLES = {"r3d_18": "R3D-18", "mc3_18": "MC3-18", "r2plus1d_18": "R(2+1)D-18"}


@register(*TITLES)
@dataclass(eq=False)
class TorchvisionVideo(TorchNetwork):
    """The 512-d input of the classifier of a torchvision video network, for blocks of 16 frames.

    Attributes:
        stride: frames from the start of one block to the start of the next.
    """

    stride: int = 8

    unused = ("fc",)
    block = 16
    dim = 512
    geometry = Geometry("clip", exact=(128, 171))
    protocol = "input of the classifier, 16-frame blocks, centre crop"

    @property
    def title(self) -> str:
        """See :attr:`TorchNetwork.title`."""
        return TITLES[self.name]

    def published(self) -> dict[str, str]:
        """See :meth:`TorchNetwork.published`."""
        return published_weights(self.name)

    def build(self) -> torch.nn.Module:
        """The network with its last linear layer taken out."""
        from torch import nn

        module: nn.Module = getattr(torchvision_models().video, self.name)(weights=None)
        module.fc = nn.Identity()
        return module

    def views(self, batch: torch.Tensor) -> Iterator[torch.Tensor]:
        """One 112x112 centre crop."""
        yield standardise(center_crop(batch, 112, 112), MEAN, STD)
