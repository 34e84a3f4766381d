"""Training the next-element network: epochs, validation after each, the best one kept, resumable at any epoch."""

from __future__ import annotations

import copy
import hashlib
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from rnnfv.arrays.hdf5 import atomic_path, config_hash
from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.errors import InputError
from rnnfv.rnn.network import NextElementRNN, PaddedBatches, shifted

log = logging.getLogger(__name__)

Record = dict[str, Any]
"""What is known about the network after an epoch: ``epoch``, ``train_loss`` and what the evaluation adds."""


@dataclass(frozen=True)
class RNNSettings:
    """Architecture and training of the network. Optimiser, learning rate and batch size are not in the paper.

    Attributes:
        objective: ``"regression"`` (the next element itself) or ``"classification"`` (which row of their table it is).
        n_fc, n_lstm: units of the first layer and of the LSTM (paper: 200, 200 for videos; none, 100 for sentences).
        dropout: probability of dropping a unit (paper: more was better up to 0.95).
        negative_slope: of the leaky ReLU (paper: 0.1).
        learning_rate, weight_decay: of Adam with decoupled weight decay.
        batch_size: sequences per update.
        clip: largest norm of the gradient of an update.
        epochs: at most this many.
        patience: stop after this many epochs without a better validation score; 0 never stops early.
    """

    objective: str = "regression"
    n_fc: int = 200
    n_lstm: int = 200
    dropout: float = 0.5
    negative_slope: float = 0.1
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    batch_size: int = 64
    clip: float = 5.0
    epochs: int = 30
    patience: int = 0

    def build(self, n_features: int, seed: int, n_symbols: int | None = None) -> NextElementRNN:
        """The network with its initial weights, which depend on ``seed`` alone; ``n_symbols`` for classification."""
        n_outputs = n_symbols if self.objective == "classification" else None
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return NextElementRNN(
                n_features,
                self.n_fc,
                self.n_lstm,
                n_outputs,
                dropout=self.dropout,
                negative_slope=self.negative_slope,
            )


def n_symbols(sequences: Sequences) -> int | None:
    """How many symbols the elements are picked from: the rows of their table; None for plain vectors."""
    return len(sequences.values.table) if isinstance(sequences.values, TableRows) else None


@dataclass
class Training:
    """The outcome: one :data:`Record` per epoch (0 is the untrained network), the best of them and its weights.

    ``last_weights`` are those after the last record of ``curve``, whatever validation said.
    """

    curve: list[Record] = field(default_factory=list)
    best: Record = field(default_factory=dict)
    weights: dict[str, torch.Tensor] = field(default_factory=dict)
    last_weights: dict[str, torch.Tensor] = field(default_factory=dict)


def train(
    sequences: Sequences,
    settings: RNNSettings,
    *,
    seed: int,
    device: torch.device | str = "cpu",
    evaluate: Callable[[NextElementRNN], Record] | None = None,
    evaluate_every: int = 1,
    state_path: Path | None = None,
    evaluated_on: Any = None,
) -> Training:
    """Train on ``sequences``; after every epoch call ``evaluate`` and keep the epoch of the highest ``score``.

    Where evaluating is expensive it is done every ``evaluate_every`` epochs and after the last; others are not chosen.
    ``evaluate`` gets the network in evaluation mode and returns a record with a number ``score``; the untrained
    network is recorded as epoch 0 but never chosen. Ties go to the earlier epoch. Without ``evaluate`` the last epoch
    is kept.

    With ``state_path``, everything needed to go on is stored there after each epoch; if the file exists and was left
    by the same data, settings and seed, training goes on from it, with the same result as if never interrupted.
    ``evaluated_on`` is whatever else ``evaluate`` depends on, as JSON can hold it: a state left under another is not used.

    Returns:
        A :class:`Training`; its weights are on the CPU, those of the best epoch and those of the last.

    Raises:
        InputError: the loss became NaN or infinite, or a classification network is asked for plain vectors.
    """
    if settings.objective == "classification" and n_symbols(sequences) is None:
        raise InputError(
            "objective: classification predicts words; sequences of plain vectors need regression."
        )
    model = settings.build(sequences.dim, seed, n_symbols(sequences)).to(device)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    data = PaddedBatches(sequences, device)
    content = hashlib.sha256(data.table.cpu().numpy().tobytes())
    content.update(b"" if data.index is None else data.index.cpu().numpy().tobytes())
    about = [
        sequences.ids,
        sequences.lengths.tolist(),
        content.hexdigest(),
        evaluated_on,
        evaluate_every,
    ]
    fingerprint = config_hash([asdict(settings), seed, *about])
    result = _resume(state_path, fingerprint, model, optimizer)
    if not result.curve:
        result.curve.append(
            {"epoch": 0, "train_loss": None} | (evaluate(model.eval()) if evaluate else {})
        )
    for epoch in range(len(result.curve), settings.epochs + 1):
        if _out_of_patience(result, settings):
            break
        loss = _train_epoch(model, data, optimizer, settings, seed, epoch)
        if not np.isfinite(loss):
            keys = "rnn.learning_rate, or sentences.learning_rate"
            raise InputError(
                f"the training loss became {loss} in epoch {epoch}: lower the learning rate ({keys})."
            )
        look = evaluate is not None and (epoch % evaluate_every == 0 or epoch == settings.epochs)
        record = {"epoch": epoch, "train_loss": loss} | (
            evaluate(model.eval()) if evaluate and look else {}
        )
        result.curve.append(record)
        if evaluate is None or (
            look and (not result.best or record["score"] > result.best["score"])
        ):
            result.best = record
            result.weights = _weights_of(model)
        log.info("%s", ", ".join(f"{key} {_short(value)}" for key, value in record.items()))
        if state_path is not None:
            state = {
                "fingerprint": fingerprint,
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
            }
            with atomic_path(state_path) as temporary:
                torch.save(
                    state | {"curve": result.curve, "best": result.best, "weights": result.weights},
                    temporary,
                )
    result.last_weights = _weights_of(model)
    return result


def _weights_of(model: NextElementRNN) -> dict[str, torch.Tensor]:
    return {key: value.detach().cpu().clone() for key, value in model.state_dict().items()}


def _resume(
    path: Path | None, fingerprint: str, model: NextElementRNN, optimizer: torch.optim.Optimizer
) -> Training:
    """The training stored at ``path``, loaded into model and optimizer, or an empty one."""
    if path is None or not path.is_file():
        return Training()
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a half-written or foreign file only costs the epochs it held
        log.warning("%s cannot be read (%s): starting from the first epoch", path, error)
        return Training()
    if not isinstance(state, dict) or state.get("fingerprint") != fingerprint:
        log.warning("%s was left by other data or settings: starting from the first epoch", path)
        return Training()
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))
    log.info("going on after epoch %d, stored in %s", len(state["curve"]) - 1, path)
    return Training(state["curve"], state["best"], state["weights"])


def _out_of_patience(result: Training, settings: RNNSettings) -> bool:
    if not result.best or (len(result.curve) > 1 and "score" not in result.curve[-1]):
        return False  # patience ends where validation looked, never between two looks
    return 0 < settings.patience <= len(result.curve) - 1 - result.best["epoch"]


def _train_epoch(
    model: NextElementRNN,
    data: PaddedBatches,
    optimizer: torch.optim.Optimizer,
    settings: RNNSettings,
    seed: int,
    epoch: int,
) -> float:
    """One pass over the data; the mean loss over its steps, with dropout on.

    Batches and dropout are drawn from a stream of their own per epoch, so an interrupted training that goes on from
    a stored epoch draws the same numbers.
    """
    model.train()
    stream = np.random.SeedSequence([seed, epoch])
    torch.manual_seed(int(stream.generate_state(1)[0]))
    total, steps = 0.0, 0
    for rows in data.shuffled(settings.batch_size, np.random.default_rng(stream)):
        positions, mask = data.positions(rows)
        summed, count = (
            _summed_loss(model, data, positions, mask, settings.objective),
            int(mask.sum()),
        )
        optimizer.zero_grad(set_to_none=True)
        (summed / count).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        optimizer.step()
        total, steps = total + summed.item(), steps + count
    return total / steps


def _summed_loss(
    model: NextElementRNN,
    data: PaddedBatches,
    positions: torch.Tensor,
    mask: torch.Tensor,
    objective: str,
) -> torch.Tensor:
    """Over real steps: 1/2 ||x_{i+1} - v_i||^2, or the cross entropy of w_{i+1}."""
    targets = data.elements(positions, mask)
    if objective == "regression":
        return 0.5 * ((model(shifted(targets)) - targets) * mask[..., None]).square().sum()
    logits = model.output(model.hidden(shifted(targets))[mask])
    return cross_entropy(logits, data.symbols(positions)[mask], reduction="sum")


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
