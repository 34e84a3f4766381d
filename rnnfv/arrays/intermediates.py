"""Files that are read at once, as if anything may have happened to them since they were written."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnnfv.errors import InputError

MOST_BYTES = 2**32
"""Of a file that is read at once; COCO's captions have 10^8."""

_AGAIN = "Remove it and run the same command again"


def damaged(path: str | Path, problem: object) -> InputError:
    """An error that says which file is damaged, how, and what to do."""
    return InputError(f"{path}: damaged ({problem}). {_AGAIN}.")


def read_bytes(path: str | Path, advice: str = "Run the command that makes it again.") -> bytes:
    """The bytes of a file.

    Raises:
        InputError: there is no such file (a pipe is none), or it is too large or cannot be read.
            The message ends with ``advice``.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise InputError(f"{path}: no such file. {advice}")
        if path.stat().st_size > MOST_BYTES:
            most = f"{MOST_BYTES // 2**30} GiB"
            raise InputError(f"{path}: larger than {most}, which cannot be meant. {advice}")
        return path.read_bytes()
    except (OSError, MemoryError) as error:
        problem = getattr(error, "strerror", None) or "it does not fit into memory"
        raise InputError(f"{path}: cannot be read ({problem}). {advice}") from error


def read_json(path: str | Path, needs: Sequence[str] = ()) -> Any:
    """The content of a JSON file; where ``needs`` are given, of an object with these keys.

    Raises:
        InputError: the file is absent or damaged, or lacks a key.
    """
    stored = read_bytes(path)
    try:
        content = json.loads(stored)
    except (ValueError, RecursionError, MemoryError) as error:
        raise damaged(path, error) from error
    if needs and not isinstance(content, dict):
        raise damaged(path, f"it holds a {type(content).__name__}")
    if missing := [key for key in needs if key not in content]:
        raise damaged(path, f"{', '.join(missing)} missing")
    return content
