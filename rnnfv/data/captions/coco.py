"""COCO's ``captions_train2014.json`` and ``captions_val2014.json``: captions without the splits used for retrieval."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from rnnfv.data.captions.joining import Captions
from rnnfv.errors import InputError


def coco_captions(content: dict[str, Any], path: str | Path) -> Captions:
    """The captions of a COCO file, an image's in the order of their annotation ids.

    Images go by ``file_name``; the k-th caption of an image has the id ``file_name#k``. COCO 2014's files are expected in
    the folders that its archives unpack to: ``train2014/COCO_train2014_000000000009.jpg``.

    Raises:
        InputError: the file lacks images or annotations, an annotation lacks its caption or its image, or two images have
            the same number or file name.
    """
    numbers = _file_names(content, path)
    rows = []
    for i, annotation in enumerate(_objects(content, "annotations", path)):
        text, number = annotation.get("caption"), annotation.get("image_id")
        if not isinstance(text, str) or not isinstance(annotation.get("id"), int):
            raise InputError(
                f"{path}: annotations[{i}] has no caption or no id. Give captions_*.json, not instances_*.json."
            )
        if not isinstance(number, int) or number not in numbers:
            raise InputError(
                f"{path}: annotations[{i}] is about image {number!r}, which `images` lacks. Get the file again."
            )
        rows.append((number, annotation["id"], text))
    rows.sort(key=lambda row: row[:2])
    sentences, k = [], 0
    for i, (number, _, text) in enumerate(rows):
        k = k + 1 if i and rows[i - 1][0] == number else 0
        sentences.append((f"{numbers[number]}#{k}", numbers[number], text))
    paths = {
        name: match[1] + "/" + name
        for name in numbers.values()
        if (match := re.match(r"COCO_([a-z]+2014)_", name))
    }
    by_number = {str(number): name for number, name in numbers.items()}
    return Captions(
        pd.DataFrame(sentences, columns=["id", "image", "text"], dtype=str),
        paths,
        by_number,
        str(path),
    )


def _file_names(content: dict[str, Any], path: str | Path) -> dict[int, str]:
    """Image number to file name."""
    numbers: dict[int, str] = {}
    for i, image in enumerate(_objects(content, "images", path)):
        number, name = image.get("id"), image.get("file_name")
        if not isinstance(number, int) or not isinstance(name, str):
            raise InputError(
                f"{path}: images[{i}] has no file_name, or no whole number as id. Give COCO's captions_*.json."
            )
        if number in numbers:
            raise InputError(
                f"{path}: image number {number} occurs twice, the second time in images[{i}]. Keep one."
            )
        numbers[number] = name
    if len(set(numbers.values())) != len(numbers):
        seen: set[str] = set()
        twice = next(name for name in numbers.values() if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise InputError(
            f"{path}: file_name {twice!r} occurs twice. Give every image a name of its own."
        )
    return numbers


def _objects(content: dict[str, Any], key: str, path: str | Path) -> list[dict[str, Any]]:
    """The list of objects under ``key``."""
    items = content.get(key)
    if (
        not isinstance(items, list)
        or not items
        or not all(isinstance(item, dict) for item in items)
    ):
        raise InputError(f"{path}: no list of {key} in it. Give COCO's captions_*.json.")
    return items
