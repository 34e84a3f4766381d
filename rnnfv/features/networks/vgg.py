"""VGG-16 and VGG-19 (Simonyan and Zisserman 2015), 4096-d fc7: the paper's frame feature."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from rnnfv.errors import InputError
from rnnfv.features.media.geometry import Geometry
from rnnfv.features.networks.pytorch.image_network import ImageNetwork
from rnnfv.features.networks.pytorch.network import standardise
from rnnfv.features.networks.pytorch.torchvision_models import torchvision_models
from rnnfv.features.networks.registry import register

if TYPE_CHECKING:
    import torch

CAFFE_MEAN = (103.939, 116.779, 123.68)
"""Blue, green, red; what the original Caffe models subtract from 0..255."""

_CONVOLUTIONS_PER_STAGE = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}


@register("vgg16", "vgg19")
@dataclass(eq=False)
class VGG(ImageNetwork):
    """VGG's fc7. The paper: VGG-19, ten crops, short side 256, Caffe weights, before the ReLU.

    Weights are torchvision's, or the original Caffe model's: its ``.caffemodel`` file, or a state
    dict or ``.npz`` file under either torchvision's names (``features.0.weight``) or Caffe's
    (``conv1_1.weight``).

    Attributes:
        crops: see :class:`ImageNetwork`.
        relu: take fc7 after its ReLU instead of before.
        preprocessing: what the weights were trained with. "torchvision": RGB, ImageNet mean and
            standard deviation; "caffe": BGR, 0..255, minus 103.939 / 116.779 / 123.68.
    """

    crops: Literal["ten", "center"] = "ten"
    relu: bool = False
    preprocessing: Literal["torchvision", "caffe"] = "torchvision"

    unused = ("classifier.6",)
    dim = 4096
    geometry = Geometry("frame", short_side=256)

    @property
    def title(self) -> str:
        """See :attr:`TorchNetwork.title`."""
        return f"VGG-{self.name.removeprefix('vgg')}"

    @property
    def protocol(self) -> str:
        """See :attr:`TorchNetwork.protocol`."""
        layer = f"fc7 {'after' if self.relu else 'before'} ReLU"
        return f"{layer}, {self.crops_in_words}, {self.preprocessing} preprocessing"

    def build(self) -> torch.nn.Module:
        """VGG up to fc7: the 1000-way fc8 is not computed."""
        from torch import nn

        module = getattr(torchvision_models(), self.name)(weights=None, init_weights=False)
        module.classifier = nn.Sequential(*list(module.classifier)[: 5 if self.relu else 4])
        return cast(nn.Module, module)

    def preprocess(self, crop: torch.Tensor) -> torch.Tensor:
        """See :meth:`ImageNetwork.preprocess`."""
        if self.preprocessing == "caffe":
            return standardise(crop.flip(-1), CAFFE_MEAN, (1, 1, 1))
        return super().preprocess(crop)

    def published(self) -> dict[str, str]:
        """See :meth:`TorchNetwork.published`."""
        published = super().published()
        if self.name == "vgg19":  # the checksum is in data/sources.csv, which says where it is from
            file = "VGG_ILSVRC_19_layers.caffemodel, sha256 31b4c627c40c6ee1"
            published["the authors' Caffe model"] = file
        return published

    def rename(self, state: dict[str, torch.Tensor], path: Path) -> dict[str, torch.Tensor]:
        """Caffe's layer names to torchvision's."""
        if not any(name.startswith("conv1_1.") for name in state):
            return state
        if self.preprocessing != "caffe":
            raise InputError(
                f"{path}: Caffe's layer names, so these weights expect Caffe's preprocessing. "
                f"Set {self.key}.preprocessing to caffe."
            )
        layers = {"fc6": "classifier.0", "fc7": "classifier.3", "fc8": "classifier.6"}
        index = 0
        for stage, convolutions in enumerate(_CONVOLUTIONS_PER_STAGE[self.name], start=1):
            for number in range(1, convolutions + 1):
                layers[f"conv{stage}_{number}"] = f"features.{index}"
                index += 2  # a ReLU follows every convolution
            index += 1  # the stage's pooling
        renamed = {}
        for name, tensor in state.items():
            layer, _, kind = name.rpartition(".")
            renamed[f"{layers.get(layer, layer)}.{kind}"] = tensor
        return renamed

    def origin(self, path: Path, sha256: str) -> str:
        """See :meth:`TorchNetwork.origin`."""
        origin = super().origin(path, sha256)
        if origin.startswith("torchvision") and self.preprocessing == "caffe":
            raise InputError(
                f"{path}: weights trained by torchvision, "
                "which expect torchvision's preprocessing. "
                f"Set {self.key}.preprocessing to torchvision."
            )
        return origin
