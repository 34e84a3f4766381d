"""The Flickr formats, also for data of your own: token files, lists of images, a CSV of splits."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from rnnfv.data.captions.joining import Captions, listed_images
from rnnfv.data.splits import PARTS
from rnnfv.data.text_files import read_csv, read_lines, refuse_misspelt
from rnnfv.errors import InputError

FORM = "`image.jpg#0`, a tab and the caption"


def read_tokens(path: str | Path) -> Captions:
    """Read ``image.jpg#k<TAB>caption`` lines: ``Flickr8k.token.txt``, ``results_20130124.token``.

    The text after the first tab is kept as it is, an empty one too. Flickr8k's file names one image
    that does not exist, ``2258277193_586949ec62.jpg.1``; no list has it.

    Raises:
        InputError: the file is absent or not UTF-8, or a line has another form or repeats a
            caption's id.
    """
    rows: list[tuple[str, str, str]] = []
    lines: dict[str, int] = {}
    for number, line in read_lines(path):
        key, tab, text = line.partition("\t")
        key = key.strip()
        image, _, k = key.rpartition("#")
        where = f"{path}: line {number}"
        if not (tab and image and k.isascii() and k.isdecimal()):
            shown = line if len(line) <= 60 else line[:60] + "..."
            raise InputError(f"{where}, {shown!r}: expected {FORM}.")
        if key in lines:
            problem = f"{where}: {key!r} is also in line {lines[key]}."
            raise InputError(f"{problem} Number the captions of an image.")
        lines[key] = number
        rows.append((key, image, text))
    if not rows:
        raise InputError(f"{path}: no captions in it. Its lines are {FORM}.")
    return Captions(rows, str(path))


def read_lists(lists: Mapping[str, str | Path]) -> pd.DataFrame:
    """Read one list of image names per split, one name a line: ``{"train": path, "test": path}``.

    The files may be any: with ``{"train": train_list, "test": dev_list}`` the data set's dev images
    are the test images.

    Raises:
        InputError: a split of another name, or a list that is absent, empty or not UTF-8.
    """
    rows = []
    for split, path in lists.items():
        if split not in PARTS:
            problem = f"splits: {split!r} is no split."
            raise InputError(f"{problem} Give lists for train, test and, if there is one, val.")
        names = [(number, line.strip()) for number, line in read_lines(path)]
        if not names:
            raise InputError(f"{path}: no image in the list. Put one image name in each line.")
        rows += [(name, split, "", f"{path}, line {number}") for number, name in names]
    return listed_images(rows)


def read_split_csv(path: str | Path) -> pd.DataFrame:
    """Read splits from a CSV file with the columns ``image`` and ``split``, and perhaps ``path``.

    Raises:
        InputError: the file is absent, not UTF-8, no such table, a column's name is misspelt, or a
            cell of image or split is empty.
    """
    header, rows = read_csv(path)
    refuse_misspelt(path, header, ("image", "split", "path"))
    if "image" not in header or "split" not in header:
        found = ", ".join(header) or "nothing"
        message = f"{path}: the first line names the columns image and split; found {found}."
        raise InputError(message)
    listed = []
    for number, row in rows:
        cells = dict(zip(header, row, strict=True))
        if not (cells["image"] and cells["split"]):
            problem = f"{path}: line {number}: image or split is empty."
            raise InputError(f"{problem} Fill it in or remove the line.")
        where = f"{path}, line {number}"
        listed.append((cells["image"], cells["split"], cells.get("path", ""), where))
    return listed_images(listed)
