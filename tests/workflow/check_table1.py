"""Check the default run's Table 1: shape, ranges, that order pays where only order tells, and that
README shows it.

Usage: python tests/workflow/check_table1.py results/table1.csv
"""

import sys
from pathlib import Path

import pandas as pd

COLUMNS = (
    "dataset feature pooling mean std split1 split2 split3 n_seeds seed_std chosen dim weights "
    "n_items n_excluded published published_status"
).split()
FEATURES = ["efficientnet_lite0-PCA", "efficientnet_lite0-CCA"]
ITEMS = {"synthetic-pairs": 756, "synthetic-loops": 252}
KEPT = Path(__file__).resolve().parents[2] / "docs/measured/default/table1.csv"
POOLINGS = {"mean", "gmm-fv", "rnn-fv", "rnn-hidden", "rnn-fv-untrained"}


def check(path):
    table = pd.read_csv(path)
    assert list(table.columns) == COLUMNS, list(table.columns)
    groups = dict(list(table.groupby(["dataset", "feature"])))
    assert set(groups) == {(dataset, feature) for dataset in ITEMS for feature in FEATURES}
    for (dataset, feature), rows in groups.items():
        rows = rows.set_index("pooling")
        assert set(rows.index) == POOLINGS, rows.index
        assert (rows["n_items"] == ITEMS[dataset]).all() and (rows["n_excluded"] == 0).all()
        assert rows[["mean", "split1", "split2", "split3"]].stack().between(5, 100).all()
        assert rows["weights"].str.contains("EfficientNet-Lite0, ImageNet").all()
        projected = rows["weights"].str.contains("CCA of images and sentences")
        assert (projected == feature.endswith("CCA")).all()
        assert (rows.loc[sorted(POOLINGS - {"mean"}), "n_seeds"] == 2).all()
    assert table["published"].isna().all()  # Table 1's own cells are not known
    for feature in FEATURES:
        pairs = groups["synthetic-pairs", feature].set_index("pooling")["mean"]
        # A pair differs in order alone: blind pooling can expect half of them at most.
        assert pairs["mean"] < 55 and pairs["gmm-fv"] < 55, pairs
        assert pairs["rnn-fv"] > pairs[["mean", "gmm-fv"]].max() + 10, pairs
    row = ["dataset", "feature", "pooling"]
    apart = table.set_index(row)["mean"] - pd.read_csv(KEPT).set_index(row)["mean"]
    assert apart.abs().max() < 6, apart  # than README's; another processor is as another seed
    print(f"{path}: {len(table)} rows, as they should be")


if __name__ == "__main__":
    check(sys.argv[1])
