"""Tables for people, in Markdown and LaTeX: user text is never markup."""

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from rnnfv.data.files import seen

MARKDOWN = re.compile(
    r"[\\`*|<~$]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # an underscore inside a word is no markup
    r"|\](?=[(\[:])"  # links
    r"|&(?=#?\w+;)"  # entities
    r"|:(?=//)|(?<=www)\.|(?<!\w)@(?=\w)|@(?=[\w-]+\.\w)"  # what GitHub makes links of
)
MARKDOWN_START = re.compile(r"^([#+-]+(?=\s)|>|\d+(?=[.)]\s))")
LATEX = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "±": r"$\pm$"}
    # In braces, a bracket or star cannot be taken for an argument of the line break before it.
    | {"[": "{[}", "]": "{]}", "*": "{*}"}
)


BEYOND = re.compile(
    r"[^ -~\u00c0-\u00cf\u00d1-\u00dd\u00df-\u00ef\u00f1-\u00fd\u00ff"  # letters with accents
    r"\u2013\u2014\u2018\u2019\u201c\u201d\u2026]"  # dashes, quotes, dots
)
"""What pdfLaTeX has no sign for: it ends there. Its code is shown; XeLaTeX and LuaLaTeX have it."""


class Bold(str):
    """Text to be shown in bold."""

    __slots__ = ()


def one_line(text: Any) -> str:
    """Text on one line, with a sign for every character that is not to be seen."""
    return seen(" ".join(str(text).split()))


def markdown_escape(text: Any) -> str:
    """Text that Markdown (GitHub's) shows as it is, on one line."""
    plain = MARKDOWN.sub(r"\\\g<0>", one_line(text))
    return f"**{plain}**" if isinstance(text, Bold) else plain


def latex_escape(text: Any) -> str:
    """Text that LaTeX prints as it is, on one line."""
    plain = BEYOND.sub(_as_code, one_line(text).translate(LATEX))
    return rf"\textbf{{{plain}}}" if isinstance(text, Bold) else plain


def _as_code(found: re.Match[str]) -> str:
    return rf"\ifdefined\Umathcode {found[0]}\else U+{ord(found[0]):04X}\fi{{}}"


def markdown(caption: str, view: pd.DataFrame, notes: Iterable[str], left: Collection[str]) -> str:
    """A caption, a table and a list of notes in Markdown.

    Args:
        caption: shown above.
        view: cells as they are to be read, headings as column names.
        notes: one line each.
        left: columns of text; the others hold numbers and are aligned right.

    Columns that are empty in every row are left out.
    """
    view = view[filled([view])]
    lines = [_paragraph(caption), "", _markdown_line(view.columns)]
    lines.append("|" + "".join("---|" if name in left else "---:|" for name in view.columns))
    lines += [_markdown_line(row) for row in texts_of(view)]
    return "\n".join([*lines, "", *(f"- {_paragraph(note)}" for note in notes)]) + "\n"


def latex(
    caption: str,
    blocks: Sequence[str | pd.DataFrame],
    notes: Iterable[str],
    left: Collection[str],
    *,
    groups: Sequence[tuple[str, int]] = (),
    wide: bool = False,
) -> str:
    """A caption, a ``tabular`` and notes as a LaTeX ``table``; needs no packages.

    Args:
        caption: shown above.
        blocks: parts of the table: cells as they are to be read, with the same columns in all
            parts, or a title over the next part (in bold after a line where it is :class:`Bold`).
        notes: one paragraph each.
        left: columns of text; the others hold numbers and are aligned right.
        groups: headings over several columns and how many; from the second column on.
        wide: small print, over both columns of a page.

    Without groups, columns that are empty in every row are left out.
    """
    tables = [block for block in blocks if not isinstance(block, str)]
    names = list(tables[0].columns) if groups else filled(tables)
    table = "table*" if wide else "table"
    lines = [rf"\begin{{{table}}}"]
    if wide:
        lines.append(r"\scriptsize\setlength{\tabcolsep}{2.5pt}")
    lines.append(rf"\caption{{{latex_escape(caption)}}}")
    places = "".join("l" if name in left else "r" for name in names)
    lines += [rf"\begin{{tabular}}{{{places}}}", r"\hline"]
    if groups:
        over = [rf"\multicolumn{{{size}}}{{c}}{{{latex_escape(name)}}}" for name, size in groups]
        lines.append(" & ".join(["", *over]) + r" \\")
    lines += [_latex_line(names), r"\hline"]
    for block in blocks:
        if isinstance(block, str):
            text = latex_escape(block)
            title = text if isinstance(block, Bold) else rf"\textit{{{text}}}"
            lines += [r"\hline"] if isinstance(block, Bold) else []
            lines.append(rf"\multicolumn{{{len(names)}}}{{l}}{{{title}}} \\")
        else:
            lines += [_latex_line(row) for row in texts_of(block if groups else block[names])]
    lines += [r"\hline", r"\end{tabular}", *(rf"\par {latex_escape(note)}" for note in notes)]
    return "\n".join([*lines, rf"\end{{{table}}}"]) + "\n"


class Texts(NamedTuple):
    """A table for people: in Markdown, LaTeX and HTML, and drawn for a terminal."""

    markdown: str
    latex: str
    html: str
    terminal: str


def write_table(
    table: pd.DataFrame, texts: Texts, output: Any, number_format: str = "%.2f"
) -> None:
    """Write a table as ``output.csv``, and what people read as ``md``, ``tex``, ``html``, ``txt``.

    Args:
        table: the numbers.
        texts: the same for people.
        output: has the paths ``csv``, ``md``, ``tex``, ``html`` and ``txt``.
        number_format: of the numbers in the CSV file.
    """
    table.to_csv(output.csv, index=False, float_format=number_format)
    for path, text in zip((output.md, output.tex, output.html, output.txt), texts, strict=True):
        Path(path).write_text(text, encoding="utf-8")


def numbers(values: Iterable[Any]) -> list[str]:
    """One decimal each; nothing for missing values."""
    return ["" if pd.isna(value) else f"{value:.1f}" for value in values]


def plus_minus(means: Iterable[Any], deviations: Iterable[Any]) -> list[str]:
    """Mean ± deviation where there is one; nothing where there is no mean."""
    pairs = zip(numbers(means), numbers(deviations), strict=True)
    return [f"{mean} ± {deviation}" if deviation else mean for mean, deviation in pairs]


def bold_best(texts: list[str], values: pd.Series, groups: Any, lowest: bool = False) -> list[str]:
    """The texts, in bold where their value is the best of several in its group.

    Args:
        texts: cells.
        values: a number for every cell; a missing one is not the best.
        groups: what ``Series.groupby`` takes: names or values that are equal within a group.
        lowest: whether low is good.
    """
    values = pd.to_numeric(values)
    grouped = values.groupby(groups)
    best = values == grouped.transform("min" if lowest else "max")
    best &= grouped.transform("count") > 1
    return [Bold(text) if first else text for text, first in zip(texts, best, strict=True)]


def _paragraph(text: str) -> str:
    return MARKDOWN_START.sub(_escape_start, markdown_escape(text))


def _escape_start(found: re.Match[str]) -> str:
    start = found[0]
    return f"{start}\\" if start[0].isdigit() else f"\\{start}"


def filled(views: Iterable[pd.DataFrame]) -> list[str]:
    """The columns that some row has something in."""
    cells = pd.concat(views).astype(object)
    return [str(name) for name in cells if not (cells[name].isna() | (cells[name] == "")).all()]


def texts_of(view: pd.DataFrame) -> list[list[str]]:
    """The cells of a table row by row, each on one line, missing ones empty."""
    rows = view.astype(object).itertuples(index=False, name=None)
    return [["" if pd.isna(cell) else _shown(cell) for cell in row] for row in rows]


def _shown(cell: Any) -> str:
    plain = one_line(cell)
    return Bold(plain) if isinstance(cell, Bold) else plain


def _markdown_line(cells: Iterable[Any]) -> str:
    return "| " + " | ".join(map(markdown_escape, cells)) + " |"


def _latex_line(cells: Iterable[Any]) -> str:
    return " & ".join(map(latex_escape, cells)) + r" \\"
