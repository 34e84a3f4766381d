"""More image classification networks of torchvision: the input of their last linear layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rnnfv.features.media.geometry import Geometry
from rnnfv.features.networks.pytorch.image_network import ImageNetwork
from rnnfv.features.networks.pytorch.torchvision_models import torchvision_models
from rnnfv.features.networks.registry import register

if TYPE_CHECKING:
    import torch


class _Network(NamedTuple):
    title: str
    short_side: int
    dim: int
    classifier: str


# The resize of torchvision's DEFAULT weights (the tests compare), here so that planning does not
# import torchvision. All crop 224 pixels and standardise as ImageNetwork does.
NETWORKS = {
    "resnet18": _Network("ResNet-18", 256, 512, "fc"),
    "resnet50": _Network("ResNet-50", 232, 2048, "fc"),
    "resnet101": _Network("ResNet-101", 232, 2048, "fc"),
    "resnet152": _Network("ResNet-152", 232, 2048, "fc"),
    "densenet121": _Network("DenseNet-121", 256, 1024, "classifier"),
    "efficientnet_b0": _Network("EfficientNet-B0", 256, 1280, "classifier.1"),
    "convnext_tiny": _Network("ConvNeXt-T", 236, 768, "classifier.2"),
    "convnext_base": _Network("ConvNeXt-B", 232, 1024, "classifier.2"),
    "vit_b_16": _Network("ViT-B/16", 256, 768, "heads.head"),
}


@register(*NETWORKS)
@dataclass(eq=False)
class TorchvisionImage(ImageNetwork):
    """The vector that the classifier of a torchvision image network sees."""

    @property
    def dim(self) -> int:
        """D, the dimension of the vectors."""
        return NETWORKS[self.name].dim

    @property
    def geometry(self) -> Geometry:
        """The frames it wants from the decoder."""
        return Geometry("frame", short_side=NETWORKS[self.name].short_side)

    @property
    def title(self) -> str:
        """See :attr:`TorchNetwork.title`."""
        return NETWORKS[self.name].title

    @property
    def protocol(self) -> str:
        """See :attr:`TorchNetwork.protocol`."""
        return f"input of the classifier, {self.crops_in_words}"

    @property
    def unused(self) -> tuple[str, ...]:  # type: ignore[override]
        """See :attr:`TorchNetwork.unused`."""
        return (NETWORKS[self.name].classifier,)

    def build(self) -> torch.nn.Module:
        """The network with its last linear layer taken out."""
        from torch import nn

        module: nn.Module = getattr(torchvision_models(), self.name)(weights=None)
        module.set_submodule(NETWORKS[self.name].classifier, nn.Identity())
        return module
