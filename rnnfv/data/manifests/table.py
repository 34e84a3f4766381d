"""The manifest as a table: CSV in, checked data frame out, and back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from rnnfv.arrays.writing import atomic_path
from rnnfv.data.labels import NAMED_SO, NOTHING
from rnnfv.data.text_files import and_more, read_csv, refuse_misspelt, repeated, some
from rnnfv.errors import InputError

PARTS = ("train", "val", "test", "unused")
"""The parts that a clip can be in."""

_SHOWN = 5  # names or rows in a message


def split_columns(manifest: pd.DataFrame) -> list[str]:
    """The names of the split columns, ``split1``, ``split2``, ..., by number."""
    splits = [name for name in manifest.columns if re.fullmatch(r"split[1-9][0-9]*", name)]
    return sorted(splits, key=lambda name: int(name[5:]))


def read_manifest(path: str | Path) -> pd.DataFrame:
    """Read a manifest from a comma-separated UTF-8 file and check it.

    A byte order mark, blank lines and spaces around cells are ignored. Other columns are kept.

    Raises:
        InputError: the file is absent or no such table, or :func:`check_manifest` objects.
    """
    return check_manifest(read_rows(path), path)


def read_rows(path: str | Path) -> pd.DataFrame:
    """The rows of a manifest's file, all cells text, not checked; see :func:`read_manifest`."""
    header, rows = read_csv(path, "Check the path of the manifest.")
    if not header:
        columns = "id, path, label, group, split1, ..."
        raise InputError(f"{path}: the file is empty. A manifest has the columns {columns}")
    refuse_misspelt(path, header, ("id", "path", "label", "group"), "split")
    return pd.DataFrame([row for _, row in rows], columns=header, dtype=str)


def check_manifest(manifest: pd.DataFrame, source: str | Path = "manifest") -> pd.DataFrame:
    """Return ``manifest`` if it is one; ``source`` names its file in messages.

    Raises:
        InputError: a column is missing, an id occurs twice, a cell is empty, a split holds another
            word than train | val | test | unused, or a split has no training or no test clip.
    """
    check_items(manifest, source)
    for problem in _problems_of_splits(manifest):
        raise InputError(f"{source}: {problem}")
    return manifest


def check_items(manifest: pd.DataFrame, source: str | Path) -> None:
    """Check all of a manifest but its splits; see :func:`check_manifest`."""
    for problem in _problems_of_items(manifest):
        raise InputError(f"{source}: {problem}")


def _problems_of_items(manifest: pd.DataFrame) -> Iterator[str]:
    """Problems of all but the splits; each check relies on those before it."""
    missing = [name for name in ("id", "label", "group") if name not in manifest.columns]
    if missing:
        problem = f"column {', '.join(missing)} missing; found {', '.join(map(str, manifest))}"
        form = "A manifest is comma-separated, its first line names the columns"
        group = "what a clip was cut from; repeat the id where every clip is a recording of its own"
        yield f"{problem}. {form} id, path, label, group, split1, ... (group: {group})."
    if manifest.empty:
        yield "no rows. Add one row per clip below the header."
    if twice := repeated(manifest["id"]):
        yield f"id {some(twice, _SHOWN)} occurs more than once. Give every clip an id of its own."
    for name in ("id", "label", "group", "path"):
        if name in manifest.columns and (manifest[name] == "").any():
            empty = (manifest[name] == "").to_numpy().nonzero()[0]
            rows = [f"{row + 1} ({manifest['id'].iloc[row]})" for row in empty]
            shown = ", ".join(rows[:_SHOWN]) + and_more(rows, _SHOWN)
            yield f"{name} is empty in data row {shown}. Fill it in or remove the row."
        if name in ("label", "group") and (nothing := set(manifest[name]) & set(NOTHING)):
            where = manifest.loc[manifest[name].isin(nothing), "id"]
            problem = f"{name} is {some(sorted(nothing))}, which stands for nothing, for id"
            yield f"{problem} {some(where, _SHOWN)}. Fill it in. {NAMED_SO}."
        blanks = [x for x in manifest.get(name, ()) if isinstance(x, str) and x != x.strip()]
        if blanks:
            yield f"{name}: a blank at an end is lost in files: {some(blanks)}. Rename it."


def _problems_of_splits(manifest: pd.DataFrame) -> Iterator[str]:
    splits = split_columns(manifest)
    if not splits:
        yield f"no split column. Add split1 with {' | '.join(PARTS)} in every row."
    for split in splits:
        unknown = manifest.loc[~manifest[split].isin(PARTS)]
        if len(unknown):
            words, ids = sorted(set(unknown[split])), unknown["id"]
            where = f"{split} holds {some(words, _SHOWN)} for id {some(ids, _SHOWN)}"
            yield f"{where}. Use {' | '.join(PARTS)}."
        for part in ("train", "test"):
            if not (manifest[split] == part).any():
                yield f"{split} has no {part} clip. Mark some as {part}, or remove the column."


def write_manifest(path: str | Path, manifest: pd.DataFrame) -> None:
    """Check ``manifest`` and write it as CSV, its own columns first; whole or absent."""
    check_manifest(manifest, path)
    own = [name for name in ("id", "path", "label", "group") if name in manifest.columns]
    own += split_columns(manifest)
    others = [name for name in manifest.columns if name not in own]
    with atomic_path(path) as temporary:
        manifest[own + others].to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
