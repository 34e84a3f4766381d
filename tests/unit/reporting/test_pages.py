"""Tables in HTML and for a terminal, names in words, and pages about what went in."""

import re
from html.parser import HTMLParser

import pandas as pd

from rnnfv.reporting.inputs import coverage_page, items_page
from rnnfv.reporting.names import in_words, table_title
from rnnfv.reporting.pages import table_page
from rnnfv.reporting.render import Bold
from rnnfv.reporting.terminal import terminal

VIEW = pd.DataFrame(
    {"name": ["a <b>", "a <b>", "c"], "kind": ["x", "y", "y"], "±": [Bold("1 & 2"), None, "3"]}
)


class Reader(HTMLParser):
    """Checks that tags are closed, and collects rows of cells; bold ones are in stars."""

    def __init__(self, text):
        super().__init__()
        self.opened, self.rows = [], []
        self.feed(text)
        assert not self.opened

    def handle_starttag(self, tag, attributes):
        if tag != "meta":
            self.opened.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.opened.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & set(self.opened):
            self.rows[-1][-1] += f"*{data}*" if "strong" in self.opened else data


def test_a_page_shows_text_as_it_is():
    text = table_page("A <t>, in &", VIEW, ["50 % < 60 %"], ["name", "kind"])
    expected = [["name", "kind", "±"], ["a <b>", "x", "*1 & 2*"], ["a <b>", "y", ""]]
    assert Reader(text).rows == [*expected, ["c", "y", "3"]]
    assert "<h1>A &lt;t&gt;</h1>" in text and "in &amp;</p>" in text
    assert "<li>50 % &lt; 60 %</li>" in text and "<script" not in text
    assert not re.search(r"(src|href|url)\s*[=(]", text)  # nothing is asked for elsewhere


def test_a_terminal_shows_what_is_said_above_once():
    lines = terminal("T", VIEW, ["name", "kind"]).splitlines()
    assert lines[0] == "T; *: the best" and lines[2] == "name   kind       ±"
    assert lines[4:7] == ["a <b>  x     1 & 2*", "       y", "c      y          3"]
    assert len(set(lines) & {"─" * 19}) == 1


def test_a_terminal_has_at_most_100_columns():
    wide = pd.DataFrame({"name": ["n" * 90], "other": ["o" * 70], "%": ["99.9 ± 1.0"]})
    lines = terminal("word " * 40, wide, ["name", "other"]).splitlines()
    assert max(map(len, lines)) == 100
    assert lines[-2].endswith("  99.9 ± 1.0") and lines[-2].count("…") == 2


def test_names_are_those_of_the_tables():
    place = {"dataset": "d", "feature": "vgg19", "reduction": "pca", "split": "1", "seed": 0}
    assert in_words(place) == "d, vgg19-PCA, split 1, seed 0"
    assert in_words({"table": "table3"}) == "Table 3" == table_title("table3")
    assert table_title("ablations") == "Side experiments"
    assert in_words({"dataset": "d", "feature": "f"}) == "d, f"
    models = {"w2v-clsf": {"label": "w2v clsf"}, "w2v": {}}
    assert in_words({"model": "w2v-clsf"}, models) == "w2v clsf"
    assert in_words({"model": "w2v"}, models) == "w2v"


def test_items_with_a_remark_come_first():
    report = pd.DataFrame({"id": [f"i{n}" for n in range(400)], "status": "ok", "reason": ""})
    report.loc[350] = ["<late>", "bad", "empty: 0 bytes"]
    text = items_page(report.assign(path="p", kept=3), "Videos of d")
    rows = Reader(text).rows
    assert rows[:3] == [
        ["id", "status", "reason", "kept"],
        ["<late>", "bad", "empty: 0 bytes", "3"],
        ["i0", "ok", "", "3"],
    ]
    assert len(rows) == 301 and "the first 300 of 400" in text
    assert "399 of 400 items used; 1 empty" in text


def test_words_without_a_vector():
    part = {"sentences": 5, "empty_sentences": 1, "tokens": 20, "dropped_tokens": 3}
    part |= {"dropped_percent": 15.0, "dropped_words": {"zyx": 2, "q": 1}}
    none = part | {"dropped_words": {}}
    report = {"train": none, "val": none, "test": part, "vocabulary": 9, "with_vector": 8}
    text = coverage_page(report | {"end_token": "its mean"}, "Words of d")
    assert Reader(text).rows[3] == ["test", "5", "20", "3", "15.0", "1", "zyx, q"]
    assert "8 of 9 words" in text and "its mean" in text
