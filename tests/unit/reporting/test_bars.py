"""Bars beside the tables: what is drawn, by the numbers of the axes; the same bytes twice."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from rnnfv.evaluation.retrieval import METRICS
from rnnfv.reporting import bars, order

TABLE1 = pd.DataFrame(
    [
        ("b", "f-PCA", "mean", 40.0, 1.0),
        ("b", "f-PCA", "rnn-fv", 60.0, None),
        ("a", "f-CCA", "mean", 50.0, 2.0),
    ],
    columns=["dataset", "feature", "pooling", "mean", "std"],
)
TABLE2 = pd.DataFrame(
    [("d", "x", 10.0, 1.0, None), ("d", "$y$", 20.0, None, 15.0), ("d", "z", None, None, 30.0)],
    columns=["dataset", "method", "mean", "std", "published"],
)
CHANGES = pd.DataFrame({"change": ["$a", "b$"], "mean": [50.0, 60.0], "std": [1.0, None]})
RECALLS = pd.DataFrame(
    [
        {"dataset": "d", "method": name, "rsum": rsum, "seed_std": spread}
        | {metric: 10.0 * i for i, metric in enumerate(METRICS)}
        for name, rsum, spread in (("one", 300.0, None), ("two", 310.0, 4.0))
    ]
)
DRAWN = {
    "table1": lambda path: bars.table1_bars(TABLE1, path),
    "table2": lambda path: bars.table2_bars(TABLE2, path),
    "no rows": lambda path: bars.table2_bars(TABLE2[2:], path),
    "changes": lambda path: bars.ablation_bars(CHANGES, "a $b", path),
    "recalls": lambda path: bars.recall_bars(RECALLS, "Table 3", path),
}


@pytest.fixture
def axes(monkeypatch):
    """The visible axes of the figure that is drawn next; it is not written."""
    found = []
    monkeypatch.setattr(bars, "save", lambda figure, path: found.append(figure))
    yield lambda: [axis for axis in found[-1].axes if axis.get_visible()]
    for figure in found:
        plt.close(figure)


def widths(axis):
    return [bar.get_width() for bar in axis.patches]


def names(axis):
    return [label.get_text() for label in axis.get_yticklabels()]


def test_table1_has_a_panel_for_every_feature_and_data_set(axes):
    DRAWN["table1"](None)
    first, second = axes()
    assert widths(first) == [40, 60] and widths(second) == [50]
    assert first.get_title() == "b\nf-PCA" and second.get_title() == "a\nf-CCA"
    assert names(first) == ["mean pooling", "RNN-FV"]
    assert min(first.get_xlim()[1], second.get_xlim()[1]) > 60


def test_table2_shows_ours_and_what_is_published_of_them(axes):
    DRAWN["table2"](None)
    [axis] = axes()
    assert widths(axis) == [10, 20] and names(axis) == ["x", "$y$"]
    [published] = [line for line in axis.lines if line.get_label() == "published"]
    assert published.get_xydata().tolist() == [[15, 1]]


def test_recalls_lie_upon_each_other(axes):
    DRAWN["recalls"](None)
    annotation, search, total = axes()
    assert widths(annotation) == [20, 20, 10, 10, 0, 0]  # R@10, R@5, R@1
    assert widths(search) == [70, 70, 60, 60, 50, 50] and widths(total) == [300, 310]
    assert names(annotation) == ["one", "two"]


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_table_gives_the_same_bytes(tmp_path, name):
    for path in (tmp_path / "a.png", tmp_path / "b.png"):
        DRAWN[name](path)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert np.ptp(plt.imread(tmp_path / "a.png")) > 0.9


def test_the_picture_of_order(monkeypatch, tmp_path):
    found = []
    monkeypatch.setattr(order, "save", lambda figure, path: found.append(figure))
    clip = np.arange(3 * 9, dtype=np.uint8).reshape(9, 1, 1, 3)
    rows = TABLE1[TABLE1["dataset"] == "b"]
    order.order_picture({"up": clip, "down": clip[::-1]}, rows, 4, tmp_path)
    first, second, accuracies = found[0].get_axes()
    up, down = (axis.images[0].get_array()[0, :: 1 + order.GAP, 0] for axis in (first, second))
    assert up.tolist() == [0, 6, 9, 15, 18, 24] == down.tolist()[::-1]
    assert widths(accuracies) == [40, 60] and first.get_ylabel() == "up"
    assert accuracies.lines[-1].get_xdata()[0] == 25  # chance
    plt.close(found[0])
