"""Table 1's arithmetic by hand, what it prints as published, and what it refuses."""

import numpy as np
import pandas as pd
import pytest

from rnnfv import InputError
from rnnfv.reporting.accuracies import attach, order_columns, worse_than_copying
from rnnfv.reporting.table1 import IDENTITY, table1, table1_notes, table1_row, table1_texts

ROW = {"dataset": "UCF_101", "feature": "vgg19", "reduction": "pca", "pooling": "rnn-fv"}
ITEMS = pd.DataFrame(
    {
        "id": ["a", "b", "c"],
        "status": ["ok", "noted", "bad"],
        "reason": ["", "padded", "empty: 0 bytes"],
    }
)
NOTHING = pd.DataFrame(columns=["table", "dataset", "method", "value", "status"])


def metrics(split, accuracies, weights="W", **chosen):
    seeds = [
        {"seed": i, "accuracy": a, "chosen": {"epoch": i + 3, **chosen}}
        for i, a in enumerate(accuracies)
    ]
    return {"split": split, "dim": 10, "weights": weights, "seeds": seeds}


def row_of(*splits, published=NOTHING):
    return table1_row(ROW | {"metrics": splits}, ITEMS, published)


def test_means_and_deviations_by_hand():
    row = row_of(metrics(1, [0.5, 0.7], alpha=0.5), metrics(3, [0.8, 0.8], alpha=0.5))
    assert (row["split1"], row["split3"], row["mean"]) == pytest.approx((60, 80, 70))
    assert row["std"] == pytest.approx(np.sqrt(200))  # of 60 and 80
    assert row["seed_std"] == pytest.approx(np.std([65, 75], ddof=1))
    assert row["chosen"] == "epoch 3 4 3 4; alpha 0.5"
    assert (row["n_seeds"], row["n_items"], row["n_excluded"], row["published"]) == (2, 2, 1, None)
    table = order_columns([row])
    assert list(table.columns)[3:9] == ["mean", "std", "split1", "split2", "split3", "n_seeds"]
    assert np.isnan(table["split2"].iloc[0])


def test_one_split_and_one_seed_have_no_deviation():
    row = row_of(metrics(1, [0.5], pca=None))
    assert row["std"] is None and row["seed_std"] is None
    assert row["chosen"] == "epoch 3"
    text, *_ = table1_texts(order_columns([row]), ["a note"])
    assert "| 50.0 | 50.0 | 1 | epoch 3 |" in text and text.endswith("- a note\n")


def test_what_some_runs_chose_is_not_dropped():
    runs = [metrics(1, [0.5], pca=100), metrics(2, [0.5], pca=None)]
    assert row_of(*runs)["chosen"] == "epoch 3; pca 100 none"


def test_published_values_come_with_their_status():
    published = pd.DataFrame(
        {
            "table": [1, 2],
            "dataset": ["UCF_101"] * 2,
            "method": ["vgg19-PCA RNN-FV"] * 2,
            "value": [81.5, 1],
            "status": ["W", "R"],
        }
    )
    row = row_of(metrics(1, [0.5]), published=published)
    assert (row["published"], row["published_status"]) == (81.5, "W")
    markdown, latex, *_ = table1_texts(order_columns([row]), ["50 %"])
    assert "| 81.5 [W] |" in markdown and "81.5 {[}W{]}" in latex
    assert "| UCF_101 |" in markdown and r"UCF\_101" in latex and r"\par 50 \%" in latex


def test_the_projects_own_published_values_have_a_status_and_a_source(request):
    published = pd.read_csv(request.config.rootpath / "data" / "published.csv")
    assert published["status"].isin(["R", "W", "?"]).all() and published["source"].notna().all()
    assert (published["table"] != 1).all()  # not known: nothing may be printed


def test_random_weights_are_refused():
    with pytest.raises(InputError, match=r"features.vgg19: made with random weights"):
        row_of(metrics(1, [0.5], weights="VGG-19, RANDOM WEIGHTS; fc7"))


def test_rows_find_their_metrics():
    other = ROW | {"pooling": "mean"}
    split = [ROW | metrics(1, [0.5]), other | metrics(1, [0.7]), ROW | metrics(2, [0.6])]
    rows = attach([other, ROW], split, IDENTITY)
    table = table1(rows, [ITEMS, ITEMS], NOTHING)
    assert table["mean"].to_numpy() == pytest.approx([70, 55])
    assert table["pooling"].tolist() == ["mean", "rnn-fv"]
    with pytest.raises(InputError, match="no metrics of UCF_101, vgg19, cca, mean"):
        attach([other | {"reduction": "cca"}], split, IDENTITY)
    notes = table1_notes(table, rows, [ITEMS, ITEMS], ["c3d"], ["UCF_101"], ["UCF_101: drawn"])
    assert notes[:2] == ["UCF_101: 2 of 3 items used; 1 empty", "vgg19-PCA: W"]
    assert notes[2] == "c3d: no row, since features.c3d.weights is not set"
    assert notes[3] == "UCF_101: drawn" and len(notes) == 6
    markdown, latex, *_ = table1_texts(table, notes)
    assert "| **70.0** |" in markdown and r"\textbf{70.0}" in latex
    assert "| 55.0 ± 7.1 | 50.0 / 60.0 |" in markdown and r"55.0 $\pm$ 7.1" in latex


def test_networks_that_predict_worse_than_copying_are_told():
    losses = [(2.0, 3.0), (4.0, 3.0), (6.0, 1.0), (3.0, 3.0)]
    seeds = [{"accuracy": 1, "val_loss": ours, "copy_loss": copy} for ours, copy in losses]
    splits = [{"seeds": seeds[:2]}, {"seeds": seeds[2:]}]
    rows = [ROW | {"metrics": splits}, ROW | {"metrics": [{"seeds": [{"accuracy": 1}]}]}]
    table = pd.DataFrame({"dataset": [], "feature": [], "weights": []})
    line, *_ = table1_notes(table, rows, [], [], [])
    assert line.startswith("UCF_101, vgg19-PCA: 2 of 4 networks predict, at the epoch")
    assert line.endswith("losses on validation items 5 and 2 (means)")
    assert not worse_than_copying({"w2v": seeds[:1]})
