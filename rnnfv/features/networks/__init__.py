"""Feature networks: frames (uint8 RGB) in, sequences of vectors out.

A new network is one file in this folder: a dataclass derived from :class:`FeatureNetwork`, or from
:class:`~rnnfv.features.networks.pytorch.network.TorchNetwork`, under the decorator
:func:`~rnnfv.features.networks.registry.register`. Every module in this folder is imported here;
subfolders are not. Planning imports them too, so they import torch only inside methods.
"""

import importlib
import pkgutil

from rnnfv.features.media.geometry import Geometry
from rnnfv.features.networks.base import FeatureNetwork, blocks_of
from rnnfv.features.networks.extraction import extract
from rnnfv.features.networks.registry import (
    create_network,
    describe_network,
    known_networks,
    register,
)

for _module in pkgutil.iter_modules(__path__):
    if not _module.ispkg:
        importlib.import_module(f"{__name__}.{_module.name}")

__all__ = [
    "FeatureNetwork",
    "Geometry",
    "blocks_of",
    "create_network",
    "describe_network",
    "extract",
    "known_networks",
    "register",
]
