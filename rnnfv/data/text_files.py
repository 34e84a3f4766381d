"""Text, CSV and JSON files. Every message names the file, the place in it and what to do."""

import codecs
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rnnfv.arrays.intermediates import damaged, read_bytes
from rnnfv.arrays.kinds import kind_of
from rnnfv.data.files import on_disk, one_form
from rnnfv.errors import InputError

COLUMNS = {
    "items": ("id", "status", "reason"),
    "listed": ("image", "split", "path"),
    "images": ("image", "split", "path"),
    "sentences": ("id", "image", "text"),
    "partners": ("image", "partner"),
    "predictions": ("seed", "id", "label", "predicted"),
}
"""Columns of the tables that steps write, by the name of the file."""

CHECK_PATH = "Check the path in the configuration."


def read_text(path: str | Path, if_absent: str = CHECK_PATH) -> str:
    """A UTF-8 file's text without its byte order mark; line ends as they are.

    It is in Unicode's composed form: a name that a Mac wrote is the same name as in other files.

    Raises:
        InputError: the file is absent (the message ends with the advice ``if_absent``), cannot be
            read, is a file of another kind, or is not UTF-8.
    """
    path = on_disk(path)
    content = read_bytes(path, if_absent).removeprefix(codecs.BOM_UTF8)
    if kind := kind_of(content):
        raise InputError(f"{path}: no text, as is needed here. It is {kind}. {if_absent}")
    try:
        return one_form(content.decode())
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = f"{path}: line {line} is not UTF-8 ({error.reason})."
        raise InputError(f"{problem} Save the file as UTF-8.") from error


def read_lines(path: str | Path, if_absent: str = CHECK_PATH) -> list[tuple[int, str]]:
    """(line number, text) of the lines that are not blank, without their ends, which may be CR LF.

    Only LF ends a line: :meth:`str.splitlines` would also cut a caption at a form feed or a U+2028.
    Errors as :func:`read_text`.
    """
    lines = enumerate(read_text(path, if_absent).split("\n"), 1)
    return [(number, line.removesuffix("\r")) for number, line in lines if line.strip()]


def read_csv(
    path: str | Path, if_absent: str = CHECK_PATH
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and the (line number, cells) of the other rows of a comma-separated file.

    Blank rows and spaces around cells are dropped. An empty file has an empty header.

    Raises:
        InputError: as :func:`read_text`; no CSV file, cells separated by semicolons or tabs, two
            columns of one name, or a row whose number of cells is not that of the header.
    """
    lines = csv.reader(io.StringIO(read_text(path, if_absent), newline=""), skipinitialspace=True)
    try:
        rows = [(lines.line_num, [cell.strip() for cell in row]) for row in lines]
    except csv.Error as error:
        problem = f"{path}: line {lines.line_num}: not a CSV file ({error})."
        raise InputError(f"{problem} Save it as comma-separated UTF-8.") from error
    (_, header), *body = [row for row in rows if any(row[1])] or [(0, [])]
    if len(header) == 1 and (other := re.search("[;\t]", header[0])):
        sign = "semicolons" if other[0] == ";" else "tabs"
        problem = f"{path}: its cells are separated by {sign}"
        raise InputError(f"{problem}. Save it as comma-separated UTF-8.")
    if twice := repeated(header):
        raise InputError(f"{path}: column {some(twice)} occurs more than once. Keep one.")
    for number, row in body:
        if len(row) != len(header):
            problem = f"{path}: line {number} has {len(row)} cells, the header {len(header)}."
            raise InputError(f"{problem} Put cells that hold a comma in double quotes.")
    return header, body


def refuse_misspelt(
    path: str | Path, header: Sequence[str], known: Collection[str], numbered: str = ""
) -> None:
    """Refuse a column that nobody would look at because of its spelling.

    Args:
        path: the file, for messages.
        header: the names of its columns.
        known: the names that are looked for.
        numbered: another, which a number follows: 1, 2, ...

    Raises:
        InputError: a known name is absent, and a column has it but for capitals, blanks, signs, a
            plural s or zeros before its number.
    """
    for name in header:
        plain = re.sub("[^a-z0-9]", "", name.casefold())
        word = plain.rstrip("0123456789")
        number = plain.removeprefix(word)
        meant = word.removesuffix("s")
        if meant == numbered:
            meant += number.lstrip("0") or "1"
        elif number or meant not in known:
            continue
        if meant not in header:
            raise InputError(f"{path}: column {name!r}: is {meant!r} meant? Name it so.")


def read_table(path: str | Path, needs: Sequence[str] = ()) -> pd.DataFrame:
    """A CSV file that an earlier step wrote, with every cell as text.

    An id 007 keeps its zeros, and a label NA is a label.

    Raises:
        InputError: the file is absent or damaged, or lacks one of the columns ``needs``, or of
            those of its name (:data:`COLUMNS`).
    """
    content = read_bytes(path)
    try:
        table = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    except ValueError as error:  # no columns, no UTF-8, too many cells
        raise damaged(path, error) from error
    if not content.endswith(b"\n"):
        raise damaged(path, "it is cut off")
    expected = needs or COLUMNS.get(Path(path).stem, ())
    if missing := [name for name in expected if name not in table.columns]:
        raise damaged(path, f"no column {', '.join(missing)}")
    return table


def read_json(path: str | Path) -> dict[str, Any]:
    """A JSON file that holds an object, without the ``tokens`` of captions that have ``raw`` text.

    Token lists are most of a Karpathy file and nobody here reads them. Dropped while parsing, they
    cost no memory.

    Raises:
        InputError: the file is absent, not UTF-8, not JSON (the message names the line), or no
            object.
    """
    try:
        content = json.loads(read_text(path), object_hook=_without_tokens)
    except json.JSONDecodeError as error:
        place = f"{error.msg}, line {error.lineno}, column {error.colno}"
        raise InputError(f"{path}: not JSON: {place}. Half a download? Get it again.") from error
    except (RecursionError, MemoryError, ValueError) as error:  # too deep, too many digits
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: not a list of captions ({error}). Get it again.") from error
    if not isinstance(content, dict):
        kind = type(content).__name__
        raise InputError(f"{path}: holds a JSON {kind}, not an object with `images`.")
    return content


def _without_tokens(item: dict[str, Any]) -> dict[str, Any]:
    if "raw" in item:
        item.pop("tokens", None)
    for key, value in item.items():  # names may be escaped
        if isinstance(value, str):
            item[key] = one_form(value)
    return item


def repeated(names: Iterable[str]) -> list[str]:
    """The names that occur more than once."""
    return [name for name, count in Counter(names).items() if count > 1]


def some(names: Iterable[str], most: int = 1) -> str:
    """The first ``most`` names in quotes, and how many more there are."""
    names = list(names)
    return ", ".join(repr(str(name)) for name in names[:most]) + and_more(names, most)


def and_more(names: Sequence[str], most: int) -> str:
    """`` and 3 more`` where there are ``most`` + 3 names; nothing where there are no more."""
    return f" and {len(names) - most} more" if len(names) > most else ""
