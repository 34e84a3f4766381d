"""Leaks between the parts of a split are found, and labels that nobody trained on."""

import os

import numpy as np
import pandas as pd
import pytest

from rnnfv import InputError
from rnnfv.arrays.conversion import Sequences, as_sequences
from rnnfv.arrays.sequences import write_sequences
from rnnfv.data.copies import as_single_elements, repeated, shared_runs, windows_of
from rnnfv.data.labels import alike, label_facts, unknown_labels
from rnnfv.data.leaks import (
    Material,
    apply_leak_policy,
    other_units,
    parts_of,
    shared_content,
    shared_files,
    shared_groups,
)
from rnnfv.data.manifests.table import read_manifest

PARTS = {"a": "train", "b": "test", "c": "val", "d": "test"}


def manifest(*rows):
    return pd.DataFrame([row.split() for row in rows], columns=["id", "label", "group", "split1"])


def test_test_groups_that_are_training_groups():
    shared = manifest(
        "a run g train", "b run g test", "c sit h test", "d run k val", "e run k test"
    )
    found = shared_groups(shared, "split1")
    assert found == "2 of 3 test groups are training or validation groups: 'g', 'k'"
    only = shared_groups(manifest("a run g val", "b run g test"), "split1")
    assert only == "1 of 1 test groups are validation groups: 'g'"
    assert shared_groups(manifest("a run g train", "b sit g test"), "split1") is None
    assert shared_groups(manifest("a run g unused", "b run g test"), "split1") is None
    assert "'g'" in shared_groups(manifest("a Run_1 g train", "b run1 g test"), "split1")
    for one, other in (("1", "1.0"), ("007", "7")):
        spelt = manifest(f"a run {one} train", f"b run {other} test", "c run h test")
        assert shared_groups(spelt, "split1").startswith("1 of 2 test groups are training groups")
    assert parts_of(manifest("a run g unused", "b run g test"), "split1") == {"b": "test"}


def test_groups_of_others(real_data):
    leak = read_manifest(real_data / "cases" / "sequences" / "leak.csv")
    assert shared_groups(leak, "split1").startswith("10 of 10 test groups")
    sound = read_manifest(real_data / "jhmdb" / "manifest.csv")
    assert shared_groups(sound, "split1") is None


@pytest.fixture
def folder(tmp_path):
    for i, name in enumerate(PARTS):
        (tmp_path / name).write_bytes(bytes([i]) * 100_000)
    return tmp_path


@pytest.mark.parametrize("way", ["./b", "x/../b", "symlink", "hard link", "copy"])
def test_one_file_under_two_names(folder, way):
    paths = {name: folder / name for name in PARTS}
    assert shared_files(PARTS, paths) is None
    (folder / "x").mkdir()
    paths["a"] = folder / "other"
    if way == "symlink":
        paths["a"].symlink_to("b")
    elif way == "hard link":
        os.link(folder / "b", paths["a"])
    elif way == "copy":
        paths["a"].write_bytes((folder / "b").read_bytes())
    else:
        paths["a"] = folder / way
    found = shared_files(PARTS, paths)
    assert found == "1 times one file, or copies of one in train and test: 'a (train) = b (test)'"
    assert shared_files(PARTS | {"a": "test"}, paths) is None  # both in one part
    (folder / "b").unlink()  # also before the files are there
    if way.endswith("b"):
        assert "a (train) = b (test)" in shared_files(PARTS, paths)


def test_few_files_are_read(folder, monkeypatch):
    """Only those of one size, in different parts, that begin alike are read to their end."""
    read = []
    monkeypatch.setattr("rnnfv.data.leaks.file_sha256", lambda path: read.append(path.name))
    shared_files(PARTS, {name: folder / name for name in PARTS})
    assert read == []
    content = bytearray((folder / "b").read_bytes())
    content[-1] ^= 1
    (folder / "c").write_bytes(content)
    shared_files(PARTS, {name: folder / name for name in PARTS})
    assert sorted(read) == ["b", "c"]


def test_features_that_are_copies(rng):
    arrays = [rng.normal(size=(5, 3)) for _ in range(4)]
    sequences = as_sequences(arrays)
    parts = dict(zip(sequences.ids, PARTS.values(), strict=True))
    assert shared_content(parts, windows_of(sequences)) is None
    copied = as_sequences([arrays[0], arrays[0], *arrays[2:]])
    assert "0 (train) = 1 (test)" in shared_content(parts, windows_of(copied))
    assert shared_content({"1": "test", "3": "test"}, windows_of(copied)) is None
    zeros = Sequences(list("0123"), sequences.offsets, np.zeros((20, 3)))
    assert shared_content(parts, windows_of(zeros)) is None
    vectors = np.array([[1, 2], [1, 2], [3, 4], [5, 6]])
    digests = windows_of(as_single_elements(list("0123"), vectors))
    assert "the same features in train and test" in shared_content(parts, digests)
    assert "in train and val:" in shared_content(parts | {"1": "val"}, digests)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_copies_that_are_scaled_or_still(rng, dtype):
    """Elements get unit length later, so these are copies as well."""
    base = rng.normal(size=(50, 8)).astype(dtype)
    base[3, 4] = 0
    negative = base.copy()
    negative[3, 4] = -0.0

    def told(copy):
        windows = windows_of(as_sequences([base, copy]))
        parts = {"0": "train", "1": "test"}
        return bool(shared_content(parts, windows)), bool(shared_runs(parts, windows))

    for copy in (base * dtype(3), base * dtype(1e-3), base / dtype(7), negative):
        assert any(told(copy))
    turned = base.copy()
    turned[[10, 11]] = base[[11, 10]]
    for other in (base[::-1], -base, base + dtype(0.01), base[:, ::-1], base[30:] + base[:20]):
        assert told(other) == (False, False)
    for part in (base[:-1], base[20:], turned, np.concatenate([base[:30], -base[:9]])):
        assert told(part) == (False, True)
    still = windows_of(as_sequences([np.full((4, 3), 7), np.full((9, 3), 2)]))
    assert still["0"] == still["1"] and len(still["0"]) == 1
    flawed = as_single_elements(list("ab"), np.full((2, 3), np.nan))
    assert windows_of(flawed) == {}


def test_runs_of_few_symbols_are_no_copies(rng):
    for symbols, length in ((2, 200), (4, 50), (20, 30)):
        items = [np.eye(symbols)[rng.integers(symbols, size=length)] for _ in range(60)]
        parts = {str(i): "test" if i % 3 else "train" for i in range(60)}
        assert shared_runs(parts, windows_of(as_sequences(items))) is None
    assert shared_runs({}, {}) is None


@pytest.mark.parametrize("constant", [(101_325, 293, 0), (5e5, 5.8e6, 100), (1.7e9, 0, 0)])
def test_a_large_constant_part_makes_no_copies(rng, constant):
    """Air pressure, coordinates on a map, seconds since 1970: what varies beside them counts."""
    items = [constant + rng.normal(size=(30, 3)).cumsum(axis=0) for _ in range(12)]
    parts = {str(i): "test" if i % 2 else "train" for i in range(12)}
    assert shared_content(parts, windows_of(as_sequences(items))) is None
    assert shared_runs(parts, windows_of(as_sequences(items))) is None
    windows = windows_of(as_sequences([*items[:11], items[0].copy()]))
    assert "0 (train) = 11 (test)" in shared_content(parts, windows)


def test_parts_of_another_unit(rng, tmp_path):
    parts = {str(i): ("train", "val", "test")[i % 3] for i in range(12)}
    sizes = {name: 1000.0 if part == "test" else 1.0 for name, part in parts.items()}
    said = "test items are about 1,000 times as large as training items: is it one unit?"
    assert other_units(parts, sizes) == [said]
    assert other_units(parts, dict.fromkeys(parts, 1.0) | {"2": 50.0}) == []
    assert other_units({}, sizes) == []
    table = pd.DataFrame({"id": list(parts), "label": "run", "group": list(parts)})
    table.assign(split1=list(parts.values())).to_csv(tmp_path / "m.csv", index=False)
    items = [(name, size * rng.normal(size=(9, 2))) for name, size in sizes.items()]
    write_sequences(tmp_path / "s.h5", items, 2)
    [oddity] = Material.read(tmp_path / "m.csv", None, [tmp_path / "s.h5"]).oddities("split1")
    assert oddity.startswith("split1: test items are about 1,000 times as large as")


def test_parts_whose_items_are_the_same(rng):
    test = [np.full((4 + i, 3), 7) for i in range(5)]
    sequences = as_sequences([*rng.normal(size=(5, 4, 3)), *test])
    digests = windows_of(sequences)
    parts = {name: "train" if int(name) < 5 else "test" for name in sequences.ids}
    assert shared_content(parts, digests) is None
    [said] = repeated(parts, digests)
    assert said.startswith("5 of 5 test items have the features of another one: '5', '6', '7' and")
    assert repeated(dict.fromkeys(sequences.ids, "train") | {"9": "val"}, digests) == [
        "4 of 9 training items have the features of another one: '5', '6', '7' and 1 more"
    ]
    assert repeated(dict.fromkeys("01234", "test"), digests) == []
    many = dict(enumerate(np.arange(20))) | {20: np.array(0)}
    assert repeated(dict.fromkeys(many, "test"), many) == []  # a pair among many is no sign


def test_a_leak_stops_or_is_said():
    with pytest.raises(
        InputError, match=r"split overlap:\n  x\n.*the splits, or set on_leak: note"
    ):
        apply_leak_policy(["x"], "fail", "mine")
    with pytest.raises(InputError, match="Remove the copy or set `group`, or"):
        apply_leak_policy(["x"], "fail", "mine", drawn=True)
    [note] = apply_leak_policy(["x"], "note", "mine")
    assert note == "mine: the parts of a split overlap, so results are too good: x"
    assert apply_leak_policy([], "fail", "mine") == []


def test_labels_that_no_training_item_has():
    labels = np.array(["HandstandPushups", "sit", "HandStandPushups", "new", "new", "old"])
    rows = {"train": np.array([0, 1]), "val": np.array([5]), "test": np.array([2, 3, 4])}
    val, test = unknown_labels(labels, rows)
    assert val.startswith("1 of 1 validation items have a label that no training item has: 'old'")
    assert test == (
        "3 of 3 test items have a label that no training item has: 'HandStandPushups', 'new' "
        "(but for its spelling, 'HandStandPushups' is 'HandstandPushups')"
    )
    assert label_facts(labels, rows) == {"unknown_labels": [val, test]}
    # The final classifier learns from validation items, too.
    later = rows | {"test": np.array([5])}
    assert unknown_labels(labels, later) == [val]
    same = {"train": rows["train"], "val": rows["train"], "test": rows["train"]}
    assert label_facts(labels, same) == {}


def test_labels_that_differ_in_spelling_only():
    assert alike(["Brush_hair", "brush hair", "run", "run", "Sit", "brush-hair"]) == [
        ["Brush_hair", "brush hair", "brush-hair"]
    ]
    for one, other in (("film 7", "film  7"), ("film 7", "film\xa07"), ("g1", "g1\u200b")):
        assert alike([one, other, "g"]) == [sorted([one, other])]
    assert alike(["run", "runs", "1", "-1", "11", "1_1", "1.5", "15", "0"]) == []
    assert alike(["01", "1.0", "1", "2", "1.50"]) == [["01", "1", "1.0"]]


def test_what_a_network_of_another_data_set_was_trained_on(folder):
    """The network has seen two of our clips: one that we train on, too, and one that we test on."""
    ours = manifest("a run g train", "b run h test", "c sit k val").assign(path=list("abc"))
    theirs = manifest("x run g train", "y run h train", "z run k test").assign(path=list("abc"))
    for name, table in (("ours", ours), ("theirs", theirs)):
        table.to_csv(folder / f"{name}.csv", index=False)
    own = Material.read(folder / "ours.csv", folder, [])
    donor = Material.read(folder / "theirs.csv", folder, [], " of theirs")
    assert own.leaks("split1") == []
    [leak] = own.leaks("split1", [(donor, "split1")])
    assert leak.startswith("split1: 1 times one file, or copies of one in train and test: ")
    assert leak.endswith("'b (test) = y of theirs (train)'")


def test_equal_features_of_what_a_network_was_trained_on(tmp_path, rng):
    values = rng.normal(size=(4, 3, 2))
    for name, ids, rows in (("ours", "ab", [0, 1]), ("theirs", "xy", [1, 2])):
        table = manifest(f"{ids[0]} run g train", f"{ids[1]} run h test")
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        items = zip(ids, values[rows], strict=True)
        write_sequences(tmp_path / f"{name}.h5", items, 2)
    own, donor = (
        Material.read(tmp_path / f"{name}.csv", None, [tmp_path / f"{name}.h5"], suffix)
        for name, suffix in (("ours", ""), ("theirs", " of theirs"))
    )
    assert own.leaks("split1") == []
    assert own.labelling() == []
    labels = own.manifest.assign(label=["run", "sit"])
    same = {name: next(iter(own.windows[0].values())) for name in "ab"}
    [twice] = Material(labels, {}, [same]).labelling()
    assert twice == "1 times the same features, with two labels: 'a (run) = b (sit)'"
    [equal] = own.leaks("split1", [(donor, "split1")])
    assert "the same features in train and test: 'b (test) = x of theirs (train)'" in equal


def test_numbers_apart_are_not_one_name():
    assert alike(["g1-11", "g11-1", "s_1", "S1"]) == [["S1", "s_1"]]
