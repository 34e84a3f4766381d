"""A caption data set in memory and as two CSV files."""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from rnnfv.arrays.hdf5 import atomic_path
from rnnfv.data.captions.files import some
from rnnfv.data.splits import PARTS
from rnnfv.data.usable import read_table
from rnnfv.errors import InputError

SPLITS = (*PARTS, "unused")
IMAGE_COLUMNS = ["image", "split", "path"]
SENTENCE_COLUMNS = ["id", "image", "text"]


@dataclass(frozen=True, eq=False)
class CaptionSet:
    """Images and their sentences, both tables of strings.

    Attributes:
        images: one row an image: ``image`` (its unique name), ``split`` (train | val | test | unused) and ``path``, its
            file relative to the folder of images; empty where only features are at hand.
        sentences: one row a sentence: ``id`` (unique, such as ``123.jpg#0``), ``image`` and ``text`` as it was written.
            The sentences of an image stand together, and come in the order of ``images``.
        notes: what a reader left out or found odd, in words. Not stored.
    """

    images: pd.DataFrame
    sentences: pd.DataFrame
    notes: tuple[str, ...] = ()

    def keep(self, images: Collection[str]) -> CaptionSet:
        """The rows of these images, in the order they have here; names of others are ignored."""
        names = set(images)
        return CaptionSet(
            self.images[self.images["image"].isin(names)].reset_index(drop=True),
            self.sentences[self.sentences["image"].isin(names)].reset_index(drop=True),
            self.notes,
        )

    def part(self, *splits: str) -> CaptionSet:
        """The rows of one split, or of several: ``part("train", "val")``."""
        return self.keep(set(self.images.loc[self.images["split"].isin(splits), "image"]))

    def summarize(self) -> str:
        """In words: images and sentences per split, and the notes."""
        splits = self.sentences["image"].map(self.images.set_index("image")["split"])
        counts = [
            f"{part}: {int((self.images['split'] == part).sum())} images, {int((splits == part).sum())} sentences"
            for part in SPLITS
            if (self.images["split"] == part).any()
        ]
        return "; ".join([*counts, *self.notes])


def check_caption_set(captions: CaptionSet, source: str | Path = "captions") -> CaptionSet:
    """Return ``captions`` if they fit together.

    Args:
        captions: images and sentences.
        source: where they come from, for messages.

    Raises:
        InputError: a column is missing, a name or id is empty or occurs twice, a split holds another word than
            train | val | test | unused, a sentence's image is unknown, an image has no sentence, sentences are not in
            the order of images, there is no training or no test image, or a text cannot be written as UTF-8.
    """
    images, sentences = captions.images, captions.sentences
    for table, what, columns in (
        (images, "images", IMAGE_COLUMNS),
        (sentences, "sentences", SENTENCE_COLUMNS),
    ):
        missing = [name for name in columns if name not in table]
        if missing:
            raise InputError(
                f"{source}: the table of {what} lacks column {', '.join(missing)}; its columns are {', '.join(columns)}."
            )
        key = columns[0]
        if (table[key] == "").any():
            row = int(np.argmax(table[key] == "")) + 1
            raise InputError(
                f"{source}: {key} is empty in row {row} of the {what}. Name it, or remove the row."
            )
        twice = table.loc[table[key].duplicated(), key]
        if len(twice):
            raise InputError(
                f"{source}: more than once among the {what}: {key} {some(list(twice))}. Keep one."
            )
    wrong = images[~images["split"].isin(SPLITS)]
    if len(wrong):
        first = wrong.iloc[0]
        raise InputError(
            f"{source}: split {first['split']!r} of image {first['image']!r}. Use {' | '.join(SPLITS)}."
        )
    for part in ("train", "test"):
        if not (images["split"] == part).any():
            raise InputError(
                f"{source}: no {part} image. Mark some as {part}, or give a list of them."
            )
    _check_sentences(images, sentences, source)
    return captions


def _check_sentences(images: pd.DataFrame, sentences: pd.DataFrame, source: str | Path) -> None:
    """The part of :func:`check_caption_set` about how sentences refer to images."""
    rows = pd.Index(images["image"]).get_indexer(pd.Index(sentences["image"]))
    if (rows < 0).any():
        first = sentences.iloc[int(np.argmax(rows < 0))]
        raise InputError(
            f"{source}: sentence {first['id']!r} is about {first['image']!r}, which is not among the images."
        )
    silent = images["image"][np.bincount(rows, minlength=len(images)) == 0]
    if len(silent):
        raise InputError(
            f"{source}: no sentence about image {some(list(silent))}. Give it captions, or leave it out."
        )
    if (np.diff(rows) < 0).any():
        first = sentences.iloc[int(np.argmax(np.diff(rows) < 0)) + 1]
        raise InputError(
            f"{source}: sentence {first['id']!r} is not in the order of the images. Sort them as the images are."
        )
    try:
        "".join(sentences["text"]).encode()
    except UnicodeEncodeError as error:
        at = int(np.searchsorted(np.cumsum(sentences["text"].str.len()), error.start, side="right"))
        raise InputError(
            f"{source}: sentence {sentences['id'].iloc[at]!r} holds half a character ({error.reason}). Repair it."
        ) from error


def write_caption_set(
    images_csv: str | Path, sentences_csv: str | Path, captions: CaptionSet
) -> None:
    """Check ``captions`` and write both tables; each file is whole or absent.

    Every cell is quoted, so that a text keeps its spaces, quotes, commas and line ends.
    """
    check_caption_set(captions, f"{images_csv}, {sentences_csv}")
    write_images(images_csv, captions)
    _write(sentences_csv, captions.sentences[SENTENCE_COLUMNS])


def write_images(path: str | Path, captions: CaptionSet) -> None:
    """Write the table of images alone: to read the same sentences with other splits."""
    _write(path, captions.images[IMAGE_COLUMNS])


def _write(path: str | Path, table: pd.DataFrame) -> None:
    with atomic_path(path) as temporary:
        table.to_csv(
            temporary, index=False, lineterminator="\n", encoding="utf-8", quoting=csv.QUOTE_ALL
        )


def read_caption_set(images_csv: str | Path, sentences_csv: str | Path) -> CaptionSet:
    """Read what :func:`write_caption_set` wrote, and check it.

    Raises:
        InputError: a file is absent or no CSV in UTF-8, or :func:`check_caption_set` objects.
    """
    tables = []
    for path in (images_csv, sentences_csv):
        if not Path(path).is_file():
            raise InputError(f"{path}: no such file. Read the captions again.")
        try:
            tables.append(read_table(path))
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
            raise InputError(
                f"{path}: not a CSV file in UTF-8 ({error}). Read the captions again."
            ) from error
    return check_caption_set(CaptionSet(tables[0], tables[1]), f"{images_csv}, {sentences_csv}")
