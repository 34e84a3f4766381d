"""Does a network predict? Its loss, and what copying or the mean would give without one.

A loss is the mean over steps of 1/2 ||x_{i+1} - v_i||^2, and v_i what is predicted of x_{i+1}.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import torch

from rnnfv.arrays.sequences import Sequences
from rnnfv.rnn.factored_gradients import FactoredGradients
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.network import NextElementRNN


def losses_of_network(
    network: NextElementRNN, seen: Sequences, device: torch.device | str = "cpu"
) -> dict[str, float]:
    """The loss of a regression network, and how large its hidden states are.

    Args:
        network: it is switched to evaluation mode, so dropout is off.
        seen: the sequences that are predicted; the states of 1,024 are in memory at a time.
        device: where to compute.

    Returns:
        ``val_loss``, and ``hidden_rms``, the root mean square of a hidden state's values.
    """
    loss = squares = 0.0
    for first, last in pairwise([*range(0, len(seen), 1024), len(seen)]):
        part = seen.run(first, last)
        vectors, every = FisherVectors(network, part, device=device), np.arange(last - first)
        loss += vectors.loss(every) * len(part.values)
        squares += vectors.hidden_rms(every) ** 2 * len(part.values)
    steps = len(seen.values)
    return {"val_loss": loss / steps, "hidden_rms": float(np.sqrt(squares / steps))}


def losses_without_network(known: Sequences, seen: Sequences) -> dict[str, float]:
    """Losses of copying the element before, and of the mean element.

    At the first step what is copied is the start element, zero, as a network sees it. To compare
    with a network, multiply by the square of its scale.

    Args:
        known: the sequences whose mean element is taken.
        seen: the sequences that are predicted.

    Returns:
        ``copy_loss`` and ``mean_loss``.
    """
    mean = sum(values.sum(axis=0, dtype=np.float64) for _, _, values in known.blocks())
    mean = mean / len(known.values)
    copied = from_mean = 0.0
    for _, _, before, values in _blocks_with_elements_before(seen):
        copied += float(np.square(before - values, dtype=np.float64).sum())
        from_mean += float(np.square(values - mean).sum())
    steps = len(seen.values)
    return {"copy_loss": 0.5 * copied / steps, "mean_loss": 0.5 * from_mean / steps}


def copy_fisher_vectors(sequences: Sequences) -> FactoredGradients:
    """The (n, D (D + 1)) matrix of gradients of a predictor that copies, without a network.

    Its layer is the identity: v_i = x_i, so the state is x_i itself and the error x_i - x_{i+1}.
    The gradient is sum_i (x_i - x_{i+1}) [x_i; 1]^T / T. The first step, where there is nothing to
    copy, adds nothing.
    """
    vectors = FactoredGradients(sequences.offsets, sequences.dim, sequences.dim + 1, "cpu")
    for steps, starts, before, values in _blocks_with_elements_before(sequences):
        errors = before - values
        errors[starts] = 0
        vectors.errors[steps] = torch.from_numpy(errors)
        vectors.states[steps, :-1] = torch.from_numpy(before)
    return vectors


def _blocks_with_elements_before(
    sequences: Sequences,
) -> Iterator[tuple[slice, np.ndarray, np.ndarray, np.ndarray]]:
    """Runs of whole sequences: where they lie, where each begins, elements before, elements.

    Before the first element of a sequence is zero.
    """
    for first, last, values in sequences.blocks():
        steps = slice(int(sequences.offsets[first]), int(sequences.offsets[last]))
        starts = sequences.offsets[first:last] - steps.start
        before = np.concatenate([np.zeros_like(values[:1]), values[:-1]])
        before[starts] = 0
        yield steps, starts, before, values
