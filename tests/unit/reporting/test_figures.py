"""Figures: counts by hand; the same bytes twice; names that would be markup."""

import importlib
import itertools
import time

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from rnnfv.reporting import confusion, plots, style
from rnnfv.reporting.confusion import (
    class_accuracies,
    count_confusions,
    draw_confusions,
    list_confusions,
)
from rnnfv.reporting.plots import accuracy_curve, retrieval_curve
from rnnfv.reporting.style import save

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


@pytest.fixture
def drawn(monkeypatch):
    """The figures of confusions, which are not written."""
    found = []
    monkeypatch.setattr(confusion, "save", lambda figure, path: found.append(figure))
    yield found
    for figure in found:
        plt.close(figure)


def predictions(*pairs):
    return pd.DataFrame(map(tuple, pairs), columns=["label", "predicted"])


def test_a_users_own_style_makes_no_other_pictures():
    with matplotlib.rc_context({"font.size": 30, "axes.grid": True, "savefig.bbox": "tight"}):
        importlib.reload(style)
        assert not matplotlib.rcParams["axes.grid"] and matplotlib.rcParams["font.size"] == 9
        assert matplotlib.rcParams["savefig.bbox"] is None


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


def test_partners_stand_side_by_side_with_numbers(drawn):
    classes = list("abcd")
    pairs = ["ac", "ca", "bd", "db", "aa", "aa", "aa", "bb", "cc", "dd"]
    table = predictions(*pairs).assign(pooling="mean")
    confusion.draw_confusions(confusion.count_confusions(table, classes), "d, f-PCA", None)
    axis = drawn[0].axes[0]
    order = "".join(label.get_text() for label in axis.get_yticklabels())
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset("ac"), frozenset("bd")}
    assert sorted(text.get_text() for text in axis.texts) == ["25", *["50"] * 6, "75"]
    assert axis.get_title() == "mean pooling\n60.0 % right"


def test_a_hundred_classes_are_bars_and_pairs(drawn, tmp_path):
    rng, classes = np.random.default_rng(0), [f"ClassOfNumber{i}" for i in range(101)]
    true = np.repeat(np.arange(101), 36)
    wrong = rng.random(len(true)) < 0.3
    guess = np.where(wrong, true ^ 1, true) % 101
    tables = [
        pd.DataFrame({"label": np.take(classes, true), "predicted": np.take(classes, found)})
        for found in (guess, rng.permutation(guess))
    ]
    joined = pd.concat(t.assign(pooling=p) for t, p in zip(tables, ("rnn-fv", "mean"), strict=True))
    counts = confusion.count_confusions(joined, classes)
    began = time.process_time()
    confusion.draw_confusions(counts, "UCF101, vgg19-PCA", None)
    save(drawn[0], tmp_path / "a.png")
    assert time.process_time() - began < 3
    assert max(Image.open(tmp_path / "a.png").size) <= 2000
    bars, pairs = drawn[0].axes
    assert len(bars.patches) == 101 and len(bars.collections[0].get_offsets()) == 101
    assert {label.get_fontsize() for label in bars.get_yticklabels()} == {7}
    assert len(pairs.patches) == 50 and "of RNN-FV" in pairs.get_title()
    first, second = pairs.get_yticklabels()[0].get_text().split(" → ")
    assert int(first[13:]) ^ 1 == int(second[13:])


@pytest.mark.parametrize("best", [True, False])
def test_a_note_says_where_epoch_0_is_better(monkeypatch, best):
    drawn = []
    monkeypatch.setattr(plots, "save", lambda figure, path: drawn.append(figure))
    curve = CURVE.assign(val_accuracy=[0.7 if best else 0.3, 0.4, 0.6, 0.5])
    plots.accuracy_curve(curve, 2, "d, f-PCA, split 1, seed 0", None)
    texts = [text.get_text() for axis in drawn[0].axes for text in axis.texts]
    assert texts == ["epoch 0 is better, but cannot be chosen"] * best
    ticks = drawn[0].axes[0].get_xticks()
    assert (ticks == ticks.round()).all()
    low, high = next(a for a in drawn[0].axes if "accuracy" in a.get_ylabel()).get_ylim()
    assert low > 20 and high < 80
    plt.close(drawn[0])


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
