"""Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019), by torch's own function.

The first of ``torch.optim``'s optimizers in a process imports torch's compiler, which nothing here
uses: 0.85 s, as long as a small training takes.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch.optim.adam import adam


class AdamW:
    """The same steps, bit by bit, as ``torch.optim.AdamW`` with its default betas and epsilon.

    Args:
        parameters: to update.
        learning_rate: of all of them.
        weight_decay: share of the weights, times the learning rate, that a step takes away.
    """

    def __init__(
        self, parameters: Iterable[torch.nn.Parameter], learning_rate: float, weight_decay: float
    ):
        self._parameters: list[torch.Tensor] = list(parameters)
        self._rates = {"lr": learning_rate, "weight_decay": weight_decay}
        self.state: dict[str, list[torch.Tensor]] = {
            "means": [torch.zeros_like(p) for p in self._parameters],
            "squares": [torch.zeros_like(p) for p in self._parameters],
            "steps": [torch.tensor(0.0) for _ in self._parameters],
        }

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self._parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Update every parameter by its gradient."""
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        settings: dict[str, Any] = {**self._rates, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
        settings |= {"amsgrad": False, "maximize": False, "decoupled_weight_decay": True}
        means, squares, steps = (self.state[key] for key in ("means", "squares", "steps"))
        adam(self._parameters, gradients, means, squares, [], steps, **settings)

    def load(self, state: dict[str, list[torch.Tensor]]) -> None:
        """Take over the :attr:`state` of another, on whatever device it was."""
        for key, tensors in self.state.items():
            for own, stored in zip(tensors, state[key], strict=True):
                own.copy_(stored)
