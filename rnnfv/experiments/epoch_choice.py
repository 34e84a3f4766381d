"""Training the network of action recognition on one split, with the epoch chosen as the paper does (section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from rnnfv.arrays.sequences import Sequences
from rnnfv.evaluation.classifier import Grid, choose
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.network import NextElementRNN
from rnnfv.rnn.training import Record, RNNSettings, Training, train


def train_on_split(
    sequences: Sequences,
    labels: np.ndarray,
    rows: Mapping[str, np.ndarray],
    settings: RNNSettings,
    grid: Grid,
    *,
    seed: int,
    device: torch.device | str = "cpu",
    state_path: Path | None = None,
) -> Training:
    """Train on the training items; after every epoch classify the validation items by their RNN-FVs.

    Args:
        sequences: of all items of the split.
        labels: (n,).
        rows: indices of ``train`` and ``val`` among them; other items are not even looked at.
        settings: of the network.
        grid: what validation chooses from, with the epoch.
        seed: of the initial weights and of training.
        device: where to compute.
        state_path: where to leave what is needed to go on after an interruption.

    Returns:
        A :class:`~rnnfv.rnn.training.Training` whose records have ``val_loss``, ``val_accuracy`` (a fraction), and the
        ``pca`` and ``alpha`` that gave it.
    """
    known = np.concatenate([rows["train"], rows["val"]])
    fitted, validated = np.split(np.arange(len(known)), [len(rows["train"])])
    seen = sequences.select(known)

    def evaluate(network: NextElementRNN) -> Record:
        vectors = FisherVectors(network, seen, device=device)
        choice = choose(vectors, labels[known], fitted, validated, grid)
        return {
            "val_loss": vectors.loss(validated),
            "val_accuracy": choice.accuracy,
            "score": choice.accuracy,
            "pca": choice.pca,
            "alpha": choice.alpha,
        }

    return train(
        seen.select(fitted),
        settings,
        seed=seed,
        device=device,
        evaluate=evaluate,
        state_path=state_path,
        evaluated_on=[asdict(grid), labels[known].tolist(), [seen.ids[i] for i in validated]],
    )
