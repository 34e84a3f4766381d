"""Extraction of RNN-FVs into one array: sequences of one length, as the peers need them."""

import copy
import functools
import warnings

import numpy as np
import torch
from inputs import unit_rows

from against import Row
from rnnfv.arrays.conversion import as_sequences
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.network import shifted
from rnnfv.rnn.settings import RNNSettings

T, D, H = 18, 500, 200


def _extraction(peer, remark=""):
    """Make a comparison of a function of the network and the elements, (n, T, D)."""

    def decorator(theirs):
        @functools.wraps(theirs)
        def comparison(quick):
            n = 32 if quick else 512
            network = RNNSettings().build(D, 0).eval()
            elements = unit_rows(n * T, D).reshape(n, T, D)
            sequences, tensor = as_sequences(list(elements)), torch.from_numpy(elements)
            return Row(
                f"RNN-FVs, {n} x {T} x {D}, {H} units",
                peer,
                lambda: FisherVectors(network, sequences).matrix(),
                lambda: theirs(network, tensor),
                remark,
            )

        return comparison

    return decorator


def _loss(outputs, targets):
    """The sum over sequences of the mean over steps."""
    return 0.5 * (outputs - targets).square().sum() / T


def _joined(weight, bias):
    return torch.cat([weight, bias[..., None]], dim=-1).flatten(-2).numpy()


@_extraction("a backward pass each")
def backward_loop(network, elements):
    rows = []
    for one in elements.split(1):
        network.zero_grad(set_to_none=True)
        _loss(network(shifted(one)), one).backward()
        rows.append(_joined(network.output.weight.grad, network.output.bias.grad))
    return np.stack(rows)


@_extraction("torch.func, vmap of grad")
def torch_func(network, elements):
    def loss(weights, states, targets):
        return _loss(torch.func.functional_call(network.output, weights, (states,)), targets)

    with torch.no_grad():
        states = network.hidden(shifted(elements))
    weights = {name: value.detach() for name, value in network.output.named_parameters()}
    gradient_of_each = torch.func.vmap(torch.func.grad(loss), (None, 0, 0))
    return _joined(**gradient_of_each(weights, states, elements))


@_extraction("Opacus, GradSampleModule")
def opacus(network, elements):
    from opacus import GradSampleModule

    warnings.filterwarnings("ignore", "Full backward hook")
    layer = GradSampleModule(copy.deepcopy(network.output).train(), loss_reduction="sum")
    with torch.no_grad():
        states = network.hidden(shifted(elements))
    _loss(layer(states), elements).backward()
    return _joined(*(weight.grad_sample for weight in layer.parameters()))


@_extraction("bound", "a square product of as many operations, and one write of the result")
def bound(network, elements):
    n = len(elements)
    operations = 2 * n * T * (D * H + 8 * H * H + H * D + D * (H + 1))
    square = np.ones([round((operations / 2) ** (1 / 3))] * 2, np.float32)
    square @ square
    np.empty((n, D * (H + 1)), np.float32).fill(1)
