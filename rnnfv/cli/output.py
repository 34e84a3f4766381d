"""Output of a command: a table for people, or JSON for programs; progress goes to stderr."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, TypeVar

import typer

_Item = TypeVar("_Item")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def print_json(content: Any) -> None:
    """JSON on stdout, and nothing else there."""
    print(json.dumps(content, indent=1, ensure_ascii=False))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """A table on stdout.

    Args:
        headings: of the columns.
        rows: their cells; numbers are aligned right.
        title: above it.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [list(row) for row in rows]
    table = Table(box=None, pad_edge=False)
    for number, heading in enumerate(headings):
        numeric = bool(cells) and all(isinstance(row[number], int | float) for row in cells)
        table.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in cells:
        table.add_row(*(Text(f"{c:z.3f}" if isinstance(c, float) else str(c)) for c in row))
    # Piped, a line stays a line: paths are not cut.
    console = Console(width=None if sys.stdout.isatty() else 10_000)
    if title:
        console.print(Text(title, style="bold"))
    console.print(table)


def watched(items: Iterable[_Item], what: str, total: int | None = None) -> Iterator[_Item]:
    """Pass items on, with a bar on stderr where that is a terminal.

    Args:
        items: anything to iterate over.
        what: their name.
        total: how many there will be.
    """
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(items, what, total=total, console=console, transient=True)
