"""C3D (Tran et al., ICCV 2015) on Sports-1M: 4096-d fc6, the paper's clip feature."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from rnnfv.arrays.intermediates import read_bytes
from rnnfv.arrays.kinds import it_is
from rnnfv.arrays.provenance import file_sha256
from rnnfv.errors import InputError
from rnnfv.features.media.geometry import Geometry
from rnnfv.features.networks.pytorch.crops import standardise
from rnnfv.features.networks.pytorch.network import TorchNetwork
from rnnfv.features.networks.registry import register

if TYPE_CHECKING:
    import torch

CHANNEL_MEAN = (90.25, 97.66, 101.41)
"""Blue, green, red: the per-channel average of Sports-1M that public ports of C3D report.

Not verified: the original subtracts a mean cube, which option ``mean`` takes.
"""

CROP = (..., slice(8, 8 + 112), slice(29, 29 + 112), slice(None))
"""The middle 112x112 of 128x171 channels-last frames; the original rounds 29.5 down."""

CAFFE_LAYERS = {"conv1a": "conv1", "conv2a": "conv2"}
CAFFE_LAYERS |= {"fc6-1": "fc6", "fc7-1": "fc7", "fc8-1": "fc8"}
"""The original's layer names where they differ from the PyTorch port's."""


@register("c3d")
@dataclass(eq=False)
class C3D(TorchNetwork):
    """C3D's fc6. Frames 128x171, centre crop 112x112, blocks of 16 frames, stride 8.

    Weights: a state dict or ``.npz`` file under the names of the widely used PyTorch port (conv1,
    conv2, conv3a, ..., fc6) or of the original Caffe model (conv1a, conv2a, conv3a, ..., fc6-1),
    each with ``.weight`` and ``.bias``. Caffe's blobs may keep their leading dimensions of 1.

    Attributes:
        stride: frames from the start of one block to the start of the next.
        relu: take fc6 after its ReLU. The original computes it in place, so its extracted fc6 is
            after the ReLU.
        colour: the channel order the weights expect. The original reads frames with OpenCV: BGR.
        mean: path of an ``.npy`` mean cube (3, 16, 128, 171) in that channel order, subtracted
            before cropping; null for the per-channel mean :data:`CHANNEL_MEAN`.
        pool5: how the last pooling covers 7x7 positions by 4x4 windows. "caffe": windows start at
            the first pixel and the last ones are cut off, as in the original; "padded": one pixel
            of padding on every side, as in the PyTorch port. The weights are the same.
    """

    stride: int = 8
    relu: bool = True
    colour: Literal["bgr", "rgb"] = "bgr"
    mean: str | Path | None = None
    pool5: Literal["caffe", "padded"] = "caffe"

    unused = ("fc7", "fc8")
    block = 16
    dim = 4096
    geometry = Geometry("clip", exact=(128, 171))
    title = "C3D"

    @property
    def protocol(self) -> str:
        """See :attr:`TorchNetwork.protocol`."""
        mean = "channel mean" if self.mean is None else "mean cube"
        layer = f"fc6 {'after' if self.relu else 'before'} ReLU"
        return f"{layer}, {self.colour.upper()} minus {mean}, {self.pool5} pool5"

    def published(self) -> dict[str, str]:
        """See :meth:`TorchNetwork.published`."""
        file = "conv3d_deepnetA_sport1m_iter_1900000, from the C3D project, converted to .npz"
        port = "c3d.pickle, from github.com/DavideA/c3d-pytorch"
        return {"the authors' Caffe model": file, "PyTorch port": port}

    def load(self) -> None:
        """See :meth:`FeatureNetwork.load`."""
        self._mean = self._read_mean()
        super().load()

    def build(self) -> torch.nn.Module:
        """C3D up to fc6."""
        from torch import nn

        module, channels = nn.Sequential(), 3
        for stage, names in enumerate(("1", "2", "3a 3b", "4a 4b", "5a 5b"), start=1):
            for name in names.split():
                width = min(64 * 2 ** (stage - 1), 512)
                module.add_module(f"conv{name}", nn.Conv3d(channels, width, 3, padding=1))
                module.add_module(f"relu{name}", nn.ReLU(inplace=True))
                channels = width
            window = (1, 2, 2) if stage == 1 else (2, 2, 2)
            padded = stage == 5 and self.pool5 == "padded"
            padding = (0, 1, 1) if padded else 0
            # Caffe rounds sizes up; 112 halves exactly four times, so this matters in stage 5 only:
            # 7 -> 4.
            pool = nn.MaxPool3d(window, padding=padding, ceil_mode=not padded)
            module.add_module(f"pool{stage}", pool)
        module.add_module("flatten", nn.Flatten())
        module.add_module("fc6", nn.Linear(512 * 1 * 4 * 4, self.dim))
        if self.relu:
            module.add_module("relu6", nn.ReLU(inplace=True))
        return module

    def rename(self, state: dict[str, torch.Tensor], path: Path) -> dict[str, torch.Tensor]:
        """Caffe's layer names and blob shapes to the port's."""
        renamed = {}
        for name, tensor in state.items():
            layer, _, kind = name.rpartition(".")
            layer = CAFFE_LAYERS.get(layer, layer)
            dimensions = 1 if kind == "bias" else 2 if layer.startswith("fc") else 5
            while tensor.ndim > dimensions and tensor.shape[0] == 1:
                tensor = tensor[0]
            renamed[f"{layer}.{kind}"] = tensor
        return renamed

    def views(self, batch: torch.Tensor) -> Iterator[torch.Tensor]:
        """One centre crop, 0..255 minus the mean."""
        import torch

        pixels = batch[CROP]
        if self.colour == "bgr":
            pixels = pixels.flip(-1)
        if self._mean is None:
            mean = CHANNEL_MEAN if self.colour == "bgr" else CHANNEL_MEAN[::-1]
            yield standardise(pixels, mean, (1, 1, 1))
        else:
            cube = torch.as_tensor(self._mean, device=pixels.device).movedim(0, -1)
            yield (pixels.float() - cube[CROP]).movedim(-1, 1)

    def _read_mean(self) -> np.ndarray | None:
        if self.mean is None:
            return None
        try:
            cube = np.load(io.BytesIO(read_bytes(self.mean)), allow_pickle=False)
        except (OSError, ValueError, MemoryError) as error:
            problem = f"{self.mean} is not a readable .npy file ({error})"
            raise InputError(f"{self.key}.mean: {problem}.{it_is(self.mean)}") from error
        if getattr(cube, "shape", None) != (3, 16, 128, 171) or not np.abs(cube).max() <= 255:
            expected = "finite numbers of shape (3, 16, 128, 171): channels, frames, height, width"
            found = f"{self.mean} has shape {getattr(cube, 'shape', '?')}"
            kind = "" if hasattr(cube, "shape") else it_is(self.mean)
            raise InputError(f"{self.key}.mean: {found}; expected {expected}.{kind}")
        self.mean_sha256 = file_sha256(self.mean)
        return np.asarray(cube, dtype=np.float32)
