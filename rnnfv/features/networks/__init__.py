"""Feature networks: frames (uint8 RGB) in, sequences of vectors out.

A new network is one file in this folder: a dataclass derived from
:class:`~rnnfv.features.networks.base.FeatureNetwork`, or from
:class:`~rnnfv.features.networks.pytorch.network.TorchNetwork`, under the decorator
:func:`~rnnfv.features.networks.registry.register`. Every module in this folder is imported here;
subfolders are not. Planning imports them too, so they import torch only inside methods.
"""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    if not _module.ispkg:
        importlib.import_module(f"{__name__}.{_module.name}")
