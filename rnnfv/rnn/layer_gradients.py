r"""Gradients of every layer, for many sequences at once.

Section 1 of the method tried them and saw no gain; they are offered as options. A layer with
weights W and bias b that sees inputs u_t and gives W u_t + b has, for one sequence, the gradient
:math:`\sum_t \delta_t [u_t; 1]^T`, where :math:`\delta_t` is the derivative of the loss by the
layer's output at step t. Sequences do not influence each other, so one backward pass through the
sum of their losses gives all of theirs.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rnnfv.arrays.sequences import Sequences
from rnnfv.arrays.views import ConcatenatedColumns
from rnnfv.devices import usual_torch
from rnnfv.rnn.factored_gradients import FactoredGradients
from rnnfv.rnn.network import NextElementRNN, PaddedBatches, shifted


def layer_shapes(model: NextElementRNN, layers: Sequence[str]) -> list[tuple[int, int]]:
    """Gradient shape per layer: (outputs, inputs + 1); the LSTM has four outputs per unit."""
    lstm, output = model.lstm, model.output
    shapes = {
        "lstm": (4 * lstm.hidden_size, lstm.input_size + lstm.hidden_size + 1),
        "output": (output.out_features, output.in_features + 1),
    }
    if model.fc is not None:
        shapes["fc"] = (model.fc.out_features, model.fc.in_features + 1)
    return [shapes[name] for name in layers]


def layer_sizes(model: NextElementRNN, layers: Sequence[str]) -> list[int]:
    """Dimensions of the gradient per layer."""
    return [given * seen for given, seen in layer_shapes(model, layers)]


@usual_torch()
def layer_fisher_vectors(
    model: NextElementRNN,
    sequences: Sequences,
    layers: Sequence[str],
    batch_size: int = 256,
    device: torch.device | str = "cpu",
) -> ConcatenatedColumns:
    """The (n, P) matrix of gradients by the weights of some layers, by columns.

    The gradient of the LSTM has 320,800 dimensions at the paper's size, of all layers 521,500: 28
    GB for UCF101. Like that of the output layer it is a product, of derivatives and of what the
    layer saw, and only these are held: 4 (outputs + inputs + 1) bytes per step and layer, 10 kB for
    all three at the paper's size, so 2.6 GB for UCF101's 250,000 steps; and the block that is asked
    for.

    Args:
        model: a regression network; it is switched to evaluation mode, so dropout is off.
        sequences: the sequences, (T_i, D).
        layers: of ``fc``, ``lstm``, ``output``; columns come in this order, see
            :func:`layer_gradients`.
        batch_size: sequences per pass; results do not depend on it.
        device: where to compute.
    """
    model = model.to(device).eval()
    parts = [
        FactoredGradients(sequences.offsets, given, seen, device)
        for given, seen in layer_shapes(model, layers)
    ]
    data = PaddedBatches(sequences, device, model.scale)
    for batch in data.by_length(batch_size):
        positions, mask = data.positions(batch)
        factors = layer_factors(model, data.elements(positions, mask), mask)
        for name, part in zip(layers, parts, strict=True):
            part.fill(positions, mask, *factors[name])
    return ConcatenatedColumns(parts)


def layer_gradients(
    model: NextElementRNN,
    targets: Tensor,
    mask: Tensor,
    layers: Sequence[str] = ("output",),
    symbols: Tensor | None = None,
) -> Tensor:
    """Gradients of the mean loss over a sequence's steps by some layers' weights.

    Args:
        model: the network, in evaluation mode.
        targets: (B, T, D) elements x_1 .. x_T times the network's scale, zero where padded.
        mask: (B, T), true at real steps.
        layers: of ``fc``, ``lstm``, ``output``, in the order wanted. Each is flattened by rows,
            bias last within a row. An LSTM row is [input weights, recurrent weights, bias]:
            PyTorch's two biases have the same gradient, held once.
        symbols: (B, T) int64, which symbol each element is; then the loss is the cross entropy.

    Returns:
        (B, P), a row per sequence, P the sum of :func:`layer_sizes`.
    """
    sizes = layer_sizes(model, layers)
    factors = layer_factors(model, targets, mask, symbols)
    with torch.no_grad():
        gradients = targets.new_empty(len(targets), sum(sizes))
        for name, place in zip(layers, gradients.split(sizes, dim=1), strict=True):
            deltas, seen = factors[name]
            _outer_into(deltas / mask.sum(1)[:, None, None], seen, place)
        return gradients


@usual_torch()
def layer_factors(
    model: NextElementRNN, targets: Tensor, mask: Tensor, symbols: Tensor | None = None
) -> dict[str, tuple[Tensor, Tensor]]:
    """The factors of the gradients: for every layer delta_t and u_t.

    Args:
        model: the network, in evaluation mode.
        targets: (B, T, D) elements times the network's scale, zero where padded.
        mask: (B, T), true at real steps.
        symbols: as for :func:`layer_gradients`.

    Returns:
        By layer, delta_t (B, T, outputs), the derivative of the loss summed over steps, zero at
        padded steps; and u_t (B, T, inputs), without the bias' 1.
    """
    inputs = shifted(targets)
    steps, batch = inputs.shape[1], len(inputs)
    with torch.enable_grad():
        # Zeros added to what each layer gives: the derivative by them is the derivative by that.
        units, dims = 4 * model.lstm.hidden_size, model.output.out_features
        probes = {
            "lstm": inputs.new_zeros(steps, batch, units, requires_grad=True),
            "output": inputs.new_zeros(batch, steps, dims, requires_grad=True),
        }
        seen = inputs
        if model.fc is not None:
            probes["fc"] = inputs.new_zeros(batch, steps, model.fc.out_features, requires_grad=True)
            seen = model.activation(model.fc(inputs) + probes["fc"])
        hidden = _unrolled(model.lstm, seen, probes["lstm"])
        outputs = model.output(hidden) + probes["output"]
        if symbols is None:
            losses = 0.5 * (outputs - targets).square().sum(2)
        else:
            losses = cross_entropy(outputs.transpose(1, 2), symbols, reduction="none")
        derivatives = torch.autograd.grad((losses * mask).sum(), list(probes.values()))
        deltas = dict(zip(probes, derivatives, strict=True))
    with torch.no_grad():
        before = torch.cat([torch.zeros_like(hidden[:, :1]), hidden[:, :-1]], dim=1)
        sources = {"lstm": torch.cat([seen, before], dim=2), "output": hidden}
        deltas["lstm"] = deltas["lstm"].transpose(0, 1)
        if model.fc is not None:
            sources["fc"] = inputs
        return {name: (deltas[name], source.detach()) for name, source in sources.items()}


def _outer_into(deltas: Tensor, inputs: Tensor, out: Tensor) -> None:
    """sum_t delta_t [u_t; 1]^T of every sequence, straight into its place.

    From (B, T, D) and (B, T, H) into (B, D (H + 1)).
    """
    seen = torch.cat([inputs, torch.ones_like(inputs[..., :1])], dim=2)
    places = out.unflatten(1, (deltas.shape[2], seen.shape[2]))
    if out.is_cuda:
        places.copy_(torch.bmm(deltas.transpose(1, 2), seen))
        return
    for delta, states, place in zip(deltas, seen, places, strict=True):
        torch.mm(delta.T, states, out=place)


def _unrolled(lstm: torch.nn.LSTM, inputs: Tensor, probes: Tensor) -> Tensor:
    """The LSTM step by step, with ``probes`` added to what its gates see.

    Inputs (B, T, I) and probes (T, B, 4 H) give states (B, T, H).
    """
    by_input, by_state, *biases = lstm.parameters()  # in torch's order
    from_input = inputs @ by_input.T + sum(biases)
    state = cell = inputs.new_zeros(len(inputs), lstm.hidden_size)
    states = []
    for t in range(inputs.shape[1]):
        gates = from_input[:, t] + state @ by_state.T + probes[t]
        enter, forget, candidate, leave = gates.chunk(4, dim=1)
        cell = torch.sigmoid(forget) * cell + torch.sigmoid(enter) * torch.tanh(candidate)
        state = torch.sigmoid(leave) * torch.tanh(cell)
        states.append(state)
    return torch.stack(states, dim=1)
