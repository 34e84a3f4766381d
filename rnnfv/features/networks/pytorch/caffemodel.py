"""Read weights from a ``.caffemodel`` file, without Caffe and without a protobuf library.

Such a file is a protobuf message: fields, each a number, a wire type and a value, some of them
messages again. Only the few fields that hold names, shapes and numbers are looked at; their numbers
are those of Caffe's ``caffe.proto``.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path

import numpy as np

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
# NetParameter's lists of layers, old and new; in a layer of each kind, the fields of its name and
# of its blobs.
_LAYERS = {2: (4, 6), 100: (1, 7)}
# BlobProto: four dimensions of its own in old files, a message of any number of dimensions in new
# ones; float32 or float64 numbers.
_OLD_SHAPE, _DATA, _SHAPE = (1, 2, 3, 4), {5: "<f4", 8: "<f8"}, 7


def read_caffemodel(path: Path) -> dict[str, np.ndarray]:
    """Every layer's blobs, float32: ``name.weight``, and ``name.bias`` where there is a second one.

    Old files give every blob four dimensions; the leading ones of size 1 are dropped, so a fully
    connected layer's weights are (out, in), and biases are (out).

    Raises:
        ValueError: the file is cut off, or is none of this kind.
    """
    with open(path, "rb") as file:
        # 550 MB need not be in memory twice.
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    arrays: dict[str, np.ndarray] = {}
    for number, value in _fields(data):
        if number in _LAYERS and isinstance(value, memoryview):
            name, blobs = _layer(value, *_LAYERS[number])
            for kind, blob in zip(("weight", "bias"), blobs, strict=False):
                arrays[f"{name}.{kind}"] = blob
    if not arrays:
        raise ValueError("no layer with weights in it")
    return arrays


def _layer(data: memoryview, name_field: int, blob_field: int) -> tuple[str, list[np.ndarray]]:
    name, blobs = "", []
    for number, value in _fields(data):
        if isinstance(value, memoryview):
            if number == name_field:
                name = bytes(value).decode()
            elif number == blob_field:
                blobs.append(_blob(value))
    return name, blobs


def _blob(data: memoryview) -> np.ndarray:
    old, shape, numbers = dict.fromkeys(_OLD_SHAPE, 0), None, np.empty(0, np.float32)
    for number, value in _fields(data):
        if isinstance(value, int):
            if number in old:
                old[number] = value
            continue
        if number in _DATA:
            # A copy: the file is closed afterwards.
            numbers = np.frombuffer(value, dtype=_DATA[number]).astype(np.float32)
        elif number == _SHAPE:
            shape = [dimension for _, packed in _fields(value) for dimension in _dimensions(packed)]
    if shape is None:
        shape = list(old.values())
        while len(shape) > 1 and shape[0] == 1:
            del shape[0]
    return numbers.reshape(shape)


def _dimensions(value: int | memoryview) -> Iterator[int]:
    """A dimension, or several in a row."""
    if isinstance(value, int):
        yield value
        return
    at = 0
    while at < len(value):
        dimension, at = _varint(value, at)
        yield dimension


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of every field of a message: a whole number, or bytes of anything else."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire == _BYTES:
            size, at = _varint(data, at)
        elif wire in (_FOUR_BYTES, _EIGHT_BYTES):
            size = 4 if wire == _FOUR_BYTES else 8
        else:
            raise ValueError(f"wire type {wire}: no protobuf message")
        if at + size > len(data):
            raise ValueError("the file ends in the middle of a field")
        yield number, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A whole number of seven bits a byte at position ``at``, and the position after it."""
    number, shift = 0, 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("the file ends in the middle of a number, or is no protobuf message")
        number |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return number, at
