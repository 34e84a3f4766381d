"""HMDB51's official lists, ``<class>_test_split<N>.txt``; JHMDB's have the same form."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from rnnfv.data.files import is_companion
from rnnfv.data.manifests.official_lists import UNPACK, expect_counts, listed_manifest
from rnnfv.data.text_files import read_lines
from rnnfv.errors import InputError

CLASSES, CLIPS = 51, 6766
PER_CLASS = {"train": 70, "test": 30}
PARTS_BY_CODE = {"0": "unused", "1": "train", "2": "test"}

TAGS = r"_[fuhl]_(nm|cm)_np\d+_(ba|fr|le|ri)_(goo|med|bad)_\d+"
"""End of a clip's name: visible body, camera motion, people, viewpoint, quality, number."""


def read_hmdb51(
    videos_root: str | Path | None,
    splits_folder: str | Path,
    splits: Sequence[int] = (1, 2, 3),
    check_counts: bool = True,
) -> pd.DataFrame:
    """HMDB51's manifest, from its lists alone: clips that are listed but not on disk stay in it.

    ``id`` and ``path`` are ``class/name.avi``, ``group`` is the film the clip was cut from (see
    :func:`film`). The official splits keep the clips of one film and class together. Another class
    may have clips of that film on the other side.

    Args:
        videos_root: folder of the class folders, checked for a wrong level if it exists; None to
            skip the check.
        splits_folder: folder of the lists.
        splits: numbers of the splits to read.
        check_counts: require the official 51 classes, 6,766 clips, and 70 training and 30 test
            clips per class and split; False for a subset or for JHMDB.

    Raises:
        InputError: a list is absent or malformed, or the counts are not the official ones.
    """
    folder = Path(splits_folder)
    parts = {f"split{n}": _read_split(folder, n) for n in splits}
    clips = set().union(*parts.values())
    if check_counts:
        labels = {clip.split("/")[0] for clip in clips}
        counts = [("classes", len(labels), CLASSES), ("clips", len(clips), CLIPS)]
        for split, listed in parts.items():
            found = Counter((part, clip.split("/")[0]) for clip, part in listed.items())
            counts += [
                (f"{part} clips of {label} in {split}", found[part, label], expected)
                for part, expected in PER_CLASS.items()
                for label in sorted(labels)
            ]
        expect_counts(folder, "HMDB51", counts)
    return listed_manifest(parts, _group, folder, videos_root)


def film(name: str, label: str) -> str:
    """The film a clip was cut from: ``April_09_brush_hair_u_nm_np1_ba_goo_0.avi`` -> ``April_09``.

    A clip's name is film, class and tags. The film's own name may hold the class too, so the one
    before the tags counts. A name of another form is a group of its own.
    """
    stem = Path(name).stem
    match = re.fullmatch(f"(.+)_{re.escape(label)}{TAGS}", stem)
    return match[1] if match else stem


def _group(clip: str) -> str:
    label, _, name = clip.partition("/")
    return film(name, label)


def _read_split(folder: Path, n: int) -> dict[str, str]:
    """``class/name.avi`` -> train, test or unused, for split ``n``."""
    ending = f"_test_split{n}.txt"
    paths = [path for path in sorted(folder.glob(f"*{ending}")) if not is_companion(path.name)]
    if not paths:
        inside = "testTrainMulti_7030_splits in HMDB51's archive"
        raise InputError(f"{folder}: no file <class>{ending}. {UNPACK} They are {inside}.")
    listed: dict[str, str] = {}
    for path in paths:
        for number, line in read_lines(path):
            line = line.strip()
            *name, code = line.rsplit(maxsplit=1)
            if not name or code not in PARTS_BY_CODE:
                form = "a file name and 0 (unused), 1 (train) or 2 (test)"
                raise InputError(f"{path}: line {number}, {line!r}: expected {form}.")
            clip = f"{path.name.removesuffix(ending)}/{name[0]}"
            if clip in listed:
                problem = f"{path}: line {number}: {name[0]!r} is listed twice."
                raise InputError(f"{problem} List it once.")
            listed[clip] = PARTS_BY_CODE[code]
    return listed
