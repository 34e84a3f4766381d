"""Side experiments on action recognition: one thing changed, the rest as in the reference.

What a change may vary is planned in :mod:`rnnfv.planning.ablations`; here a trained network becomes
accuracies. Test items are classified once, by an SVM trained on training and validation items; PCA
and scaling are fitted on training items alone.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.matrices import ArraySource, ColumnSource
from rnnfv.arrays.sequences import Sequences
from rnnfv.arrays.views import ScaledColumns
from rnnfv.evaluation.classifier import Grid, WithScores, predict_once
from rnnfv.evaluation.table_poolings import SplitData
from rnnfv.reduction.standardize import scaled_columns
from rnnfv.rnn.checkpoint import TrainedNetwork
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.layer_gradients import layer_fisher_vectors
from rnnfv.rnn.network import NextElementRNN
from rnnfv.rnn.settings import candidates

TIMED_ITEMS = 200
"""Extraction is timed on this many items at most."""
_REPEATS = 3

Device = torch.device | str
Change = Mapping[str, Any]
"""As :func:`rnnfv.planning.ablations.changes` describes it."""


def represent(
    network: NextElementRNN,
    sequences: Sequences,
    pooling: str = "fisher",
    layers: Sequence[str] = ("output",),
    device: Device = "cpu",
) -> ColumnSource:
    """One vector per sequence, before any normalisation: (n, P) by columns.

    Args:
        network: a regression network.
        sequences: n sequences.
        pooling: ``fisher``, the gradient, or ``hidden``, the mean hidden activations (P = H).
        layers: whose gradient. That of the output layer alone needs no backward pass.
        device: where to compute.
    """
    if pooling == "hidden":
        return ArraySource(FisherVectors(network, sequences, device=device).mean_hidden())
    if tuple(layers) == ("output",):
        return FisherVectors(network, sequences, device=device)
    return layer_fisher_vectors(network, sequences, layers, device=device)


def measure(source: ColumnSource, data: SplitData, change: Change, C: float) -> dict[str, Any]:
    """Accuracies of scaled vectors after PCA, power and L2.

    Args:
        source: (n, P).
        data: of the split.
        change: ``pca``, components or None for no PCA; ``alpha``, the exponent of the power
            normalisation, 1 for none; ``l2``, whether vectors are scaled to unit length.
        C: of the SVM.

    Returns:
        ``dim`` (P), ``pca`` (components there are), ``alpha``, ``l2``; ``val_accuracy`` of an SVM
        trained on training items, ``accuracy`` on test items of one trained on training and
        validation items. Both are fractions.
    """
    labels, rows = data.labels, data.rows
    grid = Grid((change["pca"],), (change["alpha"],), C, change["l2"])
    vectors = WithScores(source)
    choice = data.choose(vectors, grid)
    predicted = predict_once(vectors, labels, dict(rows), choice, C)
    accuracy = float(np.mean(predicted == labels[rows["test"]]))
    made = {"dim": source.shape[1], "pca": choice.pca, "alpha": change["alpha"], "l2": change["l2"]}
    return {**made, "val_accuracy": choice.accuracy, "accuracy": accuracy}


def extraction(
    network: NextElementRNN, sequences: Sequences, change: Change, device: Device = "cpu"
) -> Callable[[], None]:
    """The work to time: sequences to scaled vectors, on at most :data:`TIMED_ITEMS` items.

    The scaling's statistics, which are fitted once, are not part of it.

    Args:
        network: a regression network.
        sequences: n sequences; the first ones are taken.
        change: ``pooling`` and ``layers`` (see :func:`represent`), ``scaling``
            (:func:`~rnnfv.reduction.standardize.scaled_columns`).
        device: where to compute.
    """
    some = sequences.run(0, min(len(sequences), TIMED_ITEMS))

    def unscaled() -> ColumnSource:
        return represent(network, some, change["pooling"], change["layers"], device)

    statistics = scaled_columns(unscaled(), change["scaling"], np.arange(len(some)))

    def extract() -> None:
        source = unscaled()
        if isinstance(statistics, ScaledColumns):
            source = ScaledColumns(source, statistics.center, statistics.scale)
        for block in source.columns(BLOCK_BYTES):
            float(block[-1, -1])  # on a GPU: wait for it

    return extract


def measure_changes(
    changes: Sequence[Change],
    reference: Change,
    trained: TrainedNetwork,
    data: SplitData,
    compared: Sequences,
    C: float,
    device: Device = "cpu",
) -> list[dict[str, Any]]:
    """Accuracy and time of every change that uses a network.

    Args:
        changes: as :func:`rnnfv.planning.ablations.changes` describes them.
        reference: the first of all changes; its extraction is timed beside.
        trained: the network.
        data: of the split, thinned as the changes want it.
        compared: the reference's sequences.
        C: of the SVM.
        device: where to compute.

    Returns:
        For every change ``change`` (its name), what :func:`measure` returns, ``seed``, ``epoch``
        and ``time``, a multiple of the reference's.
    """
    # Which weights the network has does not matter to the time it takes.
    untrained = candidates(reference["rnn"])[0].build(compared.dim, trained.seed)
    ordinary = extraction(untrained, compared, reference, device)
    times = {extraction_key(reference): 1.0}
    measured = []
    for change in changes:
        network, key = trained.network(change["epoch"]), extraction_key(change)
        if key not in times:
            extract = extraction(network, data.sequences, change, device)
            times[key] = time_ratio(extract, ordinary)
        vectors = represent(network, data.sequences, change["pooling"], change["layers"], device)
        source = scaled_columns(vectors, change["scaling"], data.rows["train"])
        accuracies = measure(source, data, change, C)
        facts = {"seed": trained.seed, "epoch": trained.epochs.get(change["epoch"], 0)}
        measured.append({"change": change["name"], **accuracies, **facts, "time": times[key]})
        print(f"{change['name']}: {100 * accuracies['accuracy']:.2f} % of the test items right")
    return measured


def extraction_key(change: Change) -> tuple[Any, ...]:
    """Settings that the time of extraction depends on; changes of one key take the same time."""
    keys = [change[key] for key in ("feature", "stride", "scaling", "pooling")]
    units = change["rnn"]["n_fc"], change["rnn"]["n_lstm"]
    return (*keys, *units, tuple(change["layers"]))


def time_ratio(extract: Callable[[], None], reference: Callable[[], None]) -> float:
    """The time that ``extract`` takes, as a multiple of ``reference``.

    Medians of three runs each, taken in turn, so that other work on the machine touches both.
    """
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(_REPEATS):
        for run, times in zip((extract, reference), seconds, strict=True):
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)
    return float(np.median(seconds[0]) / np.median(seconds[1]))
