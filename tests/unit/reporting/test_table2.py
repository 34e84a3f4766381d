"""Table 2: arithmetic by hand, published rows, notes, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from rnnfv import InputError
from rnnfv.reporting.accuracies import PROCESSORS
from rnnfv.reporting.table2 import table2, table2_notes, table2_texts


def metrics(split, accuracies, **changes):
    seeds = [{"seed": i, "accuracy": value} for i, value in enumerate(accuracies)]
    plain = {
        "split": split,
        "dim": 7,
        "weights": ["A", "B"],
        "n_items": 10,
        "n_excluded": 1,
        "seeds": seeds,
    }
    return plain | changes


PUBLISHED = pd.DataFrame(
    [
        (2, "HMDB51", "iDT", "W", "accuracy", 57.2, "R", "read"),
        (2, "HMDB51", "TSN", "X", "accuracy", 94.2, "W", "memory"),
        (2, "UCF101", "TSN", "X", "accuracy", 97.0, "W", "memory"),
        (1, "HMDB51", "other", "Y", "accuracy", 1.0, "R", "read"),
    ],
    columns=["table", "dataset", "method", "reference", "metric", "value", "status", "source"],
)


def test_rows_ours_and_published():
    ours = [metrics(1, [0.5, 0.6]), metrics(2, [0.7, 0.8])]
    table = table2([{"dataset": "HMDB51", "method": "iDT", "metrics": ours}], PUBLISHED)
    columns = "method dataset mean std split1 split2 split3 n_seeds weights"
    columns += " published published_status source"
    assert list(table.columns)[:12] == columns.split()
    row = table.iloc[0]
    assert row["mean"] == pytest.approx(65) and row["std"] == pytest.approx(np.sqrt(200))
    assert (row["split1"], row["split2"]) == (pytest.approx(55), pytest.approx(75)) and pd.isna(
        row["split3"]
    )
    assert (
        row["seed_std"] == pytest.approx(np.sqrt(50))
        and row["n_seeds"] == 2
        and row["weights"] == "A | B"
    )
    assert (row["published"], row["published_status"]) == (57.2, "R")
    assert row["source"] == "this run; published: W (read)" and row["n_excluded"] == 1
    other = table.iloc[1]  # matched rows are not shown twice, other tables not at all
    assert (
        len(table) == 2
        and other["method"] == "TSN"
        and pd.isna(other["mean"])
        and other["source"] == "X (memory)"
    )
    text, latex, *_ = table2_texts(table, ["a note"])
    assert (
        "| HMDB51 | iDT | 65.0 ± 14.1 | 55.0 / 75.0 | 2 | 7.1 | 10 (1 left out) | 57.2 [R] |"
        in text
    )
    assert "| HMDB51 | TSN |  |  |  |  |  | 94.2 [W] | X (memory) |" in text and "- a note" in text
    assert r"HMDB51 & TSN &  & 94.2 {[}W{]} \\" in latex


def test_a_row_that_is_not_published_is_ours_alone():
    table = table2(
        [{"dataset": "mine", "method": "iDT", "metrics": [metrics(1, [0.25])]}], PUBLISHED
    )
    assert (
        pd.isna(table.iloc[0]["published"])
        and table.iloc[0]["source"] == "this run"
        and len(table) == 1  # published values of other data sets have no place beside it
    )
    assert pd.isna(table.iloc[0]["std"]) and pd.isna(table.iloc[0]["seed_std"])
    text, latex, *_ = table2_texts(table, [])
    assert "| data set | method | accuracy (%) | by split | seeds | items |" in text
    assert "published" not in text and "published" not in latex  # nor are empty columns


def test_videos_without_tracks_are_counted_in_the_notes():
    row = {
        "dataset": "mine",
        "method": "iDT",
        "members": ["iDT"],
        "metrics": [metrics(1, [0.5], without_tracks=3), metrics(2, [0.5])],
    }
    told = "mine, iDT: 3 of 10 videos have no tracks, which is the zero vector"
    assert table2_notes([row], ["missing"], []) == [told, "missing", PROCESSORS]
    assert table2_notes([row | {"metrics": [metrics(1, [0.5])]}], [], []) == [PROCESSORS]
    assert table2_notes([], [], ["s"])[1].startswith("s: synthetic")


def test_networks_that_predict_worse_than_copying_are_told_once():
    worse, better = ({"val_loss": loss, "copy_loss": 2.0} for loss in (3.0, 1.0))
    of_iDT = {}
    runs = [
        {"seed": seed, "accuracy": 0.5, "networks": [losses, of_iDT]}
        for seed, losses in enumerate([worse, better])
    ]
    both = {"dataset": "d", "method": "both", "members": ["Lite0", "iDT"]}
    both["metrics"] = [metrics(1, [], seeds=runs)]
    alone = both | {"method": "alone", "members": ["Lite0"]}
    [line, _] = table2_notes([both, alone], [], [])
    assert line.startswith("d, Lite0: 1 of 2 networks predict, at the epoch that was chosen, worse")


def test_random_weights_are_never_shown():
    wrong = [metrics(1, [0.5], weights=["VGG-19, RANDOM WEIGHTS"])]
    with pytest.raises(InputError, match="random weights"):
        table2([{"dataset": "mine", "method": "VGG", "metrics": wrong}], PUBLISHED)
