"""VGG-16 and VGG-19 (Simonyan and Zisserman 2015), 4096-d fc7: the paper's frame feature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rnnfv.errors import InputError
from rnnfv.features.media.geometry import Geometry
from rnnfv.features.networks.pytorch.crops import center_crop, standardise, ten_crops
from rnnfv.features.networks.pytorch.network import TorchNetwork
from rnnfv.features.networks.registry import register

if TYPE_CHECKING:
    import torch

CAFFE_MEAN = (103.939, 116.779, 123.68)
"""Blue, green, red; what the original Caffe models subtract from 0..255."""

MEAN = (255 * 0.485, 255 * 0.456, 255 * 0.406)
STD = (255 * 0.229, 255 * 0.224, 255 * 0.225)
"""ImageNet's mean and standard deviation as torchvision has them, RGB, on the scale 0 to 255."""

CROP = 224
"""Pixels of a crop's side."""

CONVOLUTIONS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
"""Convolutions per stage."""

WEIGHTS = {"vgg16": "vgg16-397923af.pth", "vgg19": "vgg19-dcbb9e9d.pth"}
"""Torchvision's files (IMAGENET1K_V1)."""


@register("vgg16", "vgg19")
@dataclass(eq=False)
class VGG(TorchNetwork):
    """VGG's fc7. The paper: VGG-19, ten crops, short side 256, Caffe weights, before the ReLU.

    Weights are torchvision's, or the original Caffe model's: its ``.caffemodel`` file, or a state
    dict or ``.npz`` file under either torchvision's names (``features.0.weight``) or Caffe's
    (``conv1_1.weight``).

    Attributes:
        crops: "ten" (four corners, centre, and their mirror images; features averaged) or "center".
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
        crops = "ten crops" if self.crops == "ten" else "centre crop"
        return f"{layer}, {crops}, {self.preprocessing} preprocessing"

    def build(self) -> torch.nn.Module:
        """VGG up to fc7, its layers named as torchvision's; the 1000-way fc8 is not computed."""
        from torch import nn

        features, channels = nn.Sequential(), 3
        for stage, convolutions in enumerate(CONVOLUTIONS[self.name]):
            for _ in range(convolutions):
                width = min(64 * 2**stage, 512)
                features.append(nn.Conv2d(channels, width, 3, padding=1))
                features.append(nn.ReLU(inplace=True))
                channels = width
            features.append(nn.MaxPool2d(2))
        fc6, fc7 = nn.Linear(512 * 7 * 7, self.dim), nn.Linear(self.dim, self.dim)
        # The identity has the number of a dropout.
        classifier = nn.Sequential(fc6, nn.ReLU(inplace=True), nn.Identity(), fc7)
        if self.relu:
            classifier.append(nn.ReLU(inplace=True))
        module = nn.Sequential()
        module.add_module("features", features)
        module.add_module("flatten", nn.Flatten())
        module.add_module("classifier", classifier)
        return module

    def views(self, batch: torch.Tensor) -> Iterator[torch.Tensor]:
        """The crops, standardised as the weights expect."""
        crops = ten_crops(batch, CROP) if self.crops == "ten" else [center_crop(batch, CROP, CROP)]
        for crop in crops:
            if self.preprocessing == "caffe":
                yield standardise(crop.flip(-1), CAFFE_MEAN, (1, 1, 1))
            else:
                yield standardise(crop, MEAN, STD)

    def published(self) -> dict[str, str]:
        """See :meth:`TorchNetwork.published`."""
        file = WEIGHTS[self.name]
        published = {"torchvision IMAGENET1K_V1": f"https://download.pytorch.org/models/{file}"}
        if self.name == "vgg19":  # the checksum is in data/sources.csv, which says where it is from
            file = "VGG_ILSVRC_19_layers.caffemodel, sha256 31b4c627c40c6ee1"
            published["the authors' Caffe model"] = file
        return published

    def rename(self, state: dict[str, torch.Tensor], path: Path) -> dict[str, torch.Tensor]:
        """Caffe's layer names to torchvision's."""
        if not any(name.startswith("conv1_1.") for name in state):
            return state
        if self.preprocessing != "caffe":
            problem = f"{path}: Caffe's layer names, so these weights expect Caffe's preprocessing."
            raise InputError(f"{problem} Set {self.key}.preprocessing to caffe.")
        layers = {"fc6": "classifier.0", "fc7": "classifier.3", "fc8": "classifier.6"}
        index = 0
        for stage, convolutions in enumerate(CONVOLUTIONS[self.name], start=1):
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
            problem = f"{path}: weights trained by torchvision, which expect its preprocessing."
            raise InputError(f"{problem} Set {self.key}.preprocessing to torchvision.")
        return origin
