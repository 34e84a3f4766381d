"""The files and folders that the configuration names."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rnnfv.arrays.writing import free_space
from rnnfv.errors import InputError
from rnnfv.planning import Config

_KEYS = {
    "datasets": ("videos", "lists", "manifest", "people", "sequences", "tracks"),
    "captions": ("captions", "splits", "images", "vectors"),
    "features": ("weights", "mean"),
    "corpora": ("path",),
    "words": ("path",),
}


_LEAST_SPACE = 4096  # bytes, for what Snakemake itself writes
_SHELL = set(" \t\n'\"\\;&|<>(){}$*?[]#!`")
"""Signs that mean something to the shell, to which Snakemake gives the path of Python as it is."""


def normalise_paths(config: Config) -> None:
    """Write out ``~`` and ``$HOME`` in every path of the configuration, without ``./`` and ``//``.

    Raises:
        InputError: a path is empty, holds a brace or a control character, or names an unknown
            user's home, or a variable that is not set.
    """
    for key, holder, name in _places(config):
        text = os.path.expandvars(holder[name])
        if re.search(r"\$\{?\w", text) and not os.path.exists(text):
            problem = f"{holder[name]!r} names a variable of the shell that is not set"
            raise InputError(f"{key}: {problem}. Write the path out.")
        _refuse_braces(key, text)
        if not text.strip() or not text.isprintable():
            raise InputError(f"{key}: {text!r} is no path; name a file or a folder.")
        holder[name] = str(Path(os.path.expanduser(text)))
        if holder[name].startswith("~"):
            advice = f"Write the path out, or ./{text} for a file of that name"
            raise InputError(f"{key}: {text!r} names a home that there is not. {advice}.")


def check_start(workflow: str, python: str) -> None:
    """Check that Snakemake can start jobs from where the workflow and Python are.

    Args:
        workflow: its folder.
        python: path of the interpreter.

    Raises:
        InputError: it cannot, and would say nothing of the reason.
    """
    _refuse_braces("folder of the workflow", workflow)
    if free_space(".") < _LEAST_SPACE:
        raise InputError(f"the disk of {os.getcwd()} is full: make room and run it again.")
    if _SHELL & set(python):
        problem = f"{python}: Snakemake cannot start jobs with a Python whose path has blanks"
        elsewhere = "Make the virtual environment elsewhere, such as in ~/rnnfv-venv"
        raise InputError(f"{problem} or other signs of the shell. {elsewhere}; see README.md.")


def _refuse_braces(key: str, path: str) -> None:
    if {"{", "}"} & set(path):
        advice = "Rename the folder, or name it by a link without them"
        raise InputError(f"{key}: {path!r}: Snakemake takes braces for wildcards. {advice}.")


def configured_files(config: Config) -> list[str]:
    """Every file and folder that the configuration reads, without the data folder itself."""
    found = [(key, holder[name]) for key, holder, name in _places(config)]
    return [path for key, path in found if not key.startswith("data.")]


def _places(config: Config) -> Iterator[tuple[str, Any, Any]]:
    """Every path: its key in words, and the mapping or list that holds it under a name."""
    data = config.get("data", {})
    yield from ((f"data.{name}", data, name) for name in ("root", "sources") if name in data)
    for section, keys in _KEYS.items():
        for entry, settings in config.get(section, {}).items():
            for key in keys:
                yield from _texts(f"{section}.{entry}.{key}", settings, key)


def _texts(key: str, holder: Any, name: Any) -> Iterator[tuple[str, Any, Any]]:
    value = holder[name] if isinstance(holder, list) else holder.get(name)
    if isinstance(value, str):
        yield key, holder, name
    elif isinstance(value, dict):
        for inner in value:
            yield from _texts(f"{key}.{inner}", value, inner)
    elif isinstance(value, list):
        for i in range(len(value)):
            yield from _texts(f"{key}[{i}]", value, i)
