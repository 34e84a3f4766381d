"""Shared parts of the readers of official lists (UCF101, HMDB51, JHMDB)."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from rnnfv.data.files import is_companion, is_folder, on_disk
from rnnfv.data.manifests.table import check_manifest
from rnnfv.data.text_files import and_more
from rnnfv.errors import InputError

UNPACK = "Point the splits folder at the unpacked official lists."
"""Advice where a list is absent."""


def listed_manifest(
    parts: Mapping[str, Mapping[str, str]],
    group_of: Callable[[str], str],
    folder: Path,
    videos_root: str | Path | None,
) -> pd.DataFrame:
    """The manifest of everything that is listed, whether the videos are there or not.

    Args:
        parts: split column -> clip ``Class/file.avi`` -> train | test | unused. A clip that a split
            does not list is ``unused`` there.
        group_of: the group of a clip.
        folder: the lists' folder, for messages.
        videos_root: see :func:`check_videos_root`.

    Raises:
        InputError: no manifest (:func:`check_manifest`), or the folder of videos is at a wrong
            level.
    """
    ids = sorted(set().union(*parts.values()))
    labels = [name.split("/")[0] for name in ids]
    columns = {"id": ids, "path": ids, "label": labels, "group": [group_of(name) for name in ids]}
    for split, listed in parts.items():
        columns[split] = [listed.get(name, "unused") for name in ids]
    check_videos_root(videos_root, sorted(set(labels)))
    return check_manifest(pd.DataFrame(columns, dtype=str), folder)


def expect_counts(folder: Path, name: str, counts: Sequence[tuple[str, int, int]]) -> None:
    """Compare the counts of an official data set.

    Args:
        folder: the lists' folder, for messages.
        name: of the data set.
        counts: what is counted, the number found, and the number expected.

    Raises:
        InputError: some differ; the first five are named.
    """
    differ = [(what, found, expected) for what, found, expected in counts if found != expected]
    wrong = [f"{found} {what}, expected {expected}" for what, found, expected in differ]
    if wrong:
        shown = f"{', '.join(wrong[:5])}{and_more(wrong, 5)}"
        advice = "Unpack them again, or pass check_counts=False for a subset."
        raise InputError(f"{folder}: not the complete official lists of {name}: {shown}. {advice}")


def check_videos_root(videos_root: str | Path | None, labels: Sequence[str]) -> None:
    """Catch a root one level too high or too low; files, or the whole root, may still be absent.

    Raises:
        InputError: the folder exists, has files in it, and none of the class folders ``labels``.
    """

    def has_classes(folder: Path) -> bool:
        return any(on_disk(folder / label).is_dir() for label in labels)

    root = Path(videos_root or "")
    there = videos_root is not None and is_folder(root)
    found = sorted(root.iterdir()) if there else []
    inside = [path for path in found if not is_companion(path.name)]
    if not inside or has_classes(root):
        return
    better = next(filter(has_classes, inside), None)
    hint = f"Did you mean {better}?" if better else f"It should hold folders such as {labels[0]}."
    problem = f"{root}: none of the {len(labels)} class folders is in this videos folder."
    raise InputError(f"{problem} {hint}")
