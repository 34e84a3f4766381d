"""Side experiments on actions end to end: every kind of change, and what a longer list runs."""

import json

import numpy as np
import pandas as pd
import pytest
from helpers.configurations import refusal
from helpers.workflow import everything, planned, succeed

from rnnfv import write_sequences

OTHER = {"dropout": 0.9, "n_lstm": 24, "feature": "dense", "stride": 2}
CHANGES = [
    {"name": "reference"},
    {"name": "no power, no L2", "power": False, "l2": False},
    {"name": "Fisher", "scaling": "fisher"},
    {"name": "standardised", "scaling": "standardize"},
    {"name": "LSTM", "layers": ["lstm"]},
    {"name": "all layers", "layers": ["fc", "lstm", "output"]},
    {"name": "hidden", "pooling": "hidden"},
    {"name": "untrained", "untrained": True},
    {"name": "no PCA", "pca": None},
    {"name": "last epoch", "epoch": "last"},
    {"name": "other network", **OTHER},
    {"name": "other network, last epoch", **OTHER, "epoch": "last"},
]
HOME = "results/actions/own/sparse/pca/split3"
CONTROLS = {"reference": "rnn-fv", "hidden": "rnn-hidden", "untrained": "rnn-fv-untrained"}
TARGETS = ["results/ablations.csv", f"{HOME}/metrics.json"]


def write_data(folder, rng):
    """Sixty sequences of three classes, all elements and every third; the last one has none."""
    labels = np.array([f"class {i % 3}" for i in range(60)])
    parts = np.array(["train", "train", "val", "test"])[np.arange(60) // 3 % 4]
    table = {"id": [f"{i:02d}" for i in range(60)], "label": labels, "group": np.arange(60)}
    pd.DataFrame(table | {"split1": parts, "split3": np.roll(parts, 9)}).to_csv(
        folder / "manifest.csv", index=False
    )
    drift = rng.normal(size=(3, 12))
    arrays = [
        (0.3 * drift[i % 3] + rng.normal(size=(rng.integers(9, 25), 12))).cumsum(axis=0)
        for i in range(59)
    ]
    for name, every in [("sparse", 3), ("dense", 1)]:
        write_sequences(
            folder / f"{name}.h5", ((f"{i:02d}", x[::every]) for i, x in enumerate(arrays)), 12
        )


def ablated(*more, **settings):
    """Two splits, two seeds and one normalisation for all."""
    one, files = {"pca": [10], "alpha": [0.5]}, {name: f"{name}.h5" for name in ("sparse", "dense")}
    own = {"layout": "manifest", "manifest": "manifest.csv", "sequences": files, "splits": [1, 3]}
    return {
        "seeds": [0, 1],
        "on_bad_video": "exclude",
        "datasets": {"own": own},
        "table1": {"datasets": ["own"], "poolings": list(CONTROLS.values()), "reductions": ["pca"]},
        "pca": {"components": 8},
        "mean": one,
        "rnn": {"epochs": 3, "n_fc": 16, "n_lstm": 12, "batch_size": 8, **one},
        "ablations": {
            "dataset": "own",
            "feature": "sparse",
            "pca": 10,
            "splits": [1, 3],
            "changes": [*CHANGES, *more],
        }
        | settings,
    }


def test_a_short_list(small_run):
    table = pd.read_csv(small_run / "results/ablations.csv").set_index("change")
    assert table.index.tolist() == ["reference", "hidden", "other network"]
    assert (table[["n_items", "n_excluded", "n_seeds"]] == [42, 0, 2]).all(axis=None)
    assert table["split1"].notna().all() and table["split2"].isna().all()
    assert (table["mean"] == table["split1"]).all()
    assert table["dim"].tolist() == [20 * 17, 16, 20 * 9]
    assert "results/ablations.csv" in (small_run / "printed.txt").read_text()
    assert (small_run / "results/ablations.png").read_bytes().startswith(b"\x89PNG")


def test_a_longer_list_trains_only_what_is_new(small_run):
    def longer(*changes):
        settings = everything()["ablations"]
        return everything(ablations=settings | {"changes": [*settings["changes"], *changes]})

    target = "results/ablations.csv"
    assert planned(small_run, longer(), target) == set()
    scaled = longer({"name": "new", "scaling": "fisher", "l2": False})
    assert planned(small_run, scaled, target) == {"measure_ablations", "ablations"}
    dropped = longer({"name": "new", "dropout": 0.3})
    text = succeed(small_run, dropped, "--dry-run", targets=[target])
    assert text.count("side experiments (dropout-0.3)") == 2 and text.count("training ") == 1


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ablations")
    write_data(folder, np.random.default_rng(0))
    return folder, succeed(folder, ablated(), targets=TARGETS)


@pytest.mark.slow
def test_columns_of_every_kind_of_change(run):
    folder, printed = run
    path = folder / "results/ablations.csv"
    table = pd.read_csv(path, keep_default_na=False, na_values=[""]).set_index("change")
    assert table.index.tolist() == [change["name"] for change in CHANGES]
    assert (table[["n_items", "n_excluded", "n_seeds"]] == [59, 1, 2]).all(axis=None)
    assert table[["split1", "split3", "seed_std", "gain", "val_mean"]].notna().all(axis=None)
    assert table["split2"].isna().all()
    np.testing.assert_allclose(table["mean"], table[["split1", "split3"]].mean(axis=1), atol=0.011)
    gains = table["mean"] - table.loc["reference", "mean"]
    np.testing.assert_allclose(table["gain"], gains, atol=0.021)
    output, first, lstm = 8 * 13, 16 * 9, 4 * 12 * (16 + 12 + 1)
    dims = {
        "reference": output,
        "LSTM": lstm,
        "all layers": output + first + lstm,
        "hidden": 12,
        "other network": 8 * 25,
    }
    assert table.loc[list(dims), "dim"].to_dict() == dims
    assert table.loc["no PCA", "pca"] == "none" and table.loc["reference", "pca"] == "10"
    assert (table.loc["no power, no L2", "alpha"], table.loc["no power, no L2", "l2"]) == (1, "off")
    epochs = table["epoch"].astype(str)
    assert epochs["last epoch"] == epochs["other network, last epoch"] == "3"
    assert epochs["untrained"] == "0"
    same = ["reference", "no power, no L2", "untrained", "no PCA", "last epoch"]
    assert (table.loc[same, "time"] == 1).all() and (table["time"] > 0).all()
    assert table.loc["all layers", "time"] > 1
    assert table.loc["other network", "feature"] == "dense-PCA"
    assert "results/ablations.html" in printed and "\nhidden " in printed
    assert (folder / "results/ablations.png").read_bytes().startswith(b"\x89PNG")
    assert r"\begin{tabular}" in (folder / "results/ablations.tex").read_text()
    assert "sparse: 59 of 60 items used; 1 absent" in (folder / "results/ablations.md").read_text()


@pytest.mark.slow
def test_the_reference_is_table_1s_rnn_fv(run):
    """The same settings in both ways through the workflow: also the controls."""
    folder, _ = run
    table = pd.read_csv(folder / "results/ablations.csv").set_index("change")
    metrics = {
        one["pooling"]: one for one in json.loads((folder / HOME / "metrics.json").read_text())
    }
    for change, pooling in CONTROLS.items():
        expected = 100 * np.mean([seed["accuracy"] for seed in metrics[pooling]["seeds"]])
        assert table.loc[change, "split3"] == pytest.approx(expected, abs=0.006), change
    assert table["mean"].nunique() > 5  # changes do change something
    for seed in (0, 1):
        ours = folder / HOME / f"ablations/reference/seed{seed}/curve.csv"
        theirs = folder / HOME / f"rnn/seed{seed}/curve.csv"
        assert ours.read_text() == theirs.read_text()


@pytest.mark.slow
def test_a_second_run_has_nothing_to_do_and_a_longer_list_trains_only_what_is_new(run):
    folder, _ = run
    target = "results/ablations.csv"
    assert planned(folder, ablated(), target) == set()
    scaled = ablated({"name": "new", "scaling": "fisher", "l2": False})
    assert planned(folder, scaled, target) == {"measure_ablations", "ablations"}
    text = succeed(folder, ablated({"name": "new", "dropout": 0.3}), "--dry-run", targets=[target])
    assert text.count("training for side experiments (dropout-0.3)") == 2
    assert text.count("measuring side experiments (dropout-0.3)") == 2
    assert text.count("training ") == 2 and text.count("measuring ") == 2
    fewer = planned(folder, ablated(splits=[3]), target)
    assert fewer == {"ablations"}


def test_a_wrong_list_is_told():
    twice = refusal(ablated({"name": "LSTM", "l2": False}))
    assert "ablations.changes: 'LSTM' occurs twice" in twice
    changes = [{"name": "all"}, {"name": "one", "feature": "none"}]
    message = refusal({"ablations": {"dataset": "synthetic-pairs", "changes": changes}})
    assert "'one': feature: 'none' cannot be made of synthetic-pairs" in message
