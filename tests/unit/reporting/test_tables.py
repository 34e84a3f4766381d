"""Table 1's arithmetic by hand, what it prints as published, and what it refuses."""

import numpy as np
import pandas as pd
import pytest

from rnnfv import InputError
from rnnfv.data.splits import items_in_split, split_rows
from rnnfv.data.usable import apply_policy, compare_ids, summarize
from rnnfv.reporting.table1 import latex, markdown, order_columns, table1_row

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


def test_means_and_deviations_by_hand():
    row = table1_row(
        ROW, [metrics(1, [0.5, 0.7], alpha=0.5), metrics(3, [0.8, 0.8], alpha=0.5)], ITEMS, NOTHING
    )
    assert (row["split1"], row["split3"], row["mean"]) == pytest.approx((60, 80, 70))
    assert row["std"] == pytest.approx(np.sqrt(200))  # of 60 and 80
    assert row["seed_std"] == pytest.approx(np.std([65, 75], ddof=1))
    assert row["chosen"] == "epoch 3 4 3 4; alpha 0.5"
    assert (row["n_seeds"], row["n_items"], row["n_excluded"], row["published"]) == (2, 2, 1, None)
    table = order_columns([row])
    assert list(table.columns)[3:9] == ["mean", "std", "split1", "split2", "split3", "n_seeds"]
    assert np.isnan(table["split2"].iloc[0])


def test_one_split_and_one_seed_have_no_deviation():
    row = table1_row(ROW, [metrics(1, [0.5], pca=None)], ITEMS, NOTHING)
    assert row["std"] is None and row["seed_std"] is None
    assert row["chosen"] == "epoch 3"
    text = markdown(order_columns([row]), "Title", ["a note"])
    assert "| 50.0 | 50.0 | 1 |  | not known | epoch 3 |" in text and text.endswith("- a note\n")


def test_what_some_runs_chose_is_not_dropped():
    runs = [metrics(1, [0.5], pca=100), metrics(2, [0.5], pca=None)]
    assert table1_row(ROW, runs, ITEMS, NOTHING)["chosen"] == "epoch 3; pca 100 none"


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
    row = table1_row(ROW, [metrics(1, [0.5])], ITEMS, published)
    assert (row["published"], row["published_status"]) == (81.5, "W")
    table = order_columns([row])
    assert "81.5 [W]" in markdown(table, "t", []) and "81.5 [W]" in latex(table, "t", [])
    assert r"UCF\_101" in latex(table, "50 %", []) and r"50 \%" in latex(table, "50 %", [])


def test_the_projects_own_published_values_have_a_status_and_a_source(request):
    published = pd.read_csv(request.config.rootpath / "data" / "published.csv")
    assert published["status"].isin(["R", "W", "?"]).all() and published["source"].notna().all()
    assert (published["table"] != 1).all()  # not known: nothing may be printed


def test_random_weights_are_refused():
    with pytest.raises(InputError, match=r"features.vgg19: made with random weights"):
        table1_row(ROW, [metrics(1, [0.5], weights="VGG-19, RANDOM WEIGHTS; fc7")], ITEMS, NOTHING)


def test_policy():
    assert apply_policy(ITEMS, "exclude", "f") is ITEMS
    with pytest.raises(
        InputError, match=r"1 of 3 items cannot be used \(all in f\)(.|\n)*c: empty: 0 bytes"
    ):
        apply_policy(ITEMS, "fail", "f")
    with pytest.raises(InputError, match="none of the 1 items can be used"):
        apply_policy(ITEMS[2:], "exclude", "f")
    many = pd.DataFrame({"id": list("abcdefghijklmnopqrstuvwxyz"), "status": "bad", "reason": "x"})
    with pytest.raises(InputError, match="and 6 more"):
        apply_policy(many, "fail", "f")
    assert summarize(ITEMS) == "2 of 3 items used; 1 empty"
    assert compare_ids(["a", "b"], ["b", "z"])["status"].tolist() == ["bad", "ok"]


def test_split_rows_follow_the_ids_not_the_manifest():
    manifest = pd.DataFrame(
        {
            "id": list("abcdef"),
            "label": list("xyxyxy"),
            "split2": ["train", "test", "val", "unused", "train", "train"],
        }
    )
    assert items_in_split(manifest, 2) == ["a", "b", "c", "e", "f"]
    labels, rows = split_rows(manifest, ["e", "b", "f", "c"], 2)
    assert labels.tolist() == ["x", "y", "y", "x"]
    assert {part: members.tolist() for part, members in rows.items()} == {
        "train": [0, 2],
        "val": [3],
        "test": [1],
    }
    with pytest.raises(InputError, match="no usable val items"):
        split_rows(manifest, ["e", "b", "f"], 2)
    with pytest.raises(InputError, match="no column split1; it has split2"):
        items_in_split(manifest, 1)
    with pytest.raises(InputError, match="'z'"):
        split_rows(manifest, ["e", "z"], 2)
    with pytest.raises(InputError, match="one label only"):
        split_rows(manifest.assign(label="x"), list("abce"), 2)
