"""Pages of HTML for a browser: each one file, without scripts, that asks for nothing elsewhere."""

from collections.abc import Collection, Iterable
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from rnnfv.reporting.render import Bold, filled, one_line, texts_of

STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8").strip()


def html_escape(text: Any) -> str:
    """Text that a page shows as it is, on one line."""
    return escape(one_line(text))


def page(title: str, parts: Iterable[str]) -> str:
    """A whole page: title, heading and parts that are HTML already; light or dark."""
    head = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html_escape(title)}</title>\n<style>\n{STYLE}\n</style></head>",
        f"<body>\n<h1>{html_escape(title)}</h1>",
    ]
    return "\n".join([*head, *parts, "</body></html>"]) + "\n"


def html_table(view: pd.DataFrame, notes: Iterable[str], left: Collection[str]) -> str:
    """A table and a list of notes, as a part of a page; best values are bold.

    Args:
        view: cells as they are to be read, headings as column names.
        notes: one line each.
        left: columns of text; the others hold numbers and are aligned right.

    Columns that are empty in every row are left out.
    """
    view = view[filled([view])]
    kinds = [' class="text"' if name in left else "" for name in view.columns]
    lines = ['<div class="wide"><table>', _row("th", view.columns, kinds)]
    lines += [_row("td", row, kinds) for row in texts_of(view)]
    lines += ["</table></div>", '<ul class="notes">']
    return "\n".join([*lines, *(f"<li>{html_escape(note)}</li>" for note in notes), "</ul>"])


def table_page(
    caption: str, view: pd.DataFrame, notes: Iterable[str], left: Collection[str]
) -> str:
    """A page with one table; the caption's first part, up to a comma, is the title.

    Args:
        caption: of the table.
        view: cells as they are to be read.
        notes: one line each.
        left: columns of text.
    """
    title, _, rest = caption.partition(", ")
    parts = [f'<p class="note">{html_escape(rest)}</p>'] if rest else []
    return page(title, [*parts, html_table(view, notes, left)])


def _row(tag: str, cells: Iterable[Any], kinds: Iterable[str]) -> str:
    pairs = zip(cells, kinds, strict=True)
    return f"<tr>{''.join(f'<{tag}{kind}>{_cell(cell)}</{tag}>' for cell, kind in pairs)}</tr>"


def _cell(text: Any) -> str:
    plain = html_escape(text)
    return f"<strong>{plain}</strong>" if isinstance(text, Bold) else plain
