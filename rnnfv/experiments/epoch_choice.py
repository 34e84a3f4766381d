"""Training with the epoch chosen on validation items: videos by accuracy, sentences by retrieval.

The paper's choice (section 3): after every epoch the validation items are represented by the
RNN-FVs of the network as it is then; the epoch that does best is kept. Here is the score of an
epoch; :func:`rnnfv.rnn.training.train` compares and keeps.
"""

import hashlib
import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.utils.parallel import Parallel, delayed

from rnnfv.arrays.matrices import RowSource, sample_coordinates
from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.arrays.views import NormalizedRows
from rnnfv.data.splits import Fold
from rnnfv.evaluation.classifier import Choice, Grid, best_on_average, validate
from rnnfv.evaluation.table_poolings import SplitData
from rnnfv.experiments.captions import Part
from rnnfv.experiments.retrieval import fit_common_space
from rnnfv.rnn.checkpoint import candidate
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.fisher_vector_rows import FisherVectorRows
from rnnfv.rnn.network import NextElementRNN
from rnnfv.rnn.predictions import losses_of_network, losses_without_network
from rnnfv.rnn.settings import RNNSettings, candidates
from rnnfv.rnn.training import Record, Training, train

log = logging.getLogger(__name__)

OnEpoch = Callable[[Record], None] | None
"""Is called with the record of every epoch."""


def train_on_split(
    data: SplitData,
    settings: Sequence[RNNSettings],
    grid: Grid,
    seed: int,
    device: torch.device,
    path: str | None = None,
    *,
    compared: int | None = None,
    on_epoch: OnEpoch = None,
    n_jobs: int | None = None,
) -> Training:
    """Train on training items; after every epoch classify the validation items by their RNN-FVs.

    With folds, a network is trained for each of them first, and what is chosen is what validates
    best on average. The network that is kept is trained on training items, as it is without folds.

    Args:
        data: of the split; test items are not even looked at.
        settings: of the network; of several, validation chooses.
        grid: what validation chooses from, with the epoch.
        seed: of the initial weights and of training.
        device: where to compute.
        path: where to write the network; see :func:`~rnnfv.rnn.training.train`.
        compared: training items that validation's PCA and SVM are fitted on at most, drawn by the
            seed; None for all. The time that an epoch's validation takes grows with their square.
        on_epoch: called with the record of every epoch.
        n_jobs: trainings at a time, of folds and of settings; see :func:`train_best`.

    Returns:
        A :class:`~rnnfv.rnn.training.Training` whose records have ``val_loss``, ``hidden_rms``,
        ``copy_loss`` and ``mean_loss`` (see :mod:`rnnfv.rnn.predictions`), ``val_accuracy`` (a
        fraction; with folds the mean), and the ``pca`` and ``alpha`` that gave it.
    """
    drawn = sample_coordinates(len(data.rows["train"]), compared or len(data.sequences), seed)
    fit_on = data.rows["train"] if drawn is None else data.rows["train"][drawn]
    own = _Validation(data, (fit_on, data.rows["val"]), grid, device)
    trained_on = data.sequences.select(data.rows["train"])
    others = losses_without_network(trained_on, own.sequences.select(own.validated))
    common: dict[str, Any] = {"seed": seed, "device": device}

    jobs = (
        delayed(_accuracies)(data, one, fold, grid, candidate(place, f"fold{i}"), common)
        for one, place in zip(settings, _places(settings, path), strict=True)
        for i, fold in enumerate(data.folds)
    )
    found = Parallel(n_jobs=n_jobs, max_nbytes=None)(jobs) if data.folds else []
    k = len(data.folds)
    of_folds = {one.scale: found[i * k : (i + 1) * k] for i, one in enumerate(settings)}

    def train_one(one: RNNSettings, path: str | Path | None, on_epoch: OnEpoch) -> Training:
        by_fold = of_folds[one.scale]

        def evaluate(network: NextElementRNN) -> Record:
            vectors, points = own.of(network)
            choice = best_on_average(points, [fold[network.epochs] for fold in by_fold])
            losses = {"val_loss": vectors.loss(own.validated)}
            losses |= {name: network.scale**2 * loss for name, loss in others.items()}
            losses |= {"hidden_rms": vectors.hidden_rms(own.validated)}
            chosen = {"val_accuracy": choice.accuracy, "pca": choice.pca, "alpha": choice.alpha}
            return losses | chosen | {"score": choice.accuracy}

        run = {**common, "evaluated_on": [*own.about, by_fold], "path": path}
        return train(trained_on, one, evaluate=evaluate, on_epoch=on_epoch, **run)

    return train_best(settings, path, train_one, on_epoch, n_jobs)


def _accuracies(
    data: SplitData,
    settings: RNNSettings,
    fold: Fold,
    grid: Grid,
    path: Path | None,
    common: Mapping[str, Any],
) -> list[list[float]]:
    """By epoch and point of the grid, of a network that is trained on a fold."""
    validation = _Validation(data, fold, grid, common["device"])

    def evaluate(network: NextElementRNN) -> Record:
        _, points = validation.of(network)
        return {"score": 0, "accuracies": [point.accuracy for point in points]}

    run = {**common, "evaluated_on": validation.about, "path": path}
    every_epoch = replace(settings, patience=0)
    result = train(data.sequences.select(fold[0]), every_epoch, evaluate=evaluate, **run)
    return [record["accuracies"] for record in result.curve]


class _Validation:
    """Items of a fold in memory, those to fit on first, by which networks are compared."""

    def __init__(self, data: SplitData, fold: Fold, grid: Grid, device: torch.device):
        known = np.concatenate(fold)
        self.fitted, self.validated = np.split(np.arange(len(known)), [len(fold[0])])
        self.sequences, self.labels = data.sequences.select(known), data.labels[known]
        self.grid, self.device = grid, device
        names = [self.sequences.ids[i] for i in self.validated]
        self.about = [asdict(grid), self.labels.tolist(), names]

    def of(self, network: NextElementRNN) -> tuple[FisherVectors, list[Choice]]:
        """The network's Fisher vectors, and their accuracy at every point of the grid."""
        vectors = FisherVectors(network, self.sequences, device=self.device)
        return vectors, validate(vectors, self.labels, self.fitted, self.validated, self.grid)


def train_on_sentences(
    sentences: Sequences,
    train_part: Part,
    val_part: Part,
    settings: Mapping[str, Any],
    *,
    seed: int,
    device: torch.device | str = "cpu",
    network_path: str | Path | None = None,
    on_epoch: OnEpoch = None,
    n_jobs: int | None = None,
) -> Training:
    """Train on sentences; validate by retrieval between images and their sentences' RNN-FVs.

    Args:
        sentences: to train on: those of ``train_part``, or of a corpus.
        train_part: what the CCA of a validation is fitted on.
        val_part: what is retrieved.
        settings: of the model: the network's (``scale`` may be a list), ``eta``, ``alpha``,
            ``epoch_coordinates`` (how many coordinates of the RNN-FVs validation samples) and
            ``evaluate_every`` (epochs).
        seed: of the initial weights, of training and of the sample.
        device: where to compute.
        network_path: where to write the network; see :func:`~rnnfv.rnn.training.train`.
        on_epoch: called with the record of every epoch.
        n_jobs: trainings at a time, of several scales; see :func:`train_best`.

    Returns:
        A :class:`~rnnfv.rnn.training.Training` whose records have ``val_rsum`` (sum of recalls),
        the ``eta`` that gave it and, of a regression network, the losses that
        :func:`train_on_split` gives.
    """
    options = candidates({**settings, "n_fc": 0})
    common: dict[str, Any] = {"objective": options[0].objective, "device": device}
    others = losses_without_network(train_part.sentences, val_part.sentences)

    def evaluate(network: NextElementRNN) -> Record:
        width = network.output.out_features * (network.output.in_features + 1)
        coordinates = sample_coordinates(width, settings["epoch_coordinates"], seed)

        def rows(sentences: Sequences) -> RowSource:
            vectors = FisherVectorRows(network, sentences, coordinates=coordinates, **common)
            return NormalizedRows(vectors, settings["alpha"])

        space, sweep = fit_common_space(rows, train_part, val_part, settings["eta"])
        rsum = sweep[space.eta]
        record = {"score": rsum, "val_rsum": rsum, "eta": space.eta}
        if common["objective"] == "regression":
            record |= losses_of_network(network, val_part.sentences, device)
            record |= {name: network.scale**2 * loss for name, loss in others.items()}
        return record

    validated_with = [settings[key] for key in ("eta", "alpha", "epoch_coordinates")]
    about = [*validated_with, _digest(train_part), _digest(val_part)]
    run: dict[str, Any] = {"seed": seed, "device": device, "evaluated_on": about}
    run |= {"evaluate": evaluate, "evaluate_every": settings["evaluate_every"]}

    def train_one(one: RNNSettings, path: str | Path | None, on_epoch: OnEpoch) -> Training:
        return train(sentences, one, path=path, on_epoch=on_epoch, **run)

    return train_best(options, network_path, train_one, on_epoch, n_jobs)


def train_best(
    settings: Sequence[RNNSettings],
    path: str | Path | None,
    train_one: Callable[[RNNSettings, str | Path | None, OnEpoch], Training],
    on_epoch: OnEpoch = None,
    n_jobs: int | None = None,
) -> Training:
    """Train with each of the settings; keep the network whose best epoch has the highest score.

    Args:
        settings: candidates that differ in ``scale``; ties go to the first.
        path: where the network is to be; others are in :func:`~rnnfv.rnn.checkpoint.candidate`.
        train_one: trains with one of the settings and writes the network.
        on_epoch: called with the record of every epoch; with several jobs, after the trainings.
        n_jobs: settings at a time, each in a process of its own; None is 1. The results are the
            same.
    """
    places = _places(settings, path)
    pairs = zip(settings, places, strict=True)
    if len(settings) == 1 or n_jobs in (None, 1):
        results = [train_one(one, place, on_epoch) for one, place in pairs]
    else:
        jobs = (delayed(train_one)(one, place, None) for one, place in pairs)
        results = Parallel(n_jobs=n_jobs, max_nbytes=None)(jobs)
        if on_epoch:
            for record in chain.from_iterable(result.curve for result in results):
                on_epoch(record)
    if len(settings) == 1:
        return results[0]
    scores = [result.best["score"] for result in results]
    best = scores.index(max(scores))
    for one, result in zip(settings, results, strict=True):
        found = f"epoch {result.best['epoch']}, score {result.best['score']:.4g}"
        kept = "; kept" if result is results[best] else ""
        log.info("scale %s: %s%s", one.scale, found, kept)
    place = places[best]
    if path is not None and place is not None:
        shutil.copyfile(place, path)
    return results[best]


def _places(settings: Sequence[RNNSettings], path: str | Path | None) -> list[str | Path | None]:
    """The network's file of each of the settings."""
    return [path] if len(settings) == 1 else [candidate(path, one.scale) for one in settings]


def learning_curve(result: Training) -> pd.DataFrame:
    """One row per epoch: ``epoch``, ``train_loss`` and the columns that validation adds."""
    return pd.DataFrame(result.curve).drop(columns="score")


def _digest(part: Part) -> list[Any]:
    """Changes when a part's images, features or sentences do."""
    table = part.sentences.values
    assert isinstance(table, TableRows)
    arrays = part.features, table.table, table.index, part.sentences.offsets, part.image_of
    hashed = (hashlib.sha256(np.ascontiguousarray(array).data).hexdigest() for array in arrays)
    return [part.images, *hashed]
