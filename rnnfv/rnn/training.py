"""Training of the next-element network: validation after epochs, the best one kept, resumable."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from rnnfv.arrays.provenance import config_hash, provenance
from rnnfv.arrays.sequences import Sequences
from rnnfv.devices import usual_torch
from rnnfv.errors import InputError
from rnnfv.rnn.adamw import AdamW
from rnnfv.rnn.checkpoint import TrainedNetwork, read_checkpoint, unfinished, write_checkpoint
from rnnfv.rnn.network import NextElementRNN, PaddedBatches, shifted
from rnnfv.rnn.settings import RNNSettings, n_symbols

log = logging.getLogger(__name__)

Record = dict[str, Any]
"""The network after an epoch: ``epoch``, ``train_loss`` and what the evaluation adds."""


@dataclass
class Training:
    """The outcome: a :data:`Record` per epoch (0: untrained), the best of them and its weights.

    ``last_weights`` are those after the last record of ``curve``, whatever validation said;
    ``scale`` is what the network multiplies elements by.
    """

    curve: list[Record] = field(default_factory=list)
    best: Record = field(default_factory=dict)
    weights: dict[str, torch.Tensor] = field(default_factory=dict)
    last_weights: dict[str, torch.Tensor] = field(default_factory=dict)
    scale: float = 1.0

    def network(self, settings: RNNSettings, dim: int) -> NextElementRNN:
        """The network of the best epoch, for plain vectors.

        Args:
            settings: it was trained with.
            dim: dimension of the elements.
        """
        model = settings.build(dim, seed=0, scale=self.scale)
        model.load_state_dict(self.weights)
        return model


@usual_torch()
def train(
    sequences: Sequences,
    settings: RNNSettings,
    *,
    seed: int,
    device: torch.device | str = "cpu",
    evaluate: Callable[[NextElementRNN], Record] | None = None,
    evaluate_every: int = 1,
    evaluated_on: Any = None,
    path: str | Path | None = None,
    on_epoch: Callable[[Record], None] | None = None,
) -> Training:
    """Train on ``sequences``; ``evaluate`` after every epoch; keep that of the highest ``score``.

    Where evaluating is expensive it is done every ``evaluate_every`` epochs and after the last;
    others are not chosen. ``evaluate`` gets the network in evaluation mode and returns a record
    with a number ``score``; the untrained network is recorded as epoch 0 but never chosen. Ties go
    to the earlier epoch. Without ``evaluate`` the last epoch is kept.

    With ``path``, the network is written there in the end
    (:class:`~rnnfv.rnn.checkpoint.TrainedNetwork`), and after every epoch what is needed to go on
    is stored beside it (:func:`~rnnfv.rnn.checkpoint.unfinished`). If that file exists and was left
    by the same data, settings and seed, training goes on from it, with the same result as if never
    interrupted. It stays until the caller has written what else comes of the training, and removes
    it.

    Args:
        sequences: to train on.
        settings: of the network.
        seed: of the initial weights, the batches and dropout.
        device: where to compute.
        evaluate: the validation.
        evaluate_every: epochs from one validation to the next.
        evaluated_on: whatever else ``evaluate`` depends on, as JSON can hold it: a state left under
            another is not used.
        path: of the network's file.
        on_epoch: called with the record of every epoch, to show it.

    Returns:
        A :class:`Training`; its weights, of the best and of the last epoch, are on the CPU.

    Raises:
        InputError: the loss became NaN or infinite.
    """
    scale = settings.scale_of(sequences)
    model = settings.build(sequences.dim, seed, n_symbols(sequences), scale).to(device)
    optimizer = AdamW(model.parameters(), settings.learning_rate, settings.weight_decay)
    data = PaddedBatches(sequences, device, scale)
    content = hashlib.sha256(data.table.cpu().numpy().tobytes())
    content.update(b"" if data.index is None else data.index.cpu().numpy().tobytes())
    about = [sequences.ids, sequences.lengths.tolist(), content.hexdigest()]
    validation = [evaluated_on, evaluate_every]
    fingerprint = config_hash([asdict(settings), seed, *about, *validation])
    state_path = unfinished(path) if path else None
    result = _resume(state_path, fingerprint, model, optimizer)
    result.scale = scale
    if not result.curve:
        validated = evaluate(model.eval()) if evaluate else {}
        result.curve.append({"epoch": 0, "train_loss": None} | validated)
    for epoch in range(len(result.curve), settings.epochs + 1):
        if _out_of_patience(result, settings):
            break
        stream = np.random.SeedSequence([seed, epoch])
        loss = _train_epoch(model, data, optimizer, settings, stream)
        model.epochs = epoch
        if not np.isfinite(loss):
            keys = "rnn.learning_rate, or sentences.learning_rate"
            problem = f"the training loss became {loss} in epoch {epoch}"
            raise InputError(f"{problem}: lower the learning rate ({keys}).")
        look = evaluate is not None and (epoch % evaluate_every == 0 or epoch == settings.epochs)
        validated = evaluate(model.eval()) if evaluate and look else {}
        record = {"epoch": epoch, "train_loss": loss} | validated
        result.curve.append(record)
        better = look and (not result.best or record["score"] > result.best["score"])
        if evaluate is None or better:
            result.best, result.weights = record, _weights_of(model)
        if on_epoch is not None:
            on_epoch(record)
        log.info("%s", ", ".join(f"{key} {_short(value)}" for key, value in record.items()))
        if state_path is not None:
            state: dict[str, Any] = {"fingerprint": fingerprint, "model": model.state_dict()}
            state |= {"adamw": optimizer.state, "curve": result.curve}
            state |= {"best": result.best, "weights": result.weights}
            write_checkpoint(state_path, state)
    result.last_weights = _weights_of(model)
    if path is not None:
        epochs = {"best": result.best["epoch"], "last": result.curve[-1]["epoch"]}
        weights = {"best": result.weights, "last": result.last_weights}
        made_by = provenance(asdict(settings), ["torch"], seed=seed, epoch=epochs["best"])
        about_data = sequences.dim, n_symbols(sequences), seed
        TrainedNetwork(settings, *about_data, weights, epochs, scale).write(path, made_by)
    return result


def _weights_of(model: NextElementRNN) -> dict[str, torch.Tensor]:
    return {key: value.detach().cpu().clone() for key, value in model.state_dict().items()}


def _resume(
    path: Path | None, fingerprint: str, model: NextElementRNN, optimizer: AdamW
) -> Training:
    """The training stored at ``path``, loaded into model and optimizer, or an empty one."""
    if path is None or not path.is_file():
        return Training()
    try:
        needs = ["fingerprint", "model", "adamw", "curve", "best", "weights"]
        state = read_checkpoint(path, needs)
    except InputError as error:  # a damaged or foreign file only costs the epochs it held
        log.warning("%s cannot be read: starting from the first epoch (%s)", path, error)
        return Training()
    if state["fingerprint"] != fingerprint:
        log.warning("%s was left by other data or settings: starting from the first epoch", path)
        return Training()
    model.load_state_dict(state["model"])
    optimizer.load(state["adamw"])
    log.info("going on after epoch %d, stored in %s", len(state["curve"]) - 1, path)
    return Training(state["curve"], state["best"], state["weights"])


def _out_of_patience(result: Training, settings: RNNSettings) -> bool:
    if not result.best or (len(result.curve) > 1 and "score" not in result.curve[-1]):
        return False  # patience ends where validation looked, never between two looks
    return 0 < settings.patience <= len(result.curve) - 1 - result.best["epoch"]


def _train_epoch(
    model: NextElementRNN,
    data: PaddedBatches,
    optimizer: AdamW,
    settings: RNNSettings,
    stream: np.random.SeedSequence,
) -> float:
    """One pass over the data; the mean loss over its steps, with dropout on.

    Every epoch has a stream of its own for batches and dropout, so an interrupted training that
    goes on from a stored epoch draws the same numbers.
    """
    model.train()
    generator = torch.Generator(device=data.table.device)
    generator.manual_seed(int(stream.generate_state(1)[0]))
    total, steps = 0.0, 0
    for rows in data.shuffled(settings.batch_size, np.random.default_rng(stream)):
        positions, mask = data.positions(rows)
        targets = data.elements(positions, mask)
        if settings.objective == "regression":
            errors = (model(shifted(targets), generator) - targets) * mask[..., None]
            summed = 0.5 * errors.square().sum()
        else:
            logits = model.output(model.hidden(shifted(targets), generator)[mask])
            summed = cross_entropy(logits, data.symbols(positions)[mask], reduction="sum")
        count = int(mask.sum())
        optimizer.zero_grad()
        (summed / count).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        optimizer.step()
        total, steps = total + summed.item(), steps + count
    return total / steps


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
