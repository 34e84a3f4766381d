"""The HDF5 formats: whole or absent, the same bytes every time, clear about what is wrong."""

import h5py
import numpy as np
import pytest

from rnnfv import InputError, Sequences, load_sequences, write_sequences
from rnnfv.arrays.hdf5 import (
    atomic_path,
    config_hash,
    create_h5,
    open_vectors,
    provenance,
    weights_label,
    write_vectors,
)
from rnnfv.arrays.sequences import as_sequences, open_sequences
from rnnfv.features.media.frames import iterate_frames, write_frames


def items(rng):
    return [
        ("clip/ä 1", rng.normal(size=(3, 4))),
        ("b", rng.normal(size=(1, 4))),
        ("c", rng.normal(size=(70_000, 4))),
    ]


def test_sequences_round_trip(rng, tmp_path):
    arrays = items(rng)
    assert write_sequences(tmp_path / "s.h5", iter(arrays), 4, np.float16) == 3
    loaded = load_sequences(tmp_path / "s.h5")
    assert loaded.ids == ["clip/ä 1", "b", "c"] and loaded.values.dtype == np.float16
    for (_, x), y in zip(arrays, loaded, strict=True):
        np.testing.assert_allclose(x, y, atol=2e-3)
    with open_sequences(tmp_path / "s.h5") as stored:
        assert isinstance(stored.values, h5py.Dataset)
        np.testing.assert_array_equal(stored[-1], loaded[2])
        parts = [values for _, _, values in stored.blocks(10_000)]
    np.testing.assert_array_equal(np.concatenate(parts), loaded.values.astype(np.float32))
    chosen = loaded.select([2, 0])
    assert chosen.ids == ["c", "clip/ä 1"] and chosen.lengths.tolist() == [70_000, 3]
    np.testing.assert_array_equal(chosen[1], loaded[0])


def test_the_same_content_gives_the_same_bytes(rng, tmp_path):
    arrays, made_by = items(rng), provenance({"b": 1, "a": [2]}, ["torch"], seed=3, weights=None)
    for name in ("1.h5", "2.h5"):
        write_sequences(tmp_path / name, iter(arrays), 4, attributes=made_by)
        write_vectors(tmp_path / f"v{name}", ["x", "y"], iter([np.ones((2, 3))]), 3, made_by)
    assert (tmp_path / "1.h5").read_bytes() == (tmp_path / "2.h5").read_bytes()
    assert (tmp_path / "v1.h5").read_bytes() == (tmp_path / "v2.h5").read_bytes()
    with h5py.File(tmp_path / "1.h5") as file:
        assert (
            file.attrs["seed"] == 3
            and "version_torch" in file.attrs
            and "weights" not in file.attrs
        )


def test_config_hash_knows_content_not_order():
    assert (
        config_hash({"a": 1, "b": 2})
        == config_hash({"b": 2, "a": 1})
        != config_hash({"a": 1, "b": 3})
    )


def test_a_failed_write_leaves_nothing_and_keeps_what_was_there(tmp_path):
    (tmp_path / "x.h5").write_text("old")
    with pytest.raises(KeyError), create_h5(tmp_path / "x.h5"):
        raise KeyError
    with pytest.raises(ValueError, match="2 ids but 1 rows"):
        write_vectors(tmp_path / "x.h5", ["a", "b"], iter([np.ones((1, 3))]), 3)
    with pytest.raises(ValueError, match=r"'a' has shape"):
        write_sequences(tmp_path / "x.h5", [("a", np.ones((2, 3)))], 4)
    assert [p.name for p in tmp_path.iterdir()] == ["x.h5"] and (
        tmp_path / "x.h5"
    ).read_text() == "old"
    with atomic_path(tmp_path / "new" / "y") as path:
        path.write_text("1")
    assert (tmp_path / "new" / "y").read_text() == "1"


def test_frames_round_trip_with_several_sizes(rng, tmp_path):
    videos = [
        ("a", rng.integers(0, 255, (3, 8, 6, 3), dtype=np.uint8)),
        ("b", rng.integers(0, 255, (1, 4, 9, 3), dtype=np.uint8)),
    ]
    with write_frames(tmp_path / "f.h5") as writer:
        for name, frames in videos:
            for frame in frames:
                writer.add(frame)
            writer.add(frames[0]) if name == "b" else writer.finish(name)
        writer.discard()
        for frame in videos[1][1]:
            writer.add(frame)
        writer.finish("b")
    for (name, frames), (name2, stored) in zip(
        videos, iterate_frames(tmp_path / "f.h5"), strict=True
    ):
        assert name == name2 and stored.shape == frames.shape
        np.testing.assert_array_equal(frames, stored[:])
        np.testing.assert_array_equal(frames[-1], stored[-1])
        np.testing.assert_array_equal(frames[1:], stored[1:])
    with write_frames(tmp_path / "none.h5"):
        pass
    assert list(iterate_frames(tmp_path / "none.h5")) == []
    with pytest.raises(ValueError, match="a frame is"), write_frames(tmp_path / "x.h5") as writer:
        writer.add(np.zeros((8, 6), np.uint8))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.__delitem__("offsets"), "data set offsets missing"),
        (
            lambda f: f["offsets"].write_direct(np.array([0, 5, 3, 70_004])),
            "offsets decrease after",
        ),
        (lambda f: f["offsets"].write_direct(np.array([0, 3, 4, 9])), "do not fit"),
        (lambda f: f["ids"].__setitem__(1, "c"), "id 'c' occurs more than once"),
    ],
)
def test_broken_sequences_files_say_what_is_wrong(rng, tmp_path, change, message):
    write_sequences(tmp_path / "s.h5", iter(items(rng)), 4)
    with h5py.File(tmp_path / "s.h5", "a") as file:
        change(file)
    with pytest.raises(InputError, match=message) as error:
        load_sequences(tmp_path / "s.h5")
    assert "s.h5" in str(error.value)


def test_missing_and_foreign_files(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_sequences(tmp_path / "absent.h5")
    (tmp_path / "text.h5").write_text("hello")
    with pytest.raises(InputError, match="not a readable HDF5 file"):
        load_sequences(tmp_path / "text.h5")


def test_nan_is_found_and_named_in_any_block(rng):
    values = rng.normal(size=(10, 4)).astype(np.float32)
    values[7, 2] = np.inf
    with pytest.raises(InputError, match="sequence 'y' holds NaN or infinity at element 3"):
        Sequences(["x", "y"], np.array([0, 4, 10]), values).validate()


def test_blocks_are_as_full_as_they_may_be():
    """Three sequences of two elements; room for four elements is room for two sequences."""
    sequences = Sequences(list("abc"), np.array([0, 2, 4, 6]), np.zeros((6, 5), np.float32))
    assert [(first, last) for first, last, _ in sequences.blocks(4 * 5 * 4)] == [(0, 2), (2, 3)]
    assert [(first, last) for first, last, _ in sequences.blocks(1)] == [(0, 1), (1, 2), (2, 3)]


def test_as_sequences_takes_integers_but_not_text():
    assert as_sequences([np.array([[1, 2]])]).values.dtype == np.float32
    with pytest.raises(InputError, match="expected real numbers"):
        as_sequences([np.array([["a"]])])


def test_weights_label_of_own_files(tmp_path):
    for name, attributes, label in [
        ("a.h5", {"weights": "W", "network": "N"}, "W"),
        ("b.h5", {"network": "N"}, "N"),
        ("c.h5", {}, "own file c.h5"),
    ]:
        write_vectors(tmp_path / name, ["x"], iter([np.ones((1, 2))]), 2, attributes)
        assert weights_label(tmp_path / name) == label
    with open_vectors(tmp_path / "a.h5") as (ids, values, attributes):
        assert ids == ["x"] and values.shape == (1, 2) and attributes["network"] == "N"


def test_real_files_are_read(real_data):
    sequences = load_sequences(real_data / "jhmdb" / "frame_features.h5")
    assert (len(sequences), sequences.dim, sequences.values.dtype) == (928, 1280, np.float16)
    assert sequences.offsets[-1] == 31_838
    with open_vectors(real_data / "flickr8k" / "image_features.h5") as (ids, values, _):
        assert len(ids) == len(values) == 7000
