"""Figures: counts by hand; the same bytes twice; names that would be markup."""

import itertools

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from rnnfv.reporting.confusion import (
    class_accuracies,
    count_confusions,
    draw_confusions,
    list_confusions,
)
from rnnfv.reporting.plots import accuracy_curve, retrieval_curve

CURVE = pd.DataFrame(
    {
        "epoch": range(4),
        "train_loss": [4.0, 3, 2, 1],
        "val_loss": [4.0, np.nan, 3, 3],
        "copy_loss": [2.0, np.nan, 2, 2],
        "mean_loss": [5.0, np.nan, 5, 5],
        "hidden_rms": [0.1, np.nan, 0.2, 0.3],
        "val_accuracy": [0.3, 0.4, 0.6, 0.5],
        "val_rsum": [100, np.nan, 150, 140],
    }
)
PLAIN = CURVE[["epoch", "train_loss", "val_rsum"]]


def predictions(*pairs):
    return pd.DataFrame(map(tuple, pairs), columns=["label", "predicted"])


def test_confusions_by_hand():
    first = predictions("aa", "ab", "ba")
    tables = [("mean", first), ("rnn-fv", first), ("mean", predictions("aa"))]
    joined = pd.concat([table.assign(pooling=pooling) for pooling, table in tables])
    counts = count_confusions(joined, list("abc"))
    assert counts["mean"].to_numpy().tolist() == [[2, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert list_confusions(counts).to_csv(index=False).splitlines() == [
        "pooling,label,predicted,count",
        "mean,a,a,2",
        "mean,a,b,1",
        "mean,b,a,1",
        "rnn-fv,a,a,1",
        "rnn-fv,a,b,1",
        "rnn-fv,b,a,1",
    ]
    table = class_accuracies(counts)
    assert list(table) == ["pooling", "label", "accuracy", "n"]
    assert table["accuracy"].to_numpy() == pytest.approx([200 / 3, 0, 0, 50, 0, 0])
    assert table["n"].tolist() == [3, 1, 0, 2, 1, 0]


@pytest.mark.parametrize("n", [2, 4, 40])
def test_confusion_figures(tmp_path, n):
    classes = [f"class ${i}_" for i in range(n)]  # text, not mathematics
    taken = predictions(*itertools.product(classes, classes[: n // 2]))
    counts = count_confusions(pd.concat([taken.assign(pooling=p) for p in ("mean", "b")]), classes)
    twice(tmp_path, lambda path: draw_confusions(counts, "a $b$ \\frac", path))


@pytest.mark.parametrize(
    "draw",
    [
        lambda path: accuracy_curve(CURVE, 2, "a $b$ \\frac", path),
        lambda path: retrieval_curve(CURVE, 2, "½‖x − v‖²", "$", path),
        lambda path: retrieval_curve(PLAIN, 2, "the cross entropy", "$", path),
    ],
)
def test_other_figures(tmp_path, draw):
    twice(tmp_path, draw)


def twice(folder, draw):
    for name in ("a.png", "b.png"):
        draw(folder / name)
    assert (folder / "a.png").read_bytes() == (folder / "b.png").read_bytes()
    assert np.asarray(Image.open(folder / "a.png").convert("L")).std() > 5
