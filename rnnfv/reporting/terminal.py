"""Tables drawn for a terminal: at most 100 columns, text cut where they would be more."""

import textwrap
from collections.abc import Collection, Sequence

import pandas as pd

from rnnfv.reporting.render import Bold, filled, one_line, texts_of

WIDTH, LEAST = 100, 8
"""Columns of a table at most; those that a column of text keeps at least."""


def terminal(caption: str, view: pd.DataFrame, left: Collection[str]) -> str:
    """A caption and a table, for a terminal of 100 columns or more; best values have a star.

    Text that stands above in the same column is not repeated at the start of a row.

    Args:
        caption: shown above.
        view: cells as they are to be read, headings as column names.
        left: columns of text, which may be cut; the others hold numbers.

    Columns that are empty in every row are left out.
    """
    view = view[filled([view])]
    aligned = [name in left for name in view.columns]
    heading = [str(name) for name in view.columns]
    cells = texts_of(view)
    rows = [[f"{cell}*" if isinstance(cell, Bold) else str(cell) for cell in row] for row in cells]
    if any(isinstance(cell, Bold) for row in cells for cell in row):
        caption += "; *: the best"
    widths = _fitted([heading, *rows], aligned)
    rule = "─" * (sum(widths) + 2 * len(widths) - 2)
    lines = [*textwrap.wrap(one_line(caption), WIDTH), rule, _line(heading, widths, aligned), rule]
    above = [""] * len(heading)
    for row in rows:
        lines.append(_line(_without_repeats(row, above, aligned), widths, aligned))
        above = row
    return "\n".join([*lines, rule]) + "\n"


def _fitted(rows: Sequence[Sequence[str]], aligned: Sequence[bool]) -> list[int]:
    """Widths of the columns: the widest column of text gives way until all fit."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    texts = [i for i, is_text in enumerate(aligned) if is_text]
    while sum(widths) + 2 * len(widths) - 2 > WIDTH:
        widest = max(texts, key=lambda i: widths[i])
        if widths[widest] <= LEAST:
            break
        widths[widest] -= 1
    return widths


def _without_repeats(
    row: Sequence[str], above: Sequence[str], aligned: Sequence[bool]
) -> list[str]:
    shown = list(row)
    for i, is_text in enumerate(aligned):
        if not is_text or row[i] != above[i]:
            break
        shown[i] = ""
    return shown


def _line(cells: Sequence[str], widths: Sequence[int], aligned: Sequence[bool]) -> str:
    parts = []
    for cell, width, is_text in zip(cells, widths, aligned, strict=True):
        cut = cell if len(cell) <= width else f"{cell[: width - 1]}…"
        parts.append(cut.ljust(width) if is_text else cut.rjust(width))
    return "  ".join(parts).rstrip()
