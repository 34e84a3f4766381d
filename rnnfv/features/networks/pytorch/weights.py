"""Weights files: read, check and assign them, or fill a network with random numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnfv.arrays.checks import LARGEST
from rnnfv.arrays.kinds import it_is
from rnnfv.errors import InputError
from rnnfv.features.networks.pytorch.caffemodel import read_caffemodel

if TYPE_CHECKING:
    import torch


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a torch file (a state dict), an ``.npz`` or a ``.caffemodel`` file.

    Torch files are read with ``weights_only=True``: they cannot run code. A leading ``module.``,
    left by data-parallel training, is dropped from the names.

    Raises:
        InputError: not such a file.
    """
    import torch

    try:
        if path.suffix == ".caffemodel":
            arrays = read_caffemodel(path)
            state: Any = {name: torch.from_numpy(array) for name, array in arrays.items()}
        elif path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as file:
                state = {name: torch.from_numpy(file[name]) for name in file.files}
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling a file of another kind can raise anything
        problem = f"not a readable weights file ({type(error).__name__})"
        known = "a state dict saved by torch.save, an .npz file of arrays or a .caffemodel"
        advice = f"Expected {known}; copy or convert it again."
        raise InputError(f"{path}: {problem}.{it_is(path)} {advice}") from error
    if isinstance(state, Mapping) and isinstance(state.get("state_dict"), Mapping):
        state = state["state_dict"]
    tensors = state.values() if isinstance(state, Mapping) else [None]
    if not all(isinstance(tensor, torch.Tensor) for tensor in tensors):
        problem = f"{path}: holds no state dict (a mapping from names to tensors)."
        raise InputError(f"{problem} Save model.state_dict().")
    return {str(name).removeprefix("module."): tensor for name, tensor in state.items()}


def assign_state(
    module: torch.nn.Module,
    state: Mapping[str, torch.Tensor],
    path: Path,
    unused: Collection[str] = (),
) -> None:
    """Give a module built on the "meta" device the tensors of ``state``, without copying them.

    Args:
        module: the network.
        state: tensors by the module's names.
        path: the file they came from, for messages.
        unused: layers the file may hold that the network does without, such as the classifier.

    Raises:
        InputError: a tensor is missing, superfluous, of another shape, or holds NaN, infinity
            or numbers that overflow.
    """
    import torch

    expected = module.state_dict()
    given = {name: state[name] for name in state if name.rpartition(".")[0] not in unused}
    for name in expected:
        # Counts training steps: files from before it existed lack it, and nothing here reads it.
        if name.endswith("num_batches_tracked"):
            given[name] = torch.zeros((), dtype=torch.int64, device="cpu")
    missing = [name for name in expected if name not in given]
    surplus = [name for name in given if name not in expected]
    if missing or surplus:
        differ = f"{_listed(missing, 'missing')}{_listed(surplus, 'not known')}"
        advice = "Check the file and the network's name."
        raise InputError(f"{path}: not the weights of this network; {differ}{advice}")
    for name, tensor in given.items():
        if tensor.shape != expected[name].shape:
            found, needed = tuple(tensor.shape), tuple(expected[name].shape)
            raise InputError(f"{path}: {name} has shape {found}, this network needs {needed}.")
        if tensor.numel() and not tensor.abs().max() <= LARGEST:  # NaN compares as false
            what = f"NaN, infinity or numbers beyond {LARGEST:g}"
            raise InputError(f"{path}: {name} holds {what}; these weights cannot be used.")
        if tensor.is_floating_point():
            given[name] = tensor.float().contiguous()
    module.load_state_dict(given, assign=True)


def _listed(names: list[str], what: str) -> str:
    if not names:
        return ""
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return f"{what}: {', '.join(names[:4])}{more}. "


def fill_randomly(module: torch.nn.Module, seed: int = 0) -> None:
    """Give a "meta" module random weights of He's variance; batch normalisations do nothing."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    module.float().to_empty(device="cpu")
    for name, tensor in module.state_dict().items():
        if name.endswith(("running_var", "weight")) and tensor.ndim < 2:
            tensor.fill_(1)
        elif tensor.ndim >= 2 and tensor.is_floating_point():
            bound = (6 / tensor[0].numel()) ** 0.5
            tensor.uniform_(-bound, bound, generator=generator)
        else:
            tensor.zero_()
