"""UCF101's official lists: ``trainlist0N.txt``, ``testlist0N.txt`` and ``classInd.txt``."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from rnnfv.data.manifests.official_lists import UNPACK, expect_counts, listed_manifest
from rnnfv.data.text_files import read_lines
from rnnfv.errors import InputError

CLASSES, CLIPS = 101, 13320
TRAIN_TEST = {1: (9537, 3783), 2: (9586, 3734), 3: (9624, 3696)}
"""Clips in the training and test list of each official split."""


def read_ucf101(
    videos_root: str | Path | None,
    splits_folder: str | Path,
    splits: Sequence[int] = (1, 2, 3),
    check_counts: bool = True,
) -> pd.DataFrame:
    """UCF101's manifest, from its lists alone: clips that are listed but not on disk stay in it.

    ``id`` and ``path`` are ``Class/v_Class_g08_c01.avi``, ``group`` is class and source video
    (``ApplyEyeMakeup_g08``), and a clip that one split does not list is ``unused`` there.

    Args:
        videos_root: folder of the class folders, checked for a wrong level if it exists; None to
            skip the check.
        splits_folder: folder of the lists.
        splits: numbers of the splits to read.
        check_counts: require the official 101 classes, 13,320 clips and list lengths; False for a
            subset.

    Raises:
        InputError: a list is absent or malformed, a clip is in training and test, a class index
            contradicts ``classInd.txt``, or the counts are not the official ones.
    """
    folder = Path(splits_folder)
    classes = folder / "classInd.txt"
    index = _class_index(classes) if check_counts or classes.is_file() else {}
    parts = {f"split{n}": _read_split(folder, n, index) for n in splits}
    if check_counts:
        clips = set().union(*parts.values())
        labels = {clip.split("/")[0] for clip in clips}
        counts = [("classes", len(labels), CLASSES), ("clips", len(clips), CLIPS)]
        for n in splits:
            found = Counter(parts[f"split{n}"].values())
            for part, expected in zip(("train", "test"), TRAIN_TEST.get(n, (0, 0)), strict=True):
                counts.append((f"{part} clips in split {n}", found[part], expected))
        expect_counts(folder, "UCF101", counts)
    return listed_manifest(parts, _group, folder, videos_root)


def _class_index(path: Path) -> dict[str, str]:
    """Class name -> its number, as text."""
    index = {}
    for number, line in read_lines(path, UNPACK):
        cells = line.split()
        if len(cells) != 2 or not cells[0].isdigit():
            message = f"{path}: line {number}, {line!r}: expected a number and a class name."
            raise InputError(message)
        index[cells[1]] = cells[0]
    return index


def _read_split(folder: Path, n: int, index: dict[str, str]) -> dict[str, str]:
    """Clip -> train or test, for split ``n``."""
    listed: dict[str, str] = {}
    for part in ("train", "test"):
        path = folder / f"{part}list{n:02d}.txt"
        for number, line in read_lines(path, UNPACK):
            where = f"{path}: line {number}"
            name, *rest = line.split()
            if name.count("/") != 1 or len(rest) > 1:
                form = "Class/v_Class_g01_c01.avi and a class number"
                raise InputError(f"{where}, {line!r}: expected {form}.")
            label = name.split("/")[0]
            if index and (label not in index or (rest and rest[0] != index[label])):
                here = f"class {label!r} with number {rest[0] if rest else '-'}"
                there = f"classInd.txt says {index.get(label, 'nothing')}"
                raise InputError(f"{where}: {here}, but {there}. Take all lists from one release.")
            if name in listed:
                raise InputError(f"{where}: {name!r} is listed twice in split {n}. List it once.")
            listed[name] = part
    return listed


def _group(name: str) -> str:
    """``Class/v_Class_g08_c01.avi`` -> ``Class_g08``; other names are groups of their own.

    The folder gives the class: in one of them (HandstandPushups) the file names are spelt
    otherwise.
    """
    label, file = name.split("/")
    match = re.fullmatch(r"v_.+_(g\d+)_c\d+", Path(file).stem)
    return f"{label}_{match[1]}" if match else Path(file).stem
