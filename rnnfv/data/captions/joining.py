"""Join captions with splits, which come from different files."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rnnfv.data.captions.table import SENTENCE_COLUMNS, CaptionSet, check_caption_set
from rnnfv.data.text_files import some
from rnnfv.errors import InputError


@dataclass
class Captions:
    """All that caption files hold, whichever images are used.

    Attributes:
        sentences: (id, image, text), in the order of the files.
        source: the files, for messages.
        paths: image to file, where the file is not named as the image is.
        numbers: number to image, for split lists that give numbers (COCO).
    """

    sentences: list[tuple[str, str, str]]
    source: str
    paths: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)


def listed_images(rows: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    """The table that readers of splits return: ``image``, ``split``, ``path``, ``where``."""
    return pd.DataFrame(rows, columns=["image", "split", "path", "where"], dtype=str)


def join_captions(parts: Sequence[Captions]) -> Captions:
    """Several files of captions as one.

    Raises:
        InputError: an id is in two files.
    """
    if len(parts) == 1:
        return parts[0]
    joined = Captions([], ", ".join(part.source for part in parts), {}, {})
    for part in parts:
        joined.sentences += part.sentences
        joined.paths |= part.paths
        joined.numbers |= part.numbers
    ids = pd.Series([name for name, _, _ in joined.sentences])
    if ids.duplicated().any():
        problem = f"{joined.source}: in two of these files: caption {some(ids[ids.duplicated()])}."
        raise InputError(f"{problem} Give each file once.")
    return joined


def join_splits(captions: Captions, listed: pd.DataFrame, per_image: int | None = 5) -> CaptionSet:
    """The captions of the listed images.

    Images come in the order of ``listed``, an image's captions in the order of their file. Images
    that are not listed, or listed as unused, are left out with their captions; the notes count
    them.

    Args:
        captions: all captions.
        listed: see :func:`listed_images`.
        per_image: keep the first that many captions of each image; None keeps all. Images with
            fewer are kept.

    Raises:
        InputError: an image is listed twice, or has no captions, a sentence id occurs twice, or
            :func:`~rnnfv.data.captions.table.check_caption_set` objects.
    """
    if per_image is not None and per_image < 1:
        raise InputError(f"{per_image} captions per image: at least 1 is needed.")
    sentences = pd.DataFrame(captions.sentences, columns=SENTENCE_COLUMNS, dtype=str)
    names = _known_names(listed["image"], sentences["image"], captions.numbers)
    listed = listed.assign(image=names)
    _check_listed_once(listed)
    listed = listed[listed["split"] != "unused"].reset_index(drop=True)
    image_of = pd.Index(listed["image"]).get_indexer(pd.Index(sentences["image"]))
    counts = np.bincount(image_of[image_of >= 0], minlength=len(listed))
    if not counts.all():
        first = listed.iloc[int(np.argmin(counts))]
        silent = f"{(counts == 0).sum()} of {len(listed)} listed images"
        problem = f"no captions for {silent}, the first {first['image']!r} ({first['where']})"
        advice = "Check that captions and splits belong together, or remove it there."
        raise InputError(f"{captions.source}: {problem}. {advice}")
    notes = []
    others = sentences.loc[image_of < 0, "image"]
    if len(others):
        count = others.nunique()
        notes.append(f"left out: {len(others)} captions of {count} images that are in no split")
    order = np.argsort(image_of, kind="stable")[len(others) :]
    if per_image is not None:
        rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
        order = order[rank < per_image]
        rich, few = (counts > per_image).sum(), (counts < per_image).sum()
        if rich:
            beyond = (rank >= per_image).sum()
            which = f"{rich} images that have more than {per_image}"
            notes.append(f"left out: {beyond} captions of {which}")
        if few:
            notes.append(f"{few} images have fewer than {per_image} captions")
    chosen = sentences.iloc[order].reset_index(drop=True)
    blank = (chosen["text"].str.strip() == "").sum()
    if blank:
        notes.append(f"{blank} captions are empty")
    files = listed["image"].map(lambda name: captions.paths.get(name, name)).astype(str)
    paths = listed["path"].where(listed["path"] != "", files)
    images = listed[["image", "split"]].assign(path=paths)
    return check_caption_set(CaptionSet(images, chosen, tuple(notes)), captions.source)


def _known_names(names: pd.Series, images: pd.Series, numbers: Mapping[str, str]) -> list[str]:
    """Each listed name as the captions spell it: itself, by its number, or without its ending.

    COCO lists may give image numbers, and lists for Flickr30k leave ``.jpg`` out. A name without
    its ending counts where it is that of one image.
    """
    known = set(images)
    if known.issuperset(names):
        return list(names)
    stems = Counter(name.rpartition(".")[0] for name in known)
    aliases = {stem: name for name in known if stems[stem := name.rpartition(".")[0]] == 1}
    aliases |= numbers
    return [name if name in known else aliases.get(name, name) for name in names]


def _check_listed_once(listed: pd.DataFrame) -> None:
    twice = listed.loc[listed["image"].duplicated(), "image"]
    if len(twice):
        first, second = listed.loc[listed["image"] == twice.iloc[0], "where"].iloc[:2]
        problem = f"listed more than once: image {some(twice)} (in {first}, and {second})."
        raise InputError(f"{problem} An image is in one split.")
