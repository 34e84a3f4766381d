"""Feature networks: frames (uint8 RGB) in, sequences of vectors out.

Adding a network is one file in this package: a dataclass derived from :class:`FeatureNetwork` (or from
``_torch.TorchNetwork``) under the decorator :func:`~rnnfv.features.networks.registry.register`. Every module here whose name
does not begin with an underscore is imported, so modules import torch and torchvision only inside their methods.
"""

import importlib
import pkgutil

from rnnfv.features.networks.base import FeatureNetwork, Geometry, blocks_of
from rnnfv.features.networks.extraction import extract
from rnnfv.features.networks.registry import (
    create_network,
    describe_network,
    geometry_of,
    known_networks,
    register,
)

for _module in pkgutil.iter_modules(__path__):
    if not _module.name.startswith("_"):
        importlib.import_module(f"{__name__}.{_module.name}")

__all__ = [
    "FeatureNetwork",
    "Geometry",
    "blocks_of",
    "create_network",
    "describe_network",
    "extract",
    "geometry_of",
    "known_networks",
    "register",
]
