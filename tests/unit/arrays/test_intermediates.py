"""Files of earlier steps, cut off or replaced by something else: file, fault and advice."""

import hashlib
import json
import os
import random
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from rnnfv import InputError, load_sequences, write_sequences
from rnnfv.arrays.hdf5 import open_h5
from rnnfv.arrays.intermediates import read_json
from rnnfv.arrays.vectors import open_vectors, write_vectors
from rnnfv.arrays.writing import write_json
from rnnfv.data.text_files import read_table, read_text
from rnnfv.experiments.classification import with_networks
from rnnfv.reporting.accuracies import read_metrics
from rnnfv.rnn.checkpoint import TrainedNetwork, read_checkpoint, write_checkpoint
from rnnfv.rnn.settings import RNNSettings

ADVICE = "Remove it and run the same command again"


def told(read, path):
    with pytest.raises(InputError) as error:
        read(path)
    assert str(path) in str(error.value) and ADVICE in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    "content", [b"", b'{"x": ', b"\xff\xfe", b"\0" * 100, b"[" * 100_000, b"{} {}"]
)
def test_json(tmp_path, content):
    path = tmp_path / "metrics.json"
    path.write_bytes(content)
    told(read_json, path)
    told(lambda path: read_metrics([path]), path)


def test_json_of_another_shape(tmp_path):
    path = tmp_path / "choice.json"
    for content in ([], 3, None, "epoch", {"epoch": 1}, [["pooling"]]):
        write_json(path, content)
        told(lambda path: read_json(path, ("epoch", "pca")), path)
        if content != []:
            told(lambda path: read_metrics([path], ["pooling"]), path)
    with pytest.raises(InputError, match=r"absent.*no such file.*makes it again"):
        read_json(tmp_path / "absent.json")


TABLES = [b"", b"\n", b"id,status,reason\na,ok", b"id,sta\n", b"\xff,\xfe\n"]
TABLES += [b"id,status,reason\na,b,c\na,b,c,d,e\n", b'id,status,reason\na,"b,c\n']


@pytest.mark.parametrize("content", TABLES)
def test_tables(tmp_path, content):
    path = tmp_path / "items.csv"
    path.write_bytes(content)
    told(lambda path: read_table(path, ("id", "status", "reason")), path)


def test_a_whole_table_is_read_as_text(tmp_path):
    (tmp_path / "items.csv").write_text('id,status,reason\n007,NA,""\n')
    assert read_table(tmp_path / "items.csv").to_numpy().tolist() == [["007", "NA", ""]]


def test_networks_and_their_choices(tmp_path):
    network, choice = tmp_path / "network.pt", tmp_path / "choice.json"
    fields = {"n_features": 3, "n_symbols": None, "seed": 0, "weights": {}, "epochs": {}}
    whole = fields | {"settings": {}, "scale": 1.0}
    for wrong in ({"settings": {"units": 3}}, {"settings": 7}):
        write_checkpoint(network, whole | wrong)
        told(TrainedNetwork.read, network)
    body = b"checksummed, but no checkpoint"
    network.write_bytes(body + hashlib.sha256(body).digest())
    told(TrainedNetwork.read, network)
    torch.save({"conv1.weight": torch.zeros(2)}, network)
    told(TrainedNetwork.read, network)
    write_checkpoint(network, whole)
    assert TrainedNetwork.read(network).settings == RNNSettings()
    choice.write_text(json.dumps({"epoch": 3})[:-4])
    told(lambda choice: with_networks(None, [0], [network], [choice]), choice)
    write_json(choice, {"pca": 3})
    told(lambda choice: with_networks(None, [0], [network], [choice]), choice)


def test_hdf5_files_that_are_damaged_anywhere(tmp_path):
    """Bytes flipped, cut off or zeroed: a message that names the file, or the file is read."""
    path, draw = tmp_path / "a.h5", random.Random(0)
    values = np.arange(3000, dtype=np.float32).reshape(-1, 3)
    write_sequences(path, [("a", values), ("b", values)], 3, attributes={"weights": "x"})
    write_vectors(tmp_path / "v.h5", list("abcdef"), iter([values[:6]]), 3)

    def read_vectors(path):
        with open_vectors(path) as (ids, stored, attributes):
            return ids, stored[:], attributes

    failed = 0
    for name, read in {"a.h5": load_sequences, "v.h5": read_vectors}.items():
        path, whole = tmp_path / name, (tmp_path / name).read_bytes()
        for number in range(150):
            data, place = bytearray(whole), draw.randrange(len(whole))
            if number % 3 == 0:
                data[place] ^= 1 << draw.randrange(8)
            elif number % 3 == 1:
                del data[place:]
            else:
                data[place : place + 64] = bytes(len(data[place : place + 64]))
            path.write_bytes(data)
            try:
                read(path)
            except InputError as error:
                failed += 1
                assert str(path) in str(error)
    assert failed > 100
    path.write_bytes(whole)
    with pytest.raises(KeyError, match="of the caller"), open_h5(path, ["ids"]):
        raise KeyError("of the caller")
    with h5py.File(path) as file:
        assert "ids" in file


@pytest.mark.parametrize("name", ["items", "listed", "images", "sentences", "predictions"])
def test_a_table_of_another_kind_is_named(tmp_path, name):
    path = tmp_path / f"{name}.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=rf"{name}\.csv: damaged \(no column "):
        read_table(path)


WHOLE = {
    "json": read_json,
    "table": read_table,
    "text": read_text,
    "checkpoint": lambda path: read_checkpoint(path, []),
}


@pytest.mark.parametrize("reader", WHOLE)
def test_what_is_too_large_or_no_file_is_not_read(tmp_path, reader):
    huge, pipe = tmp_path / "metrics.json", tmp_path / "pipe"
    with open(huge, "wb") as file:
        file.truncate(20 * 2**30)
    os.mkfifo(pipe)
    for path, said in {huge: "larger than 4 GiB", pipe: "no such file"}.items():
        with pytest.raises(InputError, match=f"{path}: {said}"):
            WHOLE[reader](path)


def test_what_does_not_fit_into_memory_is_told(tmp_path, monkeypatch):
    def refuse(*_):
        raise MemoryError

    write_json(tmp_path / "a.json", 1)
    monkeypatch.setattr(json, "loads", refuse)
    told(read_json, tmp_path / "a.json")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(InputError, match="does not fit into memory"):
        read_json(tmp_path / "a.json")
