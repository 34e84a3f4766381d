"""The one place that imports torchvision.

A torchvision built for CUDA, imported beside a CPU-only torch, fails: its compiled operators cannot
be loaded, and it then describes ``nms`` and ``qnms``, which do not exist. Its models need neither.
Where that very error is raised, the two operators are declared (without an implementation) and the
import is tried again.
"""

from __future__ import annotations

import sys
from functools import cache
from types import ModuleType
from typing import Any

from rnnfv.errors import InputError


@cache
def torchvision_models() -> ModuleType:
    """The module ``torchvision.models``.

    Raises:
        InputError: torchvision is not installed.
    """
    try:
        try:
            from torchvision import models
        except RuntimeError as error:
            if "operator torchvision::" not in str(error):
                raise
            _declare_operators()
            from torchvision import models
    except ImportError as error:
        raise InputError(
            f"this network needs torchvision ({error}): pip install 'rnnfv[video]'."
        ) from error
    module: ModuleType = models
    return module


def published_weights(name: str) -> dict[str, str]:
    """Torchvision's weights of a network: name to address."""
    weights = torchvision_models().get_model_weights(name)
    return {f"torchvision {entry.name}": entry.url for entry in weights}


_library: Any = None  # the declarations live as long as this object


def _declare_operators() -> None:
    import torch

    global _library
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]  # what the failed import left half-made
    _library = torch.library.Library("torchvision", "FRAGMENT")
    for operator in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, operator):
            signature = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            _library.define(operator + signature)
