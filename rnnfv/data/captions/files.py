"""Text and JSON files, with messages that say which file is wrong and where."""

from __future__ import annotations

import codecs
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnnfv.errors import InputError


def read_text(path: str | Path) -> str:
    """A UTF-8 file's text without its byte order mark; line ends as they are.

    Raises:
        InputError: the file is absent, or not UTF-8 (the message names the line).
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(
            f"{path}: no such file. Check the paths of the captions and of their splits."
        )
    content = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path}: line {line} is not UTF-8 ({error.reason}). Save the file as UTF-8."
        ) from error


def read_lines(path: str | Path) -> list[tuple[int, str]]:
    """(line number, text) of the lines that hold something, without their ends, which may be CR LF.

    Only LF ends a line: :meth:`str.splitlines` would also cut a caption at a form feed or a U+2028.

    Raises:
        InputError: see :func:`read_text`.
    """
    lines = enumerate(read_text(path).split("\n"), 1)
    return [(number, line.removesuffix("\r")) for number, line in lines if line.strip()]


def read_json(path: str | Path) -> dict[str, Any]:
    """A JSON file that holds an object, without the ``tokens`` of captions that also have their ``raw`` text.

    Token lists are most of a Karpathy file and nobody here reads them: dropped while parsing, they cost no memory.

    Raises:
        InputError: the file is absent, not UTF-8, not JSON (the message names the line), or holds no object.
    """
    try:
        content = json.loads(read_text(path), object_hook=_without_tokens)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}: not JSON: {error.msg}, line {error.lineno}, column {error.colno}. Half a download? Get it again."
        ) from error
    if not isinstance(content, dict):
        raise InputError(
            f"{path}: holds a JSON {type(content).__name__}, not an object with `images`."
        )
    return content


def some(names: Sequence[str]) -> str:
    """The first of ``names``, and how many more there are."""
    return repr(names[0]) + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def _without_tokens(item: dict[str, Any]) -> dict[str, Any]:
    if "raw" in item:
        item.pop("tokens", None)
    return item
