"""The base of the torch networks: options, loading, devices, precision."""

from __future__ import annotations

import os
import re
from abc import abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from rnnfv.arrays.provenance import file_sha256
from rnnfv.errors import InputError
from rnnfv.features.networks.base import FeatureNetwork

if TYPE_CHECKING:
    import torch

RANDOM = "random"


@dataclass(eq=False)
class TorchNetwork(FeatureNetwork):
    """A network whose features are a torch module's output, averaged over views of each item.

    Attributes:
        weights: path of the weights file; null for the weights of an installed package, where there
            is one; "random" for tests only.
        device: "auto" (the first GPU, else the CPU), "cpu", "cuda", "cuda:1", ...
        precision: of the module's arithmetic, by torch.autocast. bfloat16 is several times faster
            on CPUs and GPUs that have it. Preprocessing and averaging over views are always
            float32. (On recent NVIDIA GPUs torch computes float32 convolutions in TF32 unless told
            otherwise.)
    """

    weights: str | Path | None = None
    device: str = "auto"
    precision: Literal["float32", "bfloat16", "float16"] = "float32"

    unused: ClassVar[Collection[str]] = ()
    """Layers that weights files hold and the features do not need."""

    @property
    @abstractmethod
    def title(self) -> str:
        """The architecture's name as people write it."""

    @property
    @abstractmethod
    def protocol(self) -> str:
        """Layer, crops and preprocessing in words, for the label."""

    @abstractmethod
    def build(self) -> torch.nn.Module:
        """The module, (b, 3, [T,] h, w) float32 to (b, dim), on the "meta" device."""

    @abstractmethod
    def views(self, batch: torch.Tensor) -> Iterator[torch.Tensor]:
        """The views of a uint8 channels-last batch, each (B, 3, [T,] h, w) float32."""

    def published(self) -> dict[str, str]:
        """Sources of weights: name to address, or to a file name where there is no address.

        The first digits of the published SHA-256, where there is one, are in the file's name,
        ``-dcbb9e9d.pth``, or follow it, ``, sha256 31b4c627``.
        """
        return {}

    def packaged(self) -> Path | None:
        """The weights file of an installed package."""
        return None

    def rename(self, state: dict[str, torch.Tensor], path: Path) -> dict[str, torch.Tensor]:
        """Translate the names of other layouts to the module's."""
        return state

    def origin(self, path: Path, sha256: str) -> str:
        """Name the weights by checksum: a file name says nothing about what is in the file.

        A file with the name of a published one and another checksum is called that: it is some
        other weights.
        """
        for name, address in self.published().items():
            digits = re.search(r"(?:-|sha256 )([0-9a-f]{8,64})\b", address)
            if digits and sha256.startswith(digits[1]):
                return name
            if digits and path.name in re.split(r"[/, ]", address):
                return f"weights file {path.name}, not the published one of this name"
        return f"weights file {path.name}"

    def check_weights(self) -> None:
        """See :meth:`FeatureNetwork.check_weights`."""
        self._weights_file()

    def load(self) -> None:
        """See :meth:`FeatureNetwork.load`."""
        import torch

        from rnnfv.features.networks.pytorch.weights import assign_state, fill_randomly, read_state

        path = self._weights_file()
        self._device = self._find_device()
        if self.precision == "float16" and self._device.type == "cpu":
            problem = "float16 on a CPU is up to a hundred times slower than float32"
            advice = "Set it to float32 or bfloat16, or use a GPU."
            raise InputError(f"{self.key}.precision: {problem}. {advice}")
        with torch.device("meta"):
            module = self.build()
        if path is None:
            fill_randomly(module)
            self.weights_sha256, origin = RANDOM, "RANDOM WEIGHTS"
        else:
            assign_state(module, self.rename(read_state(path), path), path, self.unused)
            self.weights_sha256 = file_sha256(path)
            origin = f"{self.origin(path, self.weights_sha256)}, sha256 {self.weights_sha256[:8]}"
        precision = "" if self.precision == "float32" else f", {self.precision}"
        self.weights_label = f"{self.title}, {origin}; {self.protocol}{precision}"
        self._layout = torch.channels_last if self.kind == "frame" else torch.channels_last_3d
        if self.precision != "float32":
            # Once here, where autocast would round these weights again at every call.
            for layer in module.modules():
                if isinstance(layer, torch.nn.Linear | torch.nn.Conv2d | torch.nn.Conv3d):
                    layer.to(getattr(torch, self.precision))
        module.requires_grad_(False).eval().to(self._device)
        self._module = module.to(memory_format=self._layout)  # type: ignore[call-overload]

    def vectors(self, batch: np.ndarray) -> np.ndarray:
        """See :meth:`FeatureNetwork.vectors`."""
        import torch

        if not hasattr(self, "_module"):
            advice = "call load() first, or make the network with create_network"
            raise RuntimeError(f"{self.name}: {advice}")
        dtype = getattr(torch, self.precision)
        with torch.inference_mode():
            pixels = torch.from_numpy(np.require(batch, requirements=["C", "W"])).to(self._device)
            total = torch.zeros(len(batch), self.dim, device=self._device)
            views = 0
            for view in self.views(pixels):
                with torch.autocast(self._device.type, dtype=dtype, enabled=dtype != torch.float32):
                    total += self._module(view.contiguous(memory_format=self._layout))
                views += 1
            mean: np.ndarray = (total / views).cpu().numpy()
            return mean

    def _weights_file(self) -> Path | None:
        """The file to read; None for random weights."""
        if self.weights == RANDOM:
            return None
        path = Path(self.weights) if self.weights is not None else self.packaged()
        if path is None or not os.path.isfile(path):
            problem = f"{path}: no such weights file" if path else "no weights file is given"
            sources = "; ".join(f"{name}: {address}" for name, address in self.published().items())
            needs = f"{self.title} needs its trained weights ({sources or 'of a package'})"
            advice = f"Get the file and set {self.key}.weights to its path"
            raise InputError(f"{problem}. {needs}. {advice}; nothing is downloaded here.")
        return path

    def _find_device(self) -> torch.device:
        import torch

        from rnnfv.devices import pick_device

        if self.device == "auto":
            return torch.device("cuda" if torch.cuda.is_available() else "cpu")
        return pick_device(self.device, f"{self.key}.device")
