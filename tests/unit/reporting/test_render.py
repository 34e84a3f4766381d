"""Tables as text: user text is never markup, best values are bold, files are written."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from rnnfv import InputError
from rnnfv.arrays.intermediates import read_json
from rnnfv.reporting.accuracies import read_metrics
from rnnfv.reporting.pages import table_page
from rnnfv.reporting.render import (
    Bold,
    Texts,
    bold_best,
    latex,
    latex_escape,
    markdown,
    markdown_escape,
    numbers,
    plus_minus,
    write_table,
)
from rnnfv.reporting.terminal import terminal


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a|b", r"a\|b"),
        ("*bold* _it_ `code`", r"\*bold\* \_it\_ \`code\`"),
        ("efficientnet_lite0_all", "efficientnet_lite0_all"),  # no markup inside a word
        ("<script>", r"\<script>"),
        ("$x$ ~~y~~", r"\$x\$ \~\~y\~\~"),
        ("[a](javascript:b)", r"[a\](javascript:b)"),
        ("81.5 [W]", "81.5 [W]"),
        ("A & B &amp;", r"A & B \&amp;"),
        ("two\nlines", "two lines"),
        (r"C:\x", r"C:\\x"),
        ("https://x.org www.x.org a@x.org @me", r"https\://x.org www\.x.org a\@x.org \@me"),
        ("R@1", "R@1"),
        ("a\x00b\x1bc\u202ed", "a\ufffdb\ufffdc\ufffdd"),
        ("run\u200b, \ufeffr\u00adu\u2060n", "run\ufffd, \ufffdr\ufffdu\ufffdn"),
        ("\u00e9 \u4e2d \U0001f600", "\u00e9 \u4e2d \U0001f600"),
    ],
)
def test_markdown_shows_text_as_it_is(text, expected):
    assert markdown_escape(text) == expected
    assert markdown_escape(Bold(text)) == f"**{expected}**"


CODE = r"\ifdefined\Umathcode {}\else U+{}\fi{{}}"


@pytest.mark.parametrize(
    "text, expected",
    [
        (r"\input{x}", r"\textbackslash{}input\{x\}"),
        ("a & b # c % d _ e $ f", r"a \& b \# c \% d \_ e \$ f"),
        ("x^2 ~ y", r"x\textasciicircum{}2 \textasciitilde{} y"),
        ("[a] <b> |c|", r"{[}a{]} \textless{}b\textgreater{} \textbar{}c\textbar{}"),
        ("1 ± 2", r"1 $\pm$ 2"),
        ("two\n\nparagraphs", "two paragraphs"),
        ("*x ^^5cinput{y}", r"{*}x \textasciicircum{}\textasciicircum{}5cinput\{y\}"),
        ("\u00dcbung, \u00e9t\u00e9: 3\u201310 \u00d7 \u201cx\u201d\u2026",) * 2,
        ("\u03b1.", CODE.format("\u03b1", "03B1") + "."),
        ("\x00\U0001f600", CODE.format("\ufffd", "FFFD") + CODE.format("\U0001f600", "1F600")),
    ],
)
def test_latex_prints_text_as_it_is(text, expected):
    assert latex_escape(text) == expected
    assert latex_escape(Bold(text)) == rf"\textbf{{{expected}}}"


VIEW = pd.DataFrame({"name": ["a_b", "c"], "±": [Bold("1 ± 2"), None], "n": [3, 4]})


def test_a_markdown_table():
    text = markdown("# A caption", VIEW, ["1. note", "- note", "-1 is", "> quote"], ["name"])
    assert text.splitlines() == [
        r"\# A caption",
        "",
        "| name | ± | n |",
        "|---|---:|---:|",
        "| a_b | **1 ± 2** | 3 |",
        "| c |  | 4 |",
        "",
        r"- 1\. note",
        r"- \- note",
        "- -1 is",
        r"- \> quote",
    ]


def test_a_latex_table():
    blocks = ["S_1", VIEW, Bold("Others"), "S2", VIEW]
    text = latex("50 %", blocks, ["a_b"], ["name"], groups=[("G", 2)], wide=True)
    assert text.splitlines() == [
        r"\begin{table*}",
        r"\scriptsize\setlength{\tabcolsep}{2.5pt}",
        r"\caption{50 \%}",
        r"\begin{tabular}{lrr}",
        r"\hline",
        r" & \multicolumn{2}{c}{G} \\",
        r"name & $\pm$ & n \\",
        r"\hline",
        r"\multicolumn{3}{l}{\textit{S\_1}} \\",
        r"a\_b & \textbf{1 $\pm$ 2} & 3 \\",
        r"c &  & 4 \\",
        r"\hline",
        r"\multicolumn{3}{l}{\textbf{Others}} \\",
        r"\multicolumn{3}{l}{\textit{S2}} \\",
        r"a\_b & \textbf{1 $\pm$ 2} & 3 \\",
        r"c &  & 4 \\",
        r"\hline",
        r"\end{tabular}",
        r"\par a\_b",
        r"\end{table*}",
    ]


def test_numbers():
    assert numbers([1.25, None, np.nan]) == ["1.2", "", ""]
    assert plus_minus([1, 2, None], [0.5, np.nan, None]) == ["1.0 ± 0.5", "2.0", ""]


def test_the_best_of_several_is_bold():
    values = pd.Series([1.0, 3.0, 3.0, np.nan, 5.0], dtype=object)
    groups = pd.Series(["a", "a", "a", "a", "b"])
    high = bold_best(list("vwxyz"), values, groups)
    assert [isinstance(text, Bold) for text in high] == [False, True, True, False, False]
    low = bold_best(list("vwxyz"), values, groups, lowest=True)
    assert [isinstance(text, Bold) for text in low] == [True, False, False, False, False]


def test_files(tmp_path):
    kinds = ("csv", "md", "tex", "html", "txt")
    output = SimpleNamespace(**{kind: tmp_path / f"t.{kind}" for kind in kinds})
    texts = Texts("± 1", "tex", "page", "─")
    write_table(pd.DataFrame({"x": [1 / 3]}), texts, output)
    assert output.csv.read_text() == "x\n0.33\n"
    assert output.md.read_text(encoding="utf-8") == "± 1" and output.tex.read_text() == "tex"
    assert output.html.read_text() == "page" and output.txt.read_text(encoding="utf-8") == "─"


def test_metrics_of_one_or_of_several(tmp_path):
    path = tmp_path / "metrics.json"
    path.write_text('{"x": 1}')
    assert read_metrics([path]) == [{"x": 1}]
    path.write_text('[{"split": 1}, {"split": 2}]')
    assert read_metrics([path, path]) == [{"split": 1}, {"split": 2}] * 2
    path.write_text('{"x": ')
    with pytest.raises(InputError, match=r"metrics.json: damaged .* Remove it and run the same"):
        read_json(path)


def test_no_control_character_reaches_a_reader():
    """Not the escapes of a terminal, nor the signs that turn the direction of text."""
    names = ["\x1b[31mred", "\u202eabc", "a\nb", "\x00", "abc\u200b"]
    view = pd.DataFrame({"name": names, "n": ["1"] * 5})
    caption, notes = "Table\x1b[2J, of \u202edata", ["\x1b]0;title\x07"]
    texts = [markdown(caption, view, notes, ["name"]), latex(caption, [view], notes, ["name"])]
    texts += [table_page(caption, view, notes, ["name"]), terminal(caption, view, ["name"])]
    for text in texts:
        assert not {"\x1b", "\u202e", "\x07", "\x00", "\u200b"} & set(text) and "31mred" in text
