"""The manifest file: CSV in, checked data frame out, and back."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from rnnfv.arrays.hdf5 import atomic_path
from rnnfv.errors import InputError

PARTS = ("train", "val", "test", "unused")
"""What a clip can be in a split."""


def split_columns(manifest: pd.DataFrame) -> list[str]:
    """The names of the split columns, ``split1``, ``split2``, ..., in the order of their numbers."""
    return sorted(
        (name for name in manifest.columns if re.fullmatch(r"split\d+", name)),
        key=lambda name: int(name[5:]),
    )


def read_manifest(path: str | Path) -> pd.DataFrame:
    """Read a manifest from a comma-separated UTF-8 file and check it.

    A byte order mark, blank lines and spaces around cells are ignored; columns beyond the manifest's own are kept.

    Raises:
        InputError: the file is absent or no such table, or :func:`check_manifest` objects.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file. Check the path of the manifest.")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file, skipinitialspace=True)
            rows = [(lines.line_num, [cell.strip() for cell in row]) for row in lines]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{path}: not a CSV file in UTF-8 ({error}). Save it as comma-separated UTF-8."
        ) from error
    rows = [(number, row) for number, row in rows if any(row)]
    if not rows:
        raise InputError(
            f"{path}: the file is empty. A manifest has the columns id, path, label, group, split1, ..."
        )
    (_, header), *body = rows
    twice = _duplicates(header)
    if twice:
        raise InputError(
            f"{path}: column {_some(twice)} occurs more than once. Rename or remove one."
        )
    for number, row in body:
        if len(row) != len(header):
            raise InputError(
                f"{path}: line {number} has {len(row)} cells, the header {len(header)}. "
                "Put cells that hold a comma in double quotes."
            )
    return check_manifest(pd.DataFrame([row for _, row in body], columns=header, dtype=str), path)


def check_manifest(manifest: pd.DataFrame, source: str | Path = "manifest") -> pd.DataFrame:
    """Return ``manifest`` if it is one.

    Args:
        manifest: the table.
        source: its file, named in messages.

    Raises:
        InputError: a column is missing, an id occurs twice, a cell is empty, a split holds another word than
            train | val | test | unused, or a split has no training or no test clip.
    """
    missing = [name for name in ("id", "label", "group") if name not in manifest.columns]
    if missing:
        raise InputError(
            f"{source}: column {', '.join(missing)} missing; found {', '.join(map(str, manifest.columns))}. A manifest is "
            "comma-separated, its first line names the columns id, path, label, group, split1, ... (group: what a clip "
            "was cut from; repeat the id where every clip is a recording of its own)."
        )
    splits = split_columns(manifest)
    if not splits:
        raise InputError(
            f"{source}: no split column. Add split1 with {' | '.join(PARTS)} in every row."
        )
    if manifest.empty:
        raise InputError(f"{source}: no rows. Add one row per clip below the header.")
    twice = _duplicates(manifest["id"])
    if twice:
        raise InputError(
            f"{source}: id {_some(twice)} occurs more than once. Give every clip an id of its own."
        )
    for name in [
        column for column in ("id", "label", "group", "path") if column in manifest.columns
    ]:
        empty = manifest[name] == ""
        if empty.any():
            rows = _some(
                [f"{i + 1} ({id_})" for i, id_ in enumerate(manifest["id"]) if empty.iloc[i]],
                quote=False,
            )
            raise InputError(
                f"{source}: {name} is empty in data row {rows}. Fill it in or remove the row."
            )
    for split in splits:
        unknown = manifest.loc[~manifest[split].isin(PARTS)]
        if len(unknown):
            raise InputError(
                f"{source}: {split} holds {_some(sorted(set(unknown[split])))} for id {_some(list(unknown['id']))}. "
                f"Use {' | '.join(PARTS)}."
            )
        for part in ("train", "test"):
            if not (manifest[split] == part).any():
                raise InputError(
                    f"{source}: {split} has no {part} clip. Mark some as {part}, or remove the column."
                )
    return manifest


def write_manifest(path: str | Path, manifest: pd.DataFrame) -> None:
    """Check ``manifest`` and write it as CSV, its own columns first; the file is whole or absent."""
    check_manifest(manifest, path)
    first = [
        name for name in ("id", "path", "label", "group") if name in manifest.columns
    ] + split_columns(manifest)
    rest = [name for name in manifest.columns if name not in first]
    with atomic_path(path) as temporary:
        manifest[first + rest].to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")


def expect_counts(source: str | Path, name: str, counts: Sequence[tuple[str, int, int]]) -> None:
    """Compare the counts of an official data set: (what, found, expected).

    Raises:
        InputError: some differ; all that differ are named.
    """
    wrong = [
        f"{found} {what}, expected {expected}"
        for what, found, expected in counts
        if found != expected
    ]
    if wrong:
        raise InputError(
            f"{source}: not the complete official lists of {name}: {_some(wrong, quote=False)}. "
            "Unpack them again, or pass check_counts=False for a subset."
        )


def list_lines(path: Path) -> list[tuple[int, str]]:
    """(line number, text) of the lines of a list file that hold something.

    Raises:
        InputError: the file is absent or not UTF-8.
    """
    if not path.is_file():
        raise InputError(
            f"{path}: no such file. Point the splits folder at the unpacked official lists."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: not a text file in UTF-8 ({error}). Unpack the official lists again."
        ) from error
    return [
        (number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()
    ]


def check_videos_root(videos_root: str | Path | None, labels: Sequence[str]) -> None:
    """Catch a root one level too high or too low; files, or the whole root, may still be absent.

    Raises:
        InputError: the folder exists, has files in it, and none of the class folders ``labels``.
    """
    root = Path(videos_root) if videos_root is not None else None
    if root is None or not root.is_dir() or not any(root.iterdir()):
        return
    if not any((root / label).is_dir() for label in labels):
        inside = next(
            (
                child
                for child in sorted(root.iterdir())
                if any((child / label).is_dir() for label in labels)
            ),
            None,
        )
        hint = (
            f"Did you mean {inside}?" if inside else f"It should hold folders such as {labels[0]}."
        )
        raise InputError(
            f"{root}: none of the {len(labels)} class folders is in this videos folder. {hint}"
        )


def _duplicates(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _some(names: Sequence[str], quote: bool = True) -> str:
    """The first five names, and how many more there are."""
    shown = ", ".join(repr(str(name)) if quote else str(name) for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")
