"""Check the default run's Table 2: shape, ranges, and single representations as in Table 1.

Usage: python tests/workflow/check_table2.py results/table2.csv results/table1.csv
"""

import sys

import pandas as pd

COLUMNS = (
    "method dataset mean std split1 split2 split3 n_seeds weights published published_status "
    "source seed_std dim n_items n_excluded"
).split()
ITEMS = {"synthetic-pairs": 756, "synthetic-loops": 252}
METHODS = {
    "RNN-FV (Lite0-PCA)",
    "RNN-FV (Lite0-CCA)",
    "RNN-FV (Lite0-PCA + Lite0-CCA)",
    "RNN-FV (Lite0-PCA + Lite0-CCA) + iDT",
    "iDT",
}
TRANSFER = "RNN-FV (Lite0-PCA), RNN trained on synthetic-pairs"


def check(path, table1):
    table = pd.read_csv(path)
    first = pd.read_csv(table1).set_index(["dataset", "feature", "pooling"])
    assert list(table.columns) == COLUMNS, list(table.columns)
    ours = table[table["source"] == "this run"]
    for dataset, items in ITEMS.items():
        rows = ours[ours["dataset"] == dataset].set_index("method")
        transferred = {TRANSFER} if dataset == "synthetic-loops" else set()
        assert set(rows.index) == METHODS | transferred, rows.index
        assert (rows[["n_items", "n_excluded", "n_seeds"]] == [items, 0, 2]).all(axis=None)
        assert rows[["mean", "split1", "split2", "split3"]].stack().between(5, 100).all()
        assert rows.loc["iDT", "weights"].startswith("improved dense trajectories")
        for name in ("PCA", "CCA"):
            expected = first.loc[(dataset, f"efficientnet_lite0-{name}", "rnn-fv"), "mean"]
            found = rows.loc[f"RNN-FV (Lite0-{name})", "mean"]
            assert abs(found - expected) < 0.3, (dataset, name, found, expected)
        chance = 100 / (12 if dataset == "synthetic-pairs" else 7)
        assert rows.loc["iDT", "mean"] > 2 * chance, rows.loc["iDT", "mean"]
    assert len(ours) == len(table)  # published values are of other data sets
    print(f"{path}: {len(ours)} rows, as they should be")


if __name__ == "__main__":
    check(*sys.argv[1:])
