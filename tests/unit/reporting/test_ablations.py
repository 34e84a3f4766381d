"""The table of side experiments on actions: by hand, and from files of metrics."""

import numpy as np
import pandas as pd
import pytest

from rnnfv import InputError
from rnnfv.reporting.ablations import (
    ablation_notes,
    ablation_row,
    ablation_table,
    ablation_texts,
    read_runs,
)
from rnnfv.reporting.accuracies import order_columns

RUN = {
    "val_accuracy": 0.5,
    "dim": 10,
    "pca": 7,
    "alpha": 0.5,
    "l2": True,
    "epoch": 3,
    "time": 1.0,
    "weights": "W",
}
ITEMS = pd.DataFrame(
    {
        "id": ["a", "b", "c"],
        "status": ["ok", "noted", "bad"],
        "reason": ["", "padded", "empty: 0 bytes"],
    }
)
CHANGE = {
    "name": "no L2 & more",
    "changed": {"l2": False, "layers": ["fc", "lstm"]},
    "feature": "f",
    "reduction": "pca",
}


def runs(*accuracies, **other):
    """Measurements of splits 1, 3, ... with an accuracy per seed."""
    return [
        {"split": 2 * i + 1, "seeds": [RUN | {"accuracy": a} | other for a in split]}
        for i, split in enumerate(accuracies)
    ]


def test_the_row_by_hand():
    reference = runs([0.5, 0.5], [0.6, 0.8])
    changed = runs([0.5, 0.7], [0.8, 0.8], l2=False)
    row = ablation_row(CHANGE, "d", changed, reference, ITEMS)
    assert (row["mean"], row["split1"], row["split3"]) == pytest.approx((70, 60, 80))
    assert row["std"] == pytest.approx(np.std([60, 80], ddof=1))
    assert row["seed_std"] == pytest.approx(np.std([65, 75], ddof=1))
    assert (row["gain"], row["gain_std"]) == pytest.approx((10, 0))
    assert (row["n_seeds"], row["n_items"], row["n_excluded"], row["dim"]) == (2, 2, 1, 10)
    assert (row["settings"], row["l2"], row["epoch"], row["feature"]) == (
        "l2 off; layers fc+lstm",
        "off",
        "3",
        "f-PCA",
    )
    first = ablation_row(CHANGE | {"changed": {}}, "d", reference, reference, ITEMS)
    table = order_columns([first, row])
    assert list(table.columns[:7]) == [
        "change",
        "settings",
        "mean",
        "std",
        "split1",
        "split2",
        "split3",
    ]
    text, latex, *_ = ablation_texts(table, ["a note"])
    assert "| no L2 & more | **70.0 ± 14.1** | 7.1 | 10.0 ± 0.0 | 50.0 | 10 | 7 | 3 | 1.0 |" in text
    assert r"no L2 \& more & \textbf{70.0 $\pm$ 14.1}" in latex


def test_what_runs_differ_in_is_shown_and_random_weights_are_refused():
    several = runs([0.5, 0.5])
    for run, epoch in zip(several[0]["seeds"], (4, 2), strict=True):
        run["epoch"] = epoch
    row = ablation_row(CHANGE, "d", several, several, ITEMS)
    assert row["epoch"] == "4 2" and row["std"] is None and row["gain_std"] is None
    with pytest.raises(InputError, match="made with random weights"):
        random = runs([0.5], weights="VGG-19, RANDOM WEIGHTS")
        ablation_row(CHANGE, "d", random, random, ITEMS)


def test_the_table_from_metrics():
    def measured(seed, split, *names, training="t"):
        changes = [RUN | {"change": name, "accuracy": 0.5 + 0.1 * seed} for name in names]
        about = {"feature": "f", "training": training, "split": split, "seed": seed}
        return about | {"weights": "W", "changes": changes}

    metrics = [measured(seed, split, "r", "a") for split in (1, 2) for seed in (0, 1)]
    metrics += [measured(seed, split, "b", training="u") for split in (1, 2) for seed in (1, 1)]
    runs = read_runs(metrics)
    changes = [
        {"name": name, "changed": {"l2": True} if name != "r" else {}, "training": training}
        | {"feature": "f", "reduction": "cca"}
        for name, training in (("r", "t"), ("a", "t"), ("b", "u"))
    ]
    table = ablation_table(changes, "d", runs, {"f": ITEMS})
    assert table["change"].tolist() == ["r", "a", "b"] and (table["n_seeds"] == 2).all()
    assert table["mean"].to_numpy() == pytest.approx([55, 55, 60])
    assert table["gain"].to_numpy() == pytest.approx([0, 0, 5])
    assert list(table.columns[2:7]) == ["mean", "std", "split1", "split2", "split3"]
    notes = ablation_notes(table, {"f": ITEMS}, synthetic=True)
    assert "f: 2 of 3 items used; 1 empty" in notes and notes.count("f-CCA: W") == 1
    assert notes[-1].startswith("d: synthetic") and len(ablation_notes(table, {}, False)) == 5
