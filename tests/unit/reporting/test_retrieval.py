"""Tables 3 to 5: averages by hand, what is printed as published, and what is refused."""

import re

import numpy as np
import pandas as pd
import pytest

from rnnfv import InputError
from rnnfv.evaluation.retrieval import METRICS, evaluate
from rnnfv.reporting.accuracies import read_published
from rnnfv.reporting.published import LEGEND, published_rows
from rnnfv.reporting.retrieval import (
    COLUMNS,
    as_table,
    by_model,
    retrieval_caption,
    retrieval_notes,
    retrieval_row,
    retrieval_table,
)
from rnnfv.reporting.retrieval_texts import retrieval_texts

SETTINGS = {"weights": "VGG-19", "words": "own w2v"}
MEMBER = [SETTINGS | {"dim": 20000, "eta": 5e-5, "epoch": epoch} for epoch in (30, 45)]


@pytest.fixture(scope="module")
def published(request):
    return read_published(request.config.rootpath / "data" / "published.csv")


NOTHING = published_rows(pd.DataFrame({"table": []}), 3)


def metrics(value, **more):
    counts = {"rsum": 6 * value, "n_images": 10, "n_sentences": 50}
    return dict.fromkeys(METRICS, value) | counts | more


def test_averages_by_hand():
    row = retrieval_row("Flickr8k", "RNN-FV", [MEMBER], [metrics(20.0), metrics(30.0)])
    assert tuple(row) == COLUMNS
    assert row["search_r5"] == row["sentence_meanr"] == 25 and row["rsum"] == 150
    assert row["seed_std"] == pytest.approx(np.std([120, 180], ddof=1)) and row["n_seeds"] == 2
    assert (row["dim"], row["eta"], row["epochs"]) == ("20000", "5e-05", "30 45")
    assert (row["n_images"], row["n_sentences"]) == (10, 50)
    assert (row["weights"], row["words"]) == ("VGG-19", "own w2v")
    other = [{"words": "GloVe", "dim": 300}]
    one = retrieval_row("F", "both", [MEMBER, other], [metrics(20.0, order_accuracy=75.0)])
    assert one["words"] == "own w2v + GloVe"
    assert one["seed_std"] is None and one["order_accuracy"] == 75
    assert tuple(one) == (*COLUMNS, "order_accuracy")
    assert (one["dim"], one["eta"], one["epochs"]) == ("20000 + 300", "5e-05 + -", "30 45 + -")
    assert retrieval_row("F", "m", [[SETTINGS]], [metrics(1.0)])["epochs"] == ""
    assert retrieval_row("F", "m", [[SETTINGS | {"epoch": 7}] * 2], [metrics(1.0)])["epochs"] == "7"
    table = as_table([row, one])
    assert tuple(table) == (*COLUMNS, "order_accuracy") and np.isnan(table["order_accuracy"][0])
    assert tuple(as_table([row])) == COLUMNS


def test_columns_are_those_agreed():
    names = "dataset method dim eta epochs"
    for task in ("annotation", "search", "sentence"):
        names += "".join(f" {task}_{name}" for name in ("r1", "r5", "r10", "medr", "meanr"))
    names += " rsum n_images n_sentences weights words seed_std n_seeds"
    assert list(COLUMNS) == names.split()


def test_rows_take_what_evaluate_gives(rng):
    x, image_of = np.eye(6) + 0.1 * rng.normal(size=(6, 6)), np.repeat(np.arange(6), 2)
    with_all = evaluate(x, x[image_of], image_of)
    without = evaluate(x, x[image_of], image_of, sentence_similarity=False)
    assert retrieval_row("F", "m", [MEMBER], [with_all])["rsum"] == with_all["rsum"] == 600
    row = retrieval_row("F", "m", [MEMBER], [without])
    assert row["sentence_r1"] is None
    markdown, *_ = retrieval_texts(as_table([row]), NOTHING, "T", [])
    assert "| 600.0 | 1 |" in markdown


ONE = metrics(1.0)


@pytest.mark.parametrize(
    "seeds, settings, message",
    [
        ([], {}, "F, m: no metrics"),
        ([ONE, metrics(np.nan)], {}, r"F, m, annotation_r1: \[1.0, nan\]; every seed needs"),
        ([ONE, metrics(1.0, annotation_r1=None)], {}, "annotation_r1.*every seed needs"),
        ([ONE, metrics(1.0, n_images=9)], {}, r"n_images differs between seeds: \[10, 9\]"),
        ([ONE], {"weights": "VGG-19, RANDOM WEIGHTS; fc7"}, "random weights"),
    ],
)
def test_what_no_table_may_show(seeds, settings, message):
    with pytest.raises(InputError, match=message):
        retrieval_row("F", "m", [[SETTINGS | settings]], seeds)


@pytest.mark.parametrize(
    "number, datasets",
    [(3, ["Flickr8k"]), (4, ["Flickr30k"]), (5, ["COCO 1K test", "COCO 5K test"])],
)
def test_every_published_value_is_there_once_with_its_mark(published, number, datasets):
    rows = published_rows(published, number)
    values = published[published["table"] == number]
    assert list(dict.fromkeys(rows["dataset"])) == datasets
    assert (rows[list(METRICS)] != "").sum().sum() == len(values)
    short = {"R@1": "r1", "R@5": "r5", "R@10": "r10", "median rank": "medr", "mean rank": "meanr"}
    for _, value in values.iterrows():
        task, name = value["metric"].split(" ", 1)
        same = (rows["method"] == value["method"]) & (rows["dataset"] == value["dataset"])
        (row,) = rows[same].to_dict("records")
        mark = {"R": "", "W": " (W)", "?": " (?)"}[value["status"]]
        assert row[f"{task}_{short[name]}"] == value["value"] + mark
        assert value["source"] in row["source"]


def test_published_values_by_hand(published):
    rows = published_rows(published, 3).set_index("method")
    read = rows.loc["MM-ENS", "annotation_r1"]  # in a source, with the digits as printed
    assert read == "31.0"
    assert rows.loc["NIC", "annotation_r1"] == "20" and rows.loc["NIC", "annotation_r5"] == ""
    assert rows.loc["GMM-FV", "annotation_r1"] == "28.4 (W)"
    assert "which row is not certain" in rows.loc["all RNN-FV + MM-ENS", "source"]
    assert published_rows(published, 1).empty and "source" in published_rows(published, 1)


def test_no_number_without_a_status(published):
    def changed(**cells):
        table = published[published["table"] == 3].copy()
        for name, value in cells.items():
            table[name] = table[name].astype(object)
            table.iloc[5, list(table).index(name)] = value
        return table

    for cells, message in [
        ({"status": np.nan}, r"SDT-RNN.*search R@10: needs a status"),
        ({"status": "X"}, "needs a status of R, W or"),
        ({"source": np.nan}, "and a source"),
        ({"metric": "search R@2"}, "unknown metric"),
        ({"metric": "search R@1"}, "two values"),
        ({"value": np.nan}, "no value"),
    ]:
        with pytest.raises(InputError, match=message):
            published_rows(changed(**cells), 3)
    with pytest.raises(InputError, match="no such file"):
        read_published("absent.csv")


def example_table():
    seeds = [metrics(20.0), metrics(30.0)]
    row = retrieval_row("own_set", "RNN-FV | cca & w2v", [MEMBER], seeds)
    return as_table([row, row | {"dataset": "other"}])


def test_markdown_keeps_published_values_apart(published):
    rows = published_rows(published, 4)
    text, *_ = retrieval_texts(example_table(), rows, "Table 4", ["a note"])
    ours, theirs = text.split("### Published")
    assert text.startswith("Table 4\n\n| data set | method | annotation R@1 |")
    row = "| 150.0 | 42.4 | 2 | 20000 | 5e-05 | 30 45 | 10 | 50 |"
    for part in ("- a note", r"| own_set | RNN-FV \| cca & w2v | 25.0 |", row):
        assert part in ours
    for part in (LEGEND, "33.0 (W)", "| 35.0 |"):
        assert part in theirs
    assert "MM-ENS" not in ours and "own_set" not in theirs
    assert "- [c] memory, as later" not in ours
    assert re.search(r"\| Flickr30k \| MM-ENS \| Klein et al. 2015 \| 35.0 \|.*\| \[a\] \|", theirs)
    assert "- [a] Cross-modal retrieval tutorial table (community)" in theirs
    for block in (ours, theirs):  # every line of a table has as many cells as its head
        lines = [line.replace(r"\|", "") for line in block.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) == 1
    alone, *_ = retrieval_texts(example_table(), NOTHING, "T", [])
    assert "Published" not in alone and "(W)" not in alone


def test_word_order_is_shown_where_it_was_measured():
    row = retrieval_row("F", "m", [MEMBER], [metrics(1.0, order_accuracy=62.5)])
    text, *_ = retrieval_texts(as_table([row]), NOTHING, "T", [])
    assert "| word order |" in text and "| 62.5 |" in text and "- word order: per cent" in text


def test_latex(published):
    rows, notes = published_rows(published, 5), [r"C:\x ~ {y}^2 <z>"]
    _, text, *_ = retrieval_texts(example_table(), rows, "50 % of A_B", notes)
    assert r"\caption{50 \% of A\_B}" in text and r"RNN-FV \textbar{} cca \& w2v & 25.0" in text
    escaped = r"C:\textbackslash{}x \textasciitilde{} \{y\}\textasciicircum{}2"
    assert rf"\par {escaped} \textless{{}}z\textgreater{{}}" in text
    assert r"150.0 $\pm$ 42.4" in text and r"\textit{COCO 5K test}" in text and "41.5 (W)" in text
    order = "own\\_set", r"\textbf{Published, not measured here}", "MM-ENS"
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    width = len(re.search(r"begin{tabular}{(l+r+)}", text)[1])
    body = text.split(r"\begin{tabular}")[1].split(r"\end{tabular}")[0]
    lines = [line.replace(r"\&", "") for line in body.splitlines() if line.endswith(r"\\")]
    rows = [line for line in lines if "multicolumn" not in line]
    assert len(rows) == 10 and all(line.count("&") == width - 1 for line in rows)


def test_the_best_of_a_data_set_is_bold():
    values = {"a": 1.0, "b": 2.0}
    rows = [retrieval_row("F", name, [MEMBER], [metrics(v)]) for name, v in values.items()]
    markdown, latex, *_ = retrieval_texts(as_table(rows), NOTHING, "T", [])
    first, second = (line for line in markdown.splitlines() if line.startswith("| F |"))
    assert first.count("**1.0**") == 5 and second.count("**2.0**") == 6  # ranks, recalls
    assert "**12.0**" in second and latex.count(r"\textbf{") == 11


def test_the_table_from_metrics():
    records = [
        metrics(10.0 * (seed + 1) + 5 * (protocol == "all"), protocol=protocol, method=method)
        | {"members": members, "seed": seed}
        for protocol in ("all", "first-1000")
        for method, members in (("one", ["one"]), ("both", ["one", "two"]))
        for seed in (0, 1)
    ]
    models = [("one", "A"), ("one", "A"), ("two", "B")]
    chosen = by_model(SETTINGS | {"model": model, "words": words} for model, words in models)
    labels = {"both": "Both", "one": "One"}
    table = retrieval_table("F", labels, ["all", "first-1000"], records, chosen)
    assert table["method"].tolist() == ["Both", "One"] * 2
    assert table["dataset"].tolist() == ["F"] * 2 + ["F (first 1,000 test images)"] * 2
    assert table["words"].tolist() == ["A + B", "A"] * 2 and (table["n_seeds"] == 2).all()
    assert table["search_r1"].tolist() == [20, 20, 15, 15]


def test_notes_and_captions():
    items = pd.DataFrame({"id": ["a"], "status": ["ok"], "reason": [""]})
    coverage = {"tokens": 9, "dropped_tokens": 2, "empty_sentences": 1}
    losses = {"val_loss": 3.0, "copy_loss": 2.0}
    chosen = by_model([{"model": "m", "untrained_rsum": 12.34, **losses}, {"model": "n"}])
    notes = retrieval_notes("F", items, coverage, chosen, synthetic=True)
    assert notes[0] == "F: images, 1 of 1 items used" and "2 of 9, left out; 1 sent" in notes[1]
    assert notes[4].endswith("first seed): m 12.3") and "synthetic" in notes[6]
    assert notes[5].startswith("m: 1 of 1 networks predict, at the epoch that was chosen, worse")
    assert len(retrieval_notes("F", items, coverage, {}, synthetic=False)) == 4
    assert retrieval_caption("table4", "F") == (4, "Table 4: image-sentence retrieval, F")
    assert retrieval_caption("ablations_sentences", "F")[0] == 0
