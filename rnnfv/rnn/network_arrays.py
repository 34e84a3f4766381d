"""A network as numbers and arrays, for files of models: no code is stored."""

from collections.abc import Mapping
from typing import Any

import torch

from rnnfv.rnn.network import NextElementRNN


def network_arrays(network: NextElementRNN) -> dict[str, Any]:
    """All that :func:`network_of` needs: arguments of the network, and its weights."""
    layer, lstm = network.fc, network.lstm
    return {
        "arguments": {
            "n_features": layer.in_features if layer else lstm.input_size,
            "n_fc": layer.out_features if layer else 0,
            "n_lstm": lstm.hidden_size,
            "n_outputs": network.output.out_features,
            "dropout": network.dropout,
            "negative_slope": network.activation.negative_slope,
            "scale": network.scale,
        },
        "weights": {name: value.cpu().numpy() for name, value in network.state_dict().items()},
    }


def network_of(arrays: Mapping[str, Any]) -> NextElementRNN:
    """The network that :func:`network_arrays` was given, on the CPU, in evaluation mode."""
    unused = torch.Generator()  # of the initial weights: the caller's is left alone
    network = NextElementRNN(**arrays["arguments"], generator=unused)
    weights = arrays["weights"].items()
    network.load_state_dict({name: torch.from_numpy(value) for name, value in weights})
    return network.eval()
