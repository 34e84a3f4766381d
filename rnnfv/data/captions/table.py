"""A caption data set in memory and as two CSV files."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from rnnfv.arrays.writing import atomic_path
from rnnfv.data.splits import PARTS
from rnnfv.data.text_files import read_table, some
from rnnfv.errors import InputError

SPLITS = (*PARTS, "unused")
IMAGE_COLUMNS = ["image", "split", "path"]
SENTENCE_COLUMNS = ["id", "image", "text"]


@dataclass(frozen=True, eq=False)
class CaptionSet:
    """Images and their sentences, both tables of strings.

    Attributes:
        images: one row per image: ``image`` (its unique name), ``split`` (train | val | test |
            unused) and ``path``, its file relative to the folder of images; empty where only
            features are at hand.
        sentences: one row per sentence: ``id`` (unique, such as ``123.jpg#0``), ``image`` and
            ``text`` as it was written. The sentences of an image stand together, in the order of
            ``images``.
        notes: what a reader left out or found odd, in words. Not stored.
    """

    images: pd.DataFrame
    sentences: pd.DataFrame
    notes: tuple[str, ...] = ()

    def keep(self, images: Collection[str]) -> CaptionSet:
        """The rows of these images, in the order they have here; names of others are ignored."""
        names = set(images)
        tables = self.images, self.sentences
        kept = [table[table["image"].isin(names)].reset_index(drop=True) for table in tables]
        return CaptionSet(kept[0], kept[1], self.notes)

    def part(self, *splits: str) -> CaptionSet:
        """The rows of one split, or of several: ``part("train", "val")``."""
        return self.keep(set(self.images.loc[self.images["split"].isin(splits), "image"]))

    def summarize(self) -> str:
        """Images and sentences per split, and the notes, in words."""
        split_of = self.images.set_index("image")["split"]
        images = split_of.value_counts()
        sentences = self.sentences["image"].map(split_of).value_counts()
        sizes = ((part, images[part], sentences.get(part, 0)) for part in SPLITS if part in images)
        counts = [f"{part}: {n} images, {told} sentences" for part, n, told in sizes]
        return "; ".join([*counts, *self.notes])


def check_caption_set(captions: CaptionSet, source: str | Path = "captions") -> CaptionSet:
    """Return ``captions`` if images and sentences fit together; ``source`` names them in messages.

    Raises:
        InputError: a column is missing, a name or id is empty or occurs twice, a split holds
            another word than train | val | test | unused, a sentence's image is unknown, an image
            has no sentence, sentences are not in the order of images, there is no training or no
            test image, or a text cannot be written as UTF-8.
    """
    for problem in _problems(captions.images, captions.sentences):
        raise InputError(f"{source}: {problem}")
    return captions


def _problems(images: pd.DataFrame, sentences: pd.DataFrame) -> Iterator[str]:
    """Problems of a caption set; each check relies on those before it."""
    tables = (images, "images", IMAGE_COLUMNS), (sentences, "sentences", SENTENCE_COLUMNS)
    for table, what, columns in tables:
        if missing := [name for name in columns if name not in table]:
            lacks = f"the table of {what} lacks column {', '.join(missing)}"
            yield f"{lacks}; its columns are {', '.join(columns)}."
        key = columns[0]
        if (table[key] == "").any():
            row = int(np.argmax(table[key] == "")) + 1
            yield f"{key} is empty in row {row} of the {what}. Name it, or remove the row."
        twice = table.loc[table[key].duplicated(), key]
        if len(twice):
            yield f"more than once among the {what}: {key} {some(twice)}. Keep one."
    wrong = images[~images["split"].isin(SPLITS)]
    if len(wrong):
        first = wrong.iloc[0]
        yield f"split {first['split']!r} of image {first['image']!r}. Use {' | '.join(SPLITS)}."
    for part in ("train", "test"):
        if not (images["split"] == part).any():
            yield f"no {part} image. Mark some as {part}, or give a list of them."
    rows = pd.Index(images["image"]).get_indexer(pd.Index(sentences["image"]))
    if (rows < 0).any():
        first = sentences.iloc[int(np.argmax(rows < 0))]
        about = f"{first['image']!r}, which is not among the images"
        yield f"sentence {first['id']!r} is about {about}."
    silent = images["image"][np.bincount(rows, minlength=len(images)) == 0]
    if len(silent):
        yield f"no sentence about image {some(silent)}. Give it captions, or leave it out."
    if (np.diff(rows) < 0).any():
        name = sentences["id"].iloc[int(np.argmax(np.diff(rows) < 0)) + 1]
        yield f"sentence {name!r} is not in the order of the images. Sort them as the images are."
    try:
        "".join(sentences["text"]).encode()
    except UnicodeEncodeError as error:
        ends = np.cumsum(sentences["text"].str.len())
        name = sentences["id"].iloc[int(np.searchsorted(ends, error.start, side="right"))]
        yield f"sentence {name!r} holds half a character ({error.reason}). Repair it."


def write_caption_set(images: str | Path, sentences: str | Path, captions: CaptionSet) -> None:
    """Check ``captions`` and write both tables; each file is whole or absent.

    Every cell is quoted, so that a text keeps its spaces, quotes, commas and line ends.

    Args:
        images: file of the images.
        sentences: file of the sentences.
        captions: the data set.

    Raises:
        InputError: :func:`check_caption_set` objects.
    """
    check_caption_set(captions, f"{images}, {sentences}")
    write_images(images, captions)
    _write(sentences, captions.sentences[SENTENCE_COLUMNS])


def write_images(path: str | Path, captions: CaptionSet) -> None:
    """Write the table of images alone: to read the same sentences with other splits."""
    _write(path, captions.images[IMAGE_COLUMNS])


def _write(path: str | Path, table: pd.DataFrame) -> None:
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n", quoting=csv.QUOTE_ALL)


def read_caption_set(images_csv: str | Path, sentences_csv: str | Path) -> CaptionSet:
    """Read what :func:`write_caption_set` wrote, and check it.

    Raises:
        InputError: a file is absent or no CSV in UTF-8, or :func:`check_caption_set` objects.
    """
    captions = CaptionSet(read_table(images_csv), read_table(sentences_csv))
    return check_caption_set(captions, f"{images_csv}, {sentences_csv}")
