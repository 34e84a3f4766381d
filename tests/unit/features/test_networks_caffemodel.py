"""Caffe's weights files: names, shapes and numbers as written; anything else is refused."""

import struct

import numpy as np
import pytest
from helpers.caffemodel import field, varint

from rnnfv.errors import InputError
from rnnfv.features.networks.pytorch.weights import read_state
from rnnfv.features.networks.registry import describe_network


def blob(array, old):
    place = 8 if array.dtype == np.float64 else 5
    numbers = field(place, array.tobytes()) + field(6, bytes(8))  # and a gradient
    if old:  # four dimensions
        shape = (1,) * (4 - array.ndim) + array.shape
        return b"".join(field(i, size) for i, size in enumerate(shape, 1)) + numbers
    return field(7, field(1, b"".join(map(varint, array.shape)))) + numbers


def caffemodel(layers, old):
    """A network of layers: names and blobs. Old files have their layers in another field."""
    name, blobs, where = (4, 6, 2) if old else (1, 7, 100)
    data = field(1, b"NET") + field(3, b"data") + varint(9 << 3 | 5) + struct.pack("<f", 1.5)
    for title, arrays in layers.items():
        layer = field(name, title.encode()) + field(2 if old else 3, b"bottom")
        data += field(where, layer + b"".join(field(blobs, blob(array, old)) for array in arrays))
    return data


@pytest.fixture
def layers(rng):
    shapes = {
        "data": [],
        "conv1_1": [(64, 3, 3, 3), (64,)],
        "fc6": [(40, 300), (40,)],
        "scale": [(5,)],
    }
    return {
        name: [rng.normal(size=shape).astype(np.float32) for shape in blobs]
        for name, blobs in shapes.items()
    }


@pytest.mark.parametrize("dtype", ["<f4", "<f8"])
@pytest.mark.parametrize("old", [True, False])
def test_blobs_are_read_as_they_were_written(tmp_path, layers, old, dtype):
    layers = {name: [array.astype(dtype) for array in blobs] for name, blobs in layers.items()}
    (tmp_path / "net.caffemodel").write_bytes(caffemodel(layers, old))
    state = read_state(tmp_path / "net.caffemodel")
    assert sorted(state) == [
        "conv1_1.bias",
        "conv1_1.weight",
        "fc6.bias",
        "fc6.weight",
        "scale.weight",
    ]
    for name, blobs in layers.items():
        for kind, array in zip(("weight", "bias"), blobs, strict=False):
            np.testing.assert_array_equal(state[f"{name}.{kind}"].numpy(), array.astype(np.float32))
    renamed = describe_network("vgg19", preprocessing="caffe").rename(state, tmp_path)
    assert {"features.0.weight", "classifier.0.bias"} <= set(renamed)
    with pytest.raises(InputError, match="preprocessing to caffe"):
        describe_network("vgg19").rename(state, tmp_path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99, 1 - 1e-9])
def test_half_a_file_is_refused(tmp_path, layers, share):
    data = caffemodel(layers, old=True)
    (tmp_path / "net.caffemodel").write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError, match=r"not a readable weights file \(ValueError\)"):
        read_state(tmp_path / "net.caffemodel")


@pytest.mark.parametrize(
    "data",
    [b"<html>no</html>" * 9, b"\x80\x02}q\x00.", bytes(9), b"", field(1, b"NET")],
    ids=range(5),
)
def test_other_files_are_refused(tmp_path, data):
    (tmp_path / "net.caffemodel").write_bytes(data)
    with pytest.raises(InputError, match=r"not a readable weights file \(ValueError\)"):
        read_state(tmp_path / "net.caffemodel")


def test_numbers_must_fill_the_shape(tmp_path):
    wrong = field(7, field(1, varint(3))) + field(5, bytes(8))
    (tmp_path / "net.caffemodel").write_bytes(field(100, field(1, b"fc") + field(7, wrong)))
    with pytest.raises(InputError, match=r"not a readable weights file \(ValueError\)"):
        read_state(tmp_path / "net.caffemodel")
