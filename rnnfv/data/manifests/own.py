"""Manifests without ceremony: class folders, or a table of paths and labels; splits are drawn."""

import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from rnnfv.data.files import file_problem, files_below, is_companion, is_folder, on_disk
from rnnfv.data.manifests.table import check_items, check_manifest, read_rows, split_columns
from rnnfv.data.text_files import and_more, read_csv, some
from rnnfv.errors import InputError

log = logging.getLogger(__name__)

VIDEOS = frozenset(
    ".3g2 .3gp .asf .avi .divx .dv .f4v .flv .h264 .hevc .insv .m1v .m2t .m2ts .m2v .m4v .mjpeg"
    " .mjpg .mkv .mod .mov .mp4 .mp4v .mpe .mpeg .mpeg4 .mpg .mts .mxf .ogm .ogv .qt .rm .rmvb .tod"
    " .ts .vob .webm .wmv .xvid".split()
)
"""Endings of the files that are taken for videos."""

TEST_SHARE = 1 / 3
"""Share of every label's items that a drawn split tests on, about."""


def read_folders(
    root: str | Path, splits: Sequence[int] = (1, 2, 3), seed: int = 0, group: str | None = None
) -> pd.DataFrame:
    """The manifest of class folders, ``root/<label>/.../<video>``, with drawn splits.

    Args:
        root: the folder of the class folders. What is left out, :func:`videos_in` says.
        splits: numbers of the splits to draw.
        seed: see :func:`draw_splits`.
        group: a regular expression that finds the group in a path below ``root``: its first
            bracket, or the whole match. Without it every file is a group of its own.

    Raises:
        InputError: no such folder, fewer than two class folders with videos, or ``group`` finds
            nothing in a path.
    """
    root = Path(root)
    if not is_folder(root):
        raise InputError(f"{root}: no such folder. Give the folder that holds the class folders.")
    paths, left_out = videos_in(root)
    for line in left_out:
        log.warning("%s: %s", root, line)
    labels = [path.split("/")[0] for path in paths]
    if len(set(labels)) < 2:
        expected = f"expected {root}/<class>/<video>, two classes or more"
        problem = f"{root}: {len(paths)} videos in {len(set(labels))} class folders"
        raise InputError(f"{problem}; {expected}.")
    groups = paths if group is None else _groups(paths, group)
    manifest = pd.DataFrame({"id": paths, "path": paths, "label": labels, "group": groups})
    return check_manifest(draw_splits(manifest, splits, seed, root), root)


def videos_in(root: Path) -> tuple[list[str], list[str]]:
    """Paths of the videos in class folders, below ``root``, and what is left out, in words.

    Left out is what has no ending of :data:`VIDEOS`, what is in no class folder, and class folders
    that then have no video.
    """
    found = [path.relative_to(root).as_posix() for path in files_below(root)]
    paths = sorted(x for x in found if "/" in x and Path(x).suffix.lower() in VIDEOS)
    lines = []
    if others := sorted(set(found) - set(paths)):
        what = "no video by the ending, or not in a class folder"
        lines.append(f"{len(others)} files are left out, being {what}: {some(others, 3)}")
    folders = {x.name for x in root.iterdir() if x.is_dir() and not is_companion(x.name)}
    if empty := sorted(folders - {path.split("/")[0] for path in paths}):
        lines.append(f"class folders without a video are left out: {some(empty, 3)}")
    return paths, lines


def read_own(path: str | Path, splits: Sequence[int] = (), seed: int = 0) -> pd.DataFrame:
    """A manifest from a file that may leave out ``id``, ``group`` and the splits.

    An absent id is the path. Where there are no splits they are drawn, and an absent group is then
    the id. Where there are splits groups have to be given: validation is drawn from whole groups,
    and nobody but the user knows what a clip was cut from.

    Args:
        path: of the CSV file.
        splits: numbers of the splits to draw.
        seed: see :func:`draw_splits`.

    Raises:
        InputError: see :func:`~rnnfv.data.manifests.table.read_manifest`.
    """
    manifest = read_rows(path)
    if "id" not in manifest and "path" in manifest:
        manifest.insert(0, "id", manifest["path"])
    if {"id", "label"} <= set(manifest) and not split_columns(manifest):
        manifest["group"] = manifest.get("group", manifest["id"])
        check_items(manifest, path)
        manifest = draw_splits(manifest, splits or (1,), seed, path)
    return check_manifest(manifest, path)


def columns_of(path: str | Path) -> list[str]:
    """The columns of a manifest's file; none where there is no such file."""
    return read_csv(path)[0] if os.path.isfile(path) else []


def draw_splits(
    manifest: pd.DataFrame, splits: Sequence[int], seed: int, source: str | Path = "manifest"
) -> pd.DataFrame:
    """A manifest with drawn splits: a third of every label's items for testing, whole groups.

    Groups are taken in random order, each where that brings the labels' shares nearer to
    :data:`TEST_SHARE` and leaves every label something to train on. The draw depends on the seed,
    the number of the split, ids, labels and groups; neither on other splits nor on the order of
    rows.

    Args:
        manifest: ``id``, ``label`` and ``group``.
        splits: numbers of the splits.
        seed: of the draws.
        source: the manifest's file or folder, for messages.

    Raises:
        InputError: no group can be tested on.
    """
    items = manifest.sort_values("id")
    counts = pd.crosstab(items["group"], items["label"])
    wanted = TEST_SHARE * counts.to_numpy().sum(axis=0)
    drawn = manifest.copy()
    for split in splits:
        order = np.random.default_rng([seed, split]).permutation(len(counts))
        tested = counts.index[_take(counts.to_numpy(), wanted, order)]
        if not len(tested):
            problem = f"no group can be held out for testing in {len(counts)} groups of clips"
            advice = "A label needs clips of two groups; groups say which were cut from one source"
            raise InputError(f"{source}: {problem}. {advice}.")
        drawn[f"split{split}"] = np.where(drawn["group"].isin(tested), "test", "train")
    return drawn


def _take(counts: np.ndarray, wanted: np.ndarray, order: np.ndarray) -> list[int]:
    """Rows of counts (groups, labels) to take, so that their sum is near to what is wanted."""
    taken: list[int] = []
    have, most = np.zeros(counts.shape[1]), counts.sum(axis=0) - 1
    for row in order:
        then = have + counts[row]
        nearer = np.abs(then - wanted).sum() < np.abs(have - wanted).sum()
        if nearer and (then <= most).all():
            taken.append(row)
            have = then
    return taken


def look_for_files(manifest: pd.DataFrame, root: str | Path) -> pd.DataFrame:
    """The items table ``id, status, reason``: files that are absent, empty or unreadable."""
    problems = [file_problem(on_disk(Path(root) / path)) for path in manifest["path"]]
    status = ["bad" if problem else "ok" for problem in problems]
    reasons = [problem or "" for problem in problems]
    return pd.DataFrame({"id": manifest["id"], "status": status, "reason": reasons})


def _groups(paths: Sequence[str], pattern: str) -> list[str]:
    try:
        found = [re.search(pattern, path) for path in paths]
    except re.error as error:
        raise InputError(f"group: {pattern!r} is no regular expression ({error}).") from error
    without = [path for path, match in zip(paths, found, strict=True) if not match]
    if without:
        problem = f"group: {pattern!r} finds nothing in {without[0]!r}"
        raise InputError(f"{problem}{and_more(without, 1)}.")
    return [match[1] if match.re.groups else match[0] for match in found if match]
