"""Table 1's experiment: vectors of a split are normalised, classified and tested once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rnnfv.arrays.intermediates import read_json
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.sequences import Sequences, load_sequences, open_sequences, write_sequences
from rnnfv.data.bad_items import usable_in_split
from rnnfv.data.labels import label_facts
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.splits import other_folds, split_rows
from rnnfv.data.text_files import read_table, some
from rnnfv.errors import InputError
from rnnfv.evaluation.classifier import (
    Choice,
    Grid,
    Vectors,
    WithScores,
    predict_once,
    representations,
)
from rnnfv.evaluation.table_poolings import POOLINGS, Pooled, SplitData
from rnnfv.evaluation.vector_classifier import VectorClassifier
from rnnfv.progress import progress

NEAR = 0.01
"""Decision values that differ by less are the same: roots of numbers near zero are rounded."""


def read_split(
    path: str | Path, manifest: str | Path, split: int, stride: int = 1, folds: int = 0
) -> SplitData:
    """A split's sequences, labels and parts from their files.

    Args:
        path: of the split's sequences.
        manifest: of the data set.
        split: its number.
        stride: keep every so many elements of a sequence.
        folds: of validation; 0 for the split's validation items alone.

    Raises:
        InputError: the files do not fit, or there are too few groups for the folds.
    """
    loaded, table = load_sequences(path).thinned(stride), read_manifest(manifest)
    labels, rows = split_rows(table, loaded.ids, split)
    groups = table.set_index("id").loc[loaded.ids, "group"].to_numpy(dtype=str)
    return SplitData(loaded, labels, rows, folds=other_folds(labels, groups, rows, folds))


@contextmanager
def open_split(
    path: str | Path, manifest: pd.DataFrame, split: int, items: str | Path
) -> Iterator[tuple[Sequences, dict[str, int]]]:
    """A file of all items, and where in it those of a split are, in the manifest's order.

    Args:
        path: of the sequences.
        manifest: of the data set.
        split: its number.
        items: file of the items table; bad ones are left out, whether the sequences hold them or
            not.

    Raises:
        InputError: the sequences lack an item that is not bad.
    """
    usable = usable_in_split(manifest, split, read_table(items))
    with open_sequences(path) as sequences:
        place = {name: i for i, name in enumerate(sequences.ids)}
        if lost := [name for name in usable if name not in place]:
            raise InputError(f"{path}: no sequence of {some(lost)}. Remove {items} and run again.")
        yield sequences, {name: place[name] for name in usable}


def write_reduced(
    path: str | Path,
    items: tuple[Sequences, Mapping[str, int]],
    reduce: Callable[[np.ndarray], np.ndarray],
    dim: int,
    made_by: Mapping[str, Any],
) -> None:
    """Store a split's items with fewer dimensions; the elements have unit length.

    Args:
        path: of the new sequences.
        items: of :func:`open_split`.
        reduce: (T, D) to (T, dim).
        dim: dimensions that are left.
        made_by: attributes of the file.
    """
    sequences, place = items
    reduced = ((name, l2_normalize(reduce(sequences[i]))) for name, i in place.items())
    write_sequences(path, progress(reduced, "items", len(place)), dim, attributes=made_by)


def with_networks(
    data: SplitData, seeds: Sequence[int], networks: Sequence[Path], choices: Sequence[Path]
) -> SplitData:
    """A split with its trained networks and what validation chose with them.

    Args:
        data: of the split.
        seeds: of the networks.
        networks: checkpoints, one a seed; none where no pooling needs them.
        choices: JSON files, one a seed.
    """
    if not networks:
        return data
    from rnnfv.rnn.checkpoint import TrainedNetwork

    trained = dict(zip(seeds, map(TrainedNetwork.read, networks), strict=True))
    read = [read_json(path, ["epoch"]) for path in choices]
    return replace(data, networks=trained, choices=dict(zip(seeds, read, strict=True)))


def grid_of(settings: Mapping[str, Any], section: str) -> Grid:
    """The grid to choose from by validation: ``pca``, ``alpha`` of a section, ``C`` of ``svm``."""
    chosen = settings[section]
    return Grid(tuple(chosen["pca"]), tuple(chosen["alpha"]), settings["svm"]["C"])


def classify(
    data: SplitData, name: str, settings: Mapping[str, Any], seeds: Sequence[int]
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Pool the items of a split, choose the normalisation on validation, test once; for every seed.

    Args:
        data: of the split.
        name: of the pooling.
        settings: the configuration's sections of the pooling and of ``svm``.
        seeds: of the runs; a pooling without randomness has one, 0.

    Returns:
        ``pooling``, ``dim``, ``counts`` and ``seeds``, a list of ``seed``, ``accuracy`` and
        ``val_accuracy`` (fractions), ``chosen`` and, of a trained network, its losses; and a table
        ``seed, id, label, predicted``.
    """
    pooling = POOLINGS[name]
    grid = grid_of(settings, pooling.section)
    runs, predictions = [], []
    for seed in seeds if pooling.seeded else [0]:
        pooled = pooling.pool(data, settings[pooling.section], grid, seed)
        vectors = WithScores(pooled.vectors)
        choice = pooled.choice or data.choose(vectors, grid)
        predicted = predict_once(vectors, data.labels, dict(data.rows), choice, grid.C)
        table = predictions_of(data.sequences.ids, data.labels, data.rows["test"], predicted, seed)
        accuracy = accuracy_of(table)
        chosen = {**pooled.chosen, "pca": choice.pca, "alpha": choice.alpha}
        print(f"{name}, seed {seed}: {100 * accuracy:.2f} % of {len(table)}; chosen: {chosen}")
        run = {"seed": seed, "accuracy": accuracy, "val_accuracy": choice.accuracy}
        runs.append({**run, **pooled.losses, "chosen": chosen})
        predictions.append(table)
    counts = {part: len(members) for part, members in data.rows.items()}
    dim = pooled.vectors.shape[1]
    facts = {"pooling": name, "dim": dim, "counts": counts, "seeds": runs}
    return facts | label_facts(data.labels, data.rows), pd.concat(predictions)


def fit_steps(data: SplitData, pooled: Pooled, grid: Grid) -> tuple[VectorClassifier, Choice]:
    """A classifier of pooled vectors, for new ones; as :func:`classify` has it.

    Args:
        data: of the split.
        pooled: its vectors, with an encoder.
        grid: from which validation chooses the normalisation, where it was not chosen before.

    Raises:
        InputError: the pooling's entry has no encoder.
    """
    if pooled.encoder is None:
        problem = "the pooling gives vectors of known items alone"
        raise InputError(f"{problem}: its entry in POOLINGS needs an encoder to be kept.")
    choice = pooled.choice or data.choose(pooled.vectors, grid)
    known = np.concatenate([data.rows["train"], data.rows["val"]])
    vectors = pooled.encoder.transform(data.sequences.select(known))
    classifier = VectorClassifier(choice.pca, choice.alpha, C=grid.C)
    classifier.fit(vectors, data.labels[known], pca_rows=np.arange(len(data.rows["train"])))
    return classifier, choice


def check_predictions(
    classifier: VectorClassifier, vectors: np.ndarray, table: pd.DataFrame
) -> None:
    """Check that a model predicts what the tables were made of, but for ties of :data:`NEAR`.

    Args:
        classifier: of the model.
        vectors: (n, D) of test items.
        table: columns ``id`` and ``predicted``, n rows in the same order.

    Raises:
        InputError: some differ.
    """
    values = classifier.decision_function(vectors)
    values = np.stack([-values, values], axis=1) / 2 if values.ndim == 1 else values
    place = {label: j for j, label in enumerate(classifier.classes_.tolist())}
    told = values[np.arange(len(table)), [place[label] for label in table["predicted"]]]
    short = values.max(axis=1) - told
    if ties := int(((short > 0) & (short <= NEAR)).sum()):
        print(f"{ties} of {len(table)} test items: two classes are as good, but for rounding")
    other = table[short > NEAR]
    if len(other):
        problem = (
            f"{len(other)} of {len(table)} test items are predicted otherwise than in the table"
        )
        raise InputError(f"{problem}, the first {other['id'].iloc[0]!r}. Make the table again.")


def normalized(
    vectors: Vectors, data: SplitData, grid: Grid, choice: Choice | None = None
) -> tuple[np.ndarray, Choice]:
    """Vectors after PCA, power and L2 as their classifier would have them, for fusion.

    PCA is fitted on training items, as it was when the choice was made.

    Args:
        vectors: (n, D).
        data: of the split.
        grid: from which validation chooses where there is no ``choice``.
        choice: what was chosen before.

    Returns:
        (n, d) vectors, and what was chosen.
    """
    vectors = WithScores(vectors)
    choice = choice or data.choose(vectors, grid)
    fitted = np.concatenate([data.rows["train"], data.rows["val"]])
    point = Grid((choice.pca,), (choice.alpha,), grid.C)
    [found] = representations(vectors, data.rows["train"], fitted, point)
    return found.vectors, choice


def predictions_of(
    ids: Sequence[str], labels: np.ndarray, rows: np.ndarray, predicted: np.ndarray, seed: int
) -> pd.DataFrame:
    """A table ``seed, id, label, predicted`` of the test items.

    Args:
        ids: of all n items.
        labels: (n,).
        rows: indices of the test items.
        predicted: their predicted labels.
        seed: of the run.
    """
    names = [ids[i] for i in rows]
    return pd.DataFrame({"seed": seed, "id": names, "label": labels[rows], "predicted": predicted})


def accuracy_of(table: pd.DataFrame) -> float:
    """The fraction of a table ``label, predicted`` that is right."""
    return float(np.mean(table["predicted"].to_numpy() == table["label"].to_numpy()))
