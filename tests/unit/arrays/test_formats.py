"""The HDF5 formats: whole or absent, the same bytes every time, clear about what is wrong."""

import re

import h5py
import numpy as np
import pytest
import torch

from rnnfv import InputError, Sequences, load_sequences, write_sequences
from rnnfv.arrays.checks import check_rows, peaks_of, real_matrix
from rnnfv.arrays.conversion import as_sequences
from rnnfv.arrays.hdf5 import create_h5
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.provenance import config_hash, provenance, weights_label
from rnnfv.arrays.sequences import open_sequences
from rnnfv.arrays.vectors import open_vectors, write_vectors
from rnnfv.arrays.writing import atomic_path
from rnnfv.features.media.frames import iterate_frames, write_frames
from rnnfv.reduction.pca import StreamedPCA


def items(rng):
    lengths = {"clip/ä 1": 3, "b": 1, "c": 70_000}
    return [(name, rng.normal(size=(length, 4))) for name, length in lengths.items()]


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
        assert file.attrs["seed"] == 3 and "version_torch" in file.attrs
        assert "weights" not in file.attrs


def test_config_hash_knows_content_not_order():
    one, same = config_hash({"a": 1, "b": 2}), config_hash({"b": 2, "a": 1})
    assert one == same != config_hash({"a": 1, "b": 3})


def test_a_failed_write_leaves_nothing_and_keeps_what_was_there(tmp_path):
    (tmp_path / "x.h5").write_text("old")
    with pytest.raises(KeyError), create_h5(tmp_path / "x.h5"):
        raise KeyError
    with pytest.raises(ValueError, match="2 ids but 1 rows"):
        write_vectors(tmp_path / "x.h5", ["a", "b"], iter([np.ones((1, 3))]), 3)
    with pytest.raises(ValueError, match=r"'a' has shape"):
        write_sequences(tmp_path / "x.h5", [("a", np.ones((2, 3)))], 4)
    [left] = tmp_path.iterdir()
    assert left.name == "x.h5" and left.read_text() == "old"
    with atomic_path(tmp_path / "new" / "y") as path:
        path.write_text("1")
    assert (tmp_path / "new" / "y").read_text() == "1"


def test_frames_round_trip_with_several_sizes(rng, tmp_path, monkeypatch):
    monkeypatch.setattr("rnnfv.features.media.frames.BUFFER_BYTES", 100)
    videos = [
        ("a", rng.integers(0, 255, (3, 8, 6, 3), dtype=np.uint8)),
        ("b", rng.integers(0, 255, (1, 4, 9, 3), dtype=np.uint8)),
    ]
    with write_frames(tmp_path / "f.h5") as writer:
        for frame in videos[0][1]:
            writer.add(frame)
        writer.finish("a")
        writer.add(255 - videos[1][1][0])
        writer.discard()
        for frame in videos[1][1]:
            writer.add(frame)
        writer.finish("b")
    pairs = zip(videos, iterate_frames(tmp_path / "f.h5"), strict=True)
    for (name, frames), (name2, stored) in pairs:
        assert name == name2 and stored.shape == frames.shape
        np.testing.assert_array_equal(frames, stored[:])
        np.testing.assert_array_equal(frames[-1], stored[-1])
        np.testing.assert_array_equal(frames[1:], stored[1:])
        with pytest.raises(IndexError):
            stored[len(frames)]
    with write_frames(tmp_path / "none.h5"):
        pass
    assert list(iterate_frames(tmp_path / "none.h5")) == []


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


ABSURD = [
    (1e38, r"too-large: 1e\+38 at element 2, which overflows"),
    (-3e15, r"too-large: 3e\+15 at element 2, which overflows"),
    (1e9, r"too-large: 1e\+09 at element 2, .* times what is typical"),
    (1e5, r"too-large: 1e\+05 at element 2, .* times what is typical"),
    (np.nan, "not-finite: NaN or infinity at element 2"),
]


@pytest.mark.parametrize(("value", "flaw"), ABSURD)
def test_numbers_that_cannot_be_meant_are_named(rng, value, flaw):
    arrays = [rng.normal(size=(5, 4)).astype(np.float32) for _ in range(9)]
    arrays[4][2, 1] = value
    with pytest.raises(InputError, match="sequence '4' holds"):
        as_sequences(arrays)
    values, offsets = np.concatenate(arrays), np.arange(10) * 5
    found = Sequences(list("abcdefghi"), offsets, values).flaws()
    assert list(found) == [4] and re.match(flaw, found[4]), found


def test_items_that_vanish_are_named_and_small_numbers_are_not(rng):
    arrays = [rng.normal(size=(5, 4)) for _ in range(9)]
    arrays[1][:], arrays[3][:], arrays[5][:3] = 0, 1e-30, 0
    arrays[7][2, 1] = 1e-300
    values, offsets = np.concatenate(arrays), np.arange(10) * 5
    found = Sequences(list("abcdefghi"), offsets, values).flaws()
    codes = {i: flaw.split(":")[0] for i, flaw in found.items()}
    assert codes == {1: "zero", 3: "too-small"}
    everywhere = Sequences(list("abcdefghi"), offsets, values * 1e-20).flaws()
    assert set(everywhere) == set(range(9))
    large = rng.normal(size=(45, 4)) * 10.0 ** rng.integers(-3, 3, (45, 1))  # as spectra are
    assert Sequences(list("abcdefghi"), offsets, large * 1e10).flaws() == {}
    assert Sequences([], np.array([0]), np.empty((0, 4))).flaws() == {}


def test_rows_that_cannot_be_squared_are_named_and_zeros_may_be():
    X = np.zeros((5, 3), np.float32)
    check_rows(X, "row")
    check_rows(np.array([[1, 2]], np.uint64), "row")  # whose negative wraps
    assert peaks_of(np.array([[1, 2]], np.uint8)).tolist() == [2]
    assert peaks_of(np.array([[-128, 2]], np.int8)).tolist() == [128]
    X[3, 1] = 1e38
    with pytest.raises(InputError, match=r"row 13 of X holds 1e\+38, which overflows"):
        check_rows(X, "row", " of X", 10)
    with pytest.raises(InputError, match="word vector 3 holds"):
        real_matrix(X, "word vector")
    with pytest.raises(InputError, match="row 3 of the data"):
        StreamedPCA(1).fit(X)


def test_rows_get_unit_length_also_where_squares_vanish_or_overflow():
    for scale in (1, 1e-30, 1e25):
        X = np.array([[3, 4], [0, 0]], np.float32) * np.float32(scale)
        np.testing.assert_allclose(l2_normalize(X), [[0.6, 0.8], [0, 0]], rtol=1e-6)
    half = np.full((1, 4096), 1e-3, np.float16)  # whose squares, 1e-6, it holds to one digit
    assert np.linalg.norm(l2_normalize(half)) == pytest.approx(1, rel=1e-5)


def test_what_the_type_cannot_hold_is_not_stored(tmp_path):
    with pytest.raises(InputError, match="'a' holds 70000, and float16 ends at 65504"):
        write_sequences(tmp_path / "x.h5", [("a", np.full((2, 3), 7e4))], 3, np.float16)
    with pytest.raises(InputError, match="'a' holds nothing above 1e-08, and float16 begins at"):
        write_sequences(tmp_path / "x.h5", [("a", np.full((2, 3), 1e-8))], 3, np.float16)


def test_features_of_others_with_one_absurd_number(real_data):
    folder = real_data / "cases" / "sequences"
    with open_sequences(folder / "good.h5") as sequences:
        assert sequences.flaws() == {}
    with open_sequences(folder / "onehuge.h5") as sequences:
        [flaw] = sequences.flaws().values()
    assert flaw.startswith("too-large: 1e+38 at element")


def replace(name, **content):
    """A change of a file: another data set, or a group, of this name."""

    def change(file):
        del file[name]
        if content:
            file.create_dataset(name, **content)
        else:
            file.create_group(name)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.pop("offsets"), "data set offsets missing"),
        (replace("offsets", data=[0, 5, 3, 70_004]), "offsets decrease after"),
        (replace("offsets", data=[0, 3, 4, 9]), "do not fit"),
        (replace("ids", data=[b"a", b"c", b"c"]), "id 'c' occurs more than once"),
        (replace("values"), "values should be a matrix of real numbers; it is a group"),
        (replace("ids"), "ids should be a list of text; it is a group"),
        (replace("values", data=np.zeros(4)), "values should be a matrix .* of shape"),
        (replace("values", data=np.zeros((4, 4, 1))), "values should be a matrix"),
        (replace("values", data=np.zeros((70_004, 0))), "values should be a matrix"),
        (replace("values", data=np.zeros((70_004, 4), complex)), "not complex128"),
        (replace("values", data=np.full((70_004, 4), b"1")), "values should be a matrix"),
        (replace("offsets", data=np.array([0.0, 3, 4, 70_004])), "offsets should be a list"),
        (replace("offsets", data=np.array([[0, 3, 4, 70_004]])), "offsets should be a list"),
        (replace("offsets", data=5), r"offsets should be a list .* of shape \(\)"),
        (replace("ids", data=np.arange(3)), "ids should be a list of text"),
        (replace("ids", data=[[b"a", b"b", b"c"]]), "ids should be a list of text"),
        (replace("ids", data=[b"a", b"\xff", b"c"]), r"ids\[1\], .*, is not UTF-8"),
        (replace("ids", data=[b"a", b"", b"c"]), r"ids\[1\] is empty"),
        (lambda f: (f.pop("ids"), f.update(ids=h5py.SoftLink("/gone"))), "ids cannot be opened"),
    ],
)
def test_the_structure_of_files_is_checked(rng, tmp_path, change, message):
    write_sequences(tmp_path / "s.h5", iter(items(rng)), 4)
    with h5py.File(tmp_path / "s.h5", "a") as file:
        change(file)
    with pytest.raises(InputError, match=message) as error:
        load_sequences(tmp_path / "s.h5")
    assert "s.h5" in str(error.value)


def virtual(file):
    layout = h5py.VirtualLayout((70_004, 4), "f4")
    layout[:] = h5py.VirtualSource("absent.h5", "values", layout.shape)
    file.create_virtual_dataset("values", layout, fillvalue=1.5)


def outside(file):
    with h5py.File(f"{file.filename}.other", "w") as other:
        other["values"] = np.ones((70_004, 4))
    file["values"] = h5py.ExternalLink(f"{file.filename}.other", "values")


def raw(file):
    name = f"{file.filename}.raw"
    file.create_dataset("values", (70_004, 4), "f4", external=[(name, 0, 70_004 * 16)])


def never_written(file):
    file.create_dataset("values", (70_004, 4), "f4")


def cut_short(file):
    values = file.create_dataset("values", (70_004, 4), "f4", chunks=(1000, 4), compression="gzip")
    values[:69_000] = 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (virtual, "values lies in other files"),
        (outside, "values lies in other files"),
        (raw, "values lies in other files"),
        (never_written, "values was not written to its end"),
        (cut_short, "values was not written to its end"),
    ],
)
def test_numbers_that_are_not_in_the_file(rng, tmp_path, make, message):
    """HDF5 gives its fill value for them, without a word."""
    path = tmp_path / "s.h5"
    write_sequences(path, iter(items(rng)), 4)
    with h5py.File(path, "a") as file:
        del file["values"]
        make(file)
    with pytest.raises(InputError, match=rf"s\.h5: {message}"):
        load_sequences(path)


def test_damage_that_shows_when_values_are_read(tmp_path):
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["ids"], file["offsets"] = [b"a"], [0, 900]
        zeros = np.zeros((900, 8), np.float32)
        place = file.create_dataset("values", data=zeros, compression="gzip", fletcher32=True)
        place = place.id.get_chunk_info(0).byte_offset
    content = bytearray((tmp_path / "s.h5").read_bytes())
    content[place + 2] ^= 0xFF
    (tmp_path / "s.h5").write_bytes(content)
    with pytest.raises(InputError, match=r"s\.h5: damaged, or its compression is not installed"):
        load_sequences(tmp_path / "s.h5")


def test_ids_have_one_form_of_unicode(tmp_path):
    write_sequences(tmp_path / "s.h5", [("cafe\u0301", np.ones((1, 2)))], 2)
    assert load_sequences(tmp_path / "s.h5").ids == ["caf\u00e9"]


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


TWO = np.ones((2, 2))


@pytest.mark.parametrize(
    ("items", "dim", "said"),
    [
        ([("a", TWO), ("a", TWO)], 2, "id 'a' occurs twice"),
        ([(3, TWO)], 2, "id 3 is no text"),
        ([(None, TWO)], 2, "id None is no text"),
        ([("a", TWO)], 3, r"'a' has shape \(2, 2\), expected \(T, 3\)"),
        ([("a", [[1, 2], [3]])], 2, "'a' is ragged"),
        ([("a", torch.ones(2, 2, requires_grad=True))], 2, "'a' is a tensor that requires grad"),
        ([("a", [["x", "y"]])], 2, "'a' holds <U1"),
        ([("a", TWO * 1j)], 2, "'a' holds complex128"),
        ([("a", np.ones((2, 0)))], 0, "dim is 0"),
        ([("a", TWO)], "2", "dim is '2'"),
        ([("a", TWO)], 10**30, "dim is 1000"),
        ({"a": TWO}, 2, "expected pairs .*, got dict"),
        (["ab"], 2, "expected pairs .*, got str among them"),
        ([("a", TWO, 1)], 2, "got tuple among them"),
        ([("a\0", TWO)], 2, r"id 'a\\x00' holds a sign that no file can keep"),
        ([("\ud800", TWO)], 2, "holds a sign that no file can keep"),
    ],
)
def test_sequences_that_could_not_be_read_again_are_not_written(tmp_path, items, dim, said):
    with pytest.raises(InputError, match=said):
        write_sequences(tmp_path / "s.h5", items, dim)


@pytest.mark.parametrize(
    ("path", "options", "said"),
    [
        ("s.h5", {"dtype": int}, "dtype is <class 'int'>; it is a floating-point type"),
        ("s.h5", {"dtype": "x"}, "dtype is 'x'"),
        ("s.h5", {"attributes": {"a": None}}, "attributes {'a': None} cannot be stored"),
        ("s.h5", {"attributes": {1: "a"}}, "attributes {1: 'a'} cannot be stored"),
        ("a\0b", {}, "is no name for a file"),
        ("", {}, "is no name for a file"),
    ],
)
def test_types_attributes_and_names_that_no_file_can_have(tmp_path, path, options, said):
    target = tmp_path / path if path else ""
    with pytest.raises(InputError, match=said):
        write_sequences(target, [("a", TWO)], 2, **options)
    assert not list(tmp_path.iterdir())


def test_lists_are_sequences_too(tmp_path):
    assert write_sequences(tmp_path / "s.h5", [("a", [[1, 2], [3, 4]])], np.int64(2)) == 1
    np.testing.assert_array_equal(load_sequences(tmp_path / "s.h5")[0], [[1, 2], [3, 4]])


def test_a_flipped_bit_is_an_error_where_it_is_read(tmp_path, rng):
    whole = tmp_path / "whole.h5"
    write_sequences(whole, [("a", rng.normal(size=(90, 7)))], 7)
    content, flipped = whole.read_bytes(), tmp_path / "flipped.h5"
    values = load_sequences(whole).values
    place = content.index(values.tobytes()[:64])
    flipped.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    with pytest.raises(InputError, match=r"flipped\.h5: damaged"):
        load_sequences(flipped)


def test_every_array_has_checksums_and_anything_can_be_stored(tmp_path):
    arrays = {
        "rows": np.zeros((3000, 500), np.float32),
        "texts": np.array([b"a", b"bcd"]),
        "empty": np.zeros((0, 5)),
        "without columns": np.zeros((4, 0)),
        "number": np.array(3.5),
        "words": [b"a", b"bcd"],
    }
    with create_h5(tmp_path / "x.h5") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array)
    with h5py.File(tmp_path / "x.h5") as file:
        for name, array in arrays.items():
            np.testing.assert_array_equal(file[name][()], array)
        assert [name for name in file if file[name].fletcher32] == ["rows", "texts"]
        assert file["rows"].chunks == (524, 500)


def test_an_array_that_is_announced_but_not_there(tmp_path):
    path = tmp_path / "own.h5"
    with h5py.File(path, "w") as file:
        file["ids"], file["offsets"] = [b"a"], [0, 10**9]
        file.create_dataset("values", (10**9, 1000), "f4", chunks=(100, 1000))
    with pytest.raises(InputError, match="values announces 4000000000000 bytes"):
        load_sequences(path)
