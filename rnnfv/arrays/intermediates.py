"""Files that an earlier step wrote, read as if anything may have happened to them since."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnnfv.errors import InputError

_AGAIN = "Remove it and run the same command again"


def damaged(path: str | Path, problem: object) -> InputError:
    """An error that says which file is damaged, how, and what to do."""
    return InputError(f"{path}: damaged ({problem}). {_AGAIN}.")


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        problem = f"{path}: cannot be read ({error.strerror})"
        raise InputError(f"{problem}. Run the command that makes it again.") from error


def read_json(path: str | Path, needs: Sequence[str] = ()) -> Any:
    """The content of a JSON file; where ``needs`` are given, of an object with these keys.

    Raises:
        InputError: the file is absent or damaged, or lacks a key.
    """
    try:
        content = json.loads(read_bytes(path))
    except (ValueError, RecursionError) as error:
        raise damaged(path, error) from error
    if needs and not isinstance(content, dict):
        raise damaged(path, f"it holds a {type(content).__name__}")
    if missing := [key for key in needs if key not in content]:
        raise damaged(path, f"{', '.join(missing)} missing")
    return content
