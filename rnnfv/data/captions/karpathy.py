"""Karpathy's ``dataset_{flickr8k,flickr30k,coco}.json``: captions and splits in one file."""

from pathlib import Path
from typing import Any

import pandas as pd

from rnnfv.data.captions.joining import Captions, listed_images
from rnnfv.errors import InputError


def karpathy_splits(content: dict[str, Any], path: str | Path) -> pd.DataFrame:
    """The splits of a Karpathy file, with the words it uses: train | restval | val | test.

    COCO's images have a ``filepath``, the folder of the file; the others lie in the folder of
    images itself.

    Raises:
        InputError: an image lacks its ``filename`` or ``split``.
    """
    rows = []
    for i, image in enumerate(_images(content, path)):
        name, folder = image["filename"], image.get("filepath", "")
        file = f"{folder}/{name}" if folder else name
        rows.append((name, image["split"], file, f"{path}, images[{i}]"))
    return listed_images(rows)


def karpathy_captions(content: dict[str, Any], path: str | Path) -> Captions:
    """The ``raw`` captions of a Karpathy file; tokens joined by spaces where there is no raw text.

    The k-th caption of an image has the id ``filename#k``.

    Raises:
        InputError: an image lacks its ``filename`` or ``split``, or a caption its text.
    """
    rows = []
    for i, image in enumerate(_images(content, path)):
        name = image["filename"]
        for k, sentence in enumerate(image.get("sentences", [])):
            text = sentence["raw"] if "raw" in sentence else _joined(sentence.get("tokens"))
            if not isinstance(text, str):
                problem = f"{path}: images[{i}].sentences[{k}] has no text in `raw`."
                raise InputError(f"{problem} Get the file again.")
            rows.append((f"{name}#{k}", name, text))
    return Captions(rows, str(path))


def _joined(tokens: list[str] | None) -> str | None:
    return None if tokens is None else " ".join(tokens)


def _images(content: dict[str, Any], path: str | Path) -> list[dict[str, Any]]:
    images = content.get("images")
    if not isinstance(images, list) or not images:
        message = f"{path}: no `images` in it."
        raise InputError(f"{message} Give a Karpathy dataset_*.json or a COCO captions_*.json.")
    for i, image in enumerate(images):
        found = image if isinstance(image, dict) else {}
        absent = [key for key in ("filename", "split") if not isinstance(found.get(key), str)]
        if absent:
            problem = f"images[{i}] has no {' and no '.join(absent)}"
            raise InputError(f"{path}: {problem}. Give a Karpathy dataset_*.json.")
    return images
