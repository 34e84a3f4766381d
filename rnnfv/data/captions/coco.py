"""COCO's ``captions_train2014.json`` and ``captions_val2014.json``: captions without splits."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

from rnnfv.data.captions.joining import Captions
from rnnfv.data.text_files import repeated
from rnnfv.errors import InputError


def coco_captions(content: dict[str, Any], path: str | Path) -> Captions:
    """The captions of a COCO file, an image's in the order of their annotation ids.

    Images go by ``file_name``; the k-th caption of an image has the id ``file_name#k``. COCO 2014's
    files are expected in the folders that its archives unpack to:
    ``train2014/COCO_train2014_000000000009.jpg``.

    Raises:
        InputError: the file lacks images or annotations, an annotation lacks its caption or its
            image, or two images have the same number or file name.
    """
    numbers, rows = _file_names(content, path), []
    for i, annotation in enumerate(_objects(content, "annotations", path)):
        text, number = annotation.get("caption"), annotation.get("image_id")
        where = f"{path}: annotations[{i}]"
        if not isinstance(text, str) or not isinstance(annotation.get("id"), int):
            problem = f"{where} has no caption or no id."
            raise InputError(f"{problem} Give captions_*.json, not instances_*.json.")
        if not isinstance(number, int) or number not in numbers:
            problem = f"{where} is about image {number!r}, which `images` lacks."
            raise InputError(f"{problem} Get the file again.")
        rows.append((number, annotation["id"], text))
    sentences, seen = [], Counter[str]()
    for number, _, text in sorted(rows, key=lambda row: row[:2]):
        name = numbers[number]
        sentences.append((f"{name}#{seen[name]}", name, text))
        seen[name] += 1
    folders = {name: re.match(r"COCO_([a-z]+2014)_", name) for name in numbers.values()}
    paths = {name: f"{match[1]}/{name}" for name, match in folders.items() if match}
    by_number = {str(number): name for number, name in numbers.items()}
    return Captions(sentences, str(path), paths, by_number)


def _file_names(content: dict[str, Any], path: str | Path) -> dict[int, str]:
    """Image number to file name."""
    numbers: dict[int, str] = {}
    for i, image in enumerate(_objects(content, "images", path)):
        number, name = image.get("id"), image.get("file_name")
        if not isinstance(number, int) or not isinstance(name, str):
            problem = f"{path}: images[{i}] has no file_name, or no whole number as id."
            raise InputError(f"{problem} Give COCO's captions_*.json.")
        if number in numbers:
            problem = f"{path}: image number {number} occurs twice, the second time in images[{i}]."
            raise InputError(f"{problem} Keep one.")
        numbers[number] = name
    if twice := repeated(numbers.values()):
        problem = f"{path}: file_name {twice[0]!r} occurs twice."
        raise InputError(f"{problem} Give every image a name of its own.")
    return numbers


def _objects(content: dict[str, Any], key: str, path: str | Path) -> list[dict[str, Any]]:
    """The list of objects under ``key``."""
    items = content.get(key)
    if not isinstance(items, list) or not items or not all(isinstance(i, dict) for i in items):
        raise InputError(f"{path}: no list of {key} in it. Give COCO's captions_*.json.")
    return items
