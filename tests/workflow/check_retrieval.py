"""Check the default run's Tables 3 to 5: complete, within range, and the paper's claim.

    python tests/workflow/check_retrieval.py results/table3.csv ...

What is blind to order can only guess between sentences that differ in order alone. RNN Fisher
vectors must do better.
"""

import sys

import pandas as pd

BLIND = ["MeanVector", "GMM-FV", "HGLMM", "MM-ENS"]
NETWORKS = ["wiki w2v", "w2v", "cca", "cca rvrs"]
COMBINATIONS = [
    "cca + rvrs",
    "cca + MM-ENS",
    "cca + rvrs + MM-ENS",
    "all RNN-FV",
    "all RNN-FV + MM-ENS",
]


def check(path):
    """Raise AssertionError with what is wrong; else print what was seen."""
    table = pd.read_csv(path).set_index("method")
    networks = [name for name in (*NETWORKS, "w2v clsf") if name in table.index]
    expected = sorted([*BLIND, *networks, *COMBINATIONS])
    assert sorted(table.index) == expected, f"rows: {list(table.index)}"
    assert ("w2v clsf" in table.index) == path.endswith("table3.csv")
    numbers = table.loc[:, "annotation_r1":"n_sentences"]
    assert numbers.notna().all(axis=None), "a number is missing"
    recalls = [name for name in numbers if name[-3:] in ("_r1", "_r5", "r10")]
    assert numbers[recalls].ge(0).all(axis=None) and numbers[recalls].le(100).all(axis=None)
    assert (table["n_sentences"] == 5 * table["n_images"]).all()
    chance = 2 * 100 * (1 + 5 + 10) / table["n_images"]
    assert (table["rsum"] > chance).all(), "no better than chance"
    order = table["order_accuracy"]
    blind = order[BLIND]
    assert blind.sub(50).abs().max() < 3, f"blind to order, and yet: {blind.to_dict()}"
    assert order[networks].min() > blind.max(), f"order: {order.to_dict()}"
    assert order[networks].max() > 60, f"order: {order[networks].to_dict()}"
    found = f"{blind.max():.1f} % blind, RNN-FV {order[networks].min():.1f} % or more"
    print(f"{path}: word order {found}")


for name in sys.argv[1:]:
    check(name)
