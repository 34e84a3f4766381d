"""Files of models: everything comes back, the same bytes, and every kind of damage is named."""

import json
import pickle

import h5py
import numpy as np
import pytest

import rnnfv
from rnnfv import InputError, load
from rnnfv.arrays import bundles
from rnnfv.arrays.bundles import Bundle, is_bundle, read_bundle, read_header, write_bundle
from rnnfv.arrays.saving import Saveable

CONTENT = {
    "none": None,
    "numbers": [1, 2.5, True, float("inf")],
    "pair": (1, "ä"),
    "array": np.arange(6.0).reshape(2, 3),
    "half": np.ones((2, 0), np.float16),
    "words": np.array([["a", "über"], ["", "c\0d"]]),
    "map": {"a/b": np.arange(3), ".": {"deep": [np.ones(1, bool)]}},
    "inner": Bundle("Other", {"x": np.int64(3)}),
}


def same(a, b):
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, Bundle):
        return a.kind == b.kind and same(a.content, b.content)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and all(map(same, a, b))
    return a == b


@pytest.fixture
def path(tmp_path):
    write_bundle(tmp_path / "model.rnnfv", Bundle("Some", CONTENT), {"seed": 1})
    return tmp_path / "model.rnnfv"


def test_everything_comes_back(path):
    found = read_bundle(path)
    assert found.kind == "Some" and same(CONTENT, found.content)
    header = read_header(path)
    assert header["made_by"] == {"seed": 1} and header["libraries"]["rnnfv"].startswith("0.")
    assert is_bundle(path)
    with h5py.File(path) as file:  # an HDF5 file like any other
        np.testing.assert_array_equal(file["arrays/map/a%2Fb"], np.arange(3))


def test_the_same_content_gives_the_same_bytes(path, tmp_path):
    again = dict(reversed(CONTENT.items()))
    write_bundle(tmp_path / "other", Bundle("Some", again), {"seed": 1})
    assert path.read_bytes() == (tmp_path / "other").read_bytes()


def test_every_flipped_bit_and_every_cut_is_found(path):
    whole = path.read_bytes()
    for place in range(0, len(whole), 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(InputError, match=r"model\.rnnfv: (damaged|not a model)"):
            read_bundle(path)
    for length in (0, 5, 100, 512, 600, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"model\.rnnfv: (damaged|not a model)"):
            load(path)


@pytest.mark.parametrize("content", [b"", b"hello", pickle.dumps({"a": 1}), b"\x89HDF\r\n\x1a\n"])
def test_foreign_files_are_named(tmp_path, content):
    (tmp_path / "foreign").write_bytes(content)
    assert not is_bundle(tmp_path / "foreign")
    with pytest.raises(InputError, match="foreign: not a model of rnnfv"):
        load(tmp_path / "foreign")


def test_absent_files_and_folders_are_named(tmp_path):
    with pytest.raises(InputError, match="absent: cannot be read"):
        load(tmp_path / "absent")
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path)


def sealed(path, change):
    """The file after a change to its HDF5 content, with the checksum made right again."""
    with h5py.File(path, "r+") as file:
        change(file)
    with open(path, "r+b") as raw:
        preamble = bundles._preamble(raw)
        raw.seek(0)
        raw.write(preamble)


def with_header(**changes):
    def change(file):
        header = json.loads(file["header"][()].tobytes()) | changes
        del file["header"]
        file["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)

    return change


def elsewhere(file):
    with h5py.File(f"{file.filename}.h5", "w") as other:
        other["array"] = np.arange(3.0)
    del file["arrays/array"]
    file["arrays/array"] = h5py.ExternalLink(f"{file.filename}.h5", "array")


def outside(file):
    del file["arrays/array"]
    file.create_dataset("arrays/array", (4,), "u1", external=[("other", 0, 4)])


def huge(file):
    del file["arrays/array"]
    file.create_dataset("arrays/array", (2**40,), "f8", chunks=(2**20,))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_header(version=2), "newer rnnfv"),
        (with_header(kind="os.system"), "not a model that this version.*kind os.system"),
        (with_header(kind="extract_tracks"), "not a model that this version"),
        (with_header(kind="PowerNormalizer", content={}), "not a model.*parameters"),
        (with_header(content={"x": {"array": "absent"}}), "not a complete model"),
        (with_header(content={"x": {"unknown": 1}}), "not a complete model"),
        (with_header(version="x"), "not a complete model"),
        (elsewhere, "not a complete model"),
        (outside, "not a complete model"),
        (huge, "not a complete model"),
        (lambda file: file.pop("header"), "not a complete model"),
    ],
)
def test_a_right_checksum_is_not_enough(path, change, message):
    sealed(path, change)
    with pytest.raises(InputError, match=rf"model\.rnnfv: .*{message}"):
        load(path)


@pytest.mark.parametrize("value", [object(), {1: 2}, np.array([1, "a"], object), 1j])
def test_what_cannot_be_kept_is_named_and_leaves_no_file(tmp_path, value):
    with pytest.raises(InputError, match=r"there/0 is a .*cannot hold"):
        write_bundle(tmp_path / "x", Bundle("X", {"there": [value]}))
    assert not list(tmp_path.iterdir())


def fitted_estimators(rng):
    x = [rng.normal(size=(n, 4)).cumsum(axis=0) for n in (3, 9, 5, 1, 7, 4)]
    X = rng.normal(size=(12, 5))
    generator = np.random.RandomState(0)
    small = {"n_fc": 3, "n_lstm": 2, "epochs": 2, "device": "cpu", "random_state": generator}
    yield rnnfv.RNNFisherVector(**small).fit(x), x
    yield rnnfv.RNNFisherVector(**small | {"n_fc": 0, "scale": "unit"}).fit(x), x
    yield rnnfv.GMMFisherVector(2, random_state=0).fit(x), x
    yield rnnfv.HGLMMFisherVector(2, n_iter=2, random_state=0).fit(x), x
    yield rnnfv.LMMFisherVector(2, n_iter=2, random_state=0).fit(x), x
    yield rnnfv.MeanPooling().fit(x), x
    yield rnnfv.StreamedPCA(3).fit(X), X
    yield rnnfv.PowerNormalizer(0.3, l2=False).fit(X), X
    yield rnnfv.RegularizedCCA(2, eta=0.1).fit(X, X[:, ::-1] ** 2), X
    yield rnnfv.WordICA(2).fit(X), X
    tracks = [rng.random((40, 426)) for _ in range(3)]
    yield rnnfv.TrajectoryFisherVector(2, max_iter=2, random_state=0).fit(tracks), tracks


def test_estimators_come_back(rng, tmp_path):
    for estimator, x in fitted_estimators(rng):
        path = tmp_path / f"{type(estimator).__name__}.rnnfv"
        estimator.save(path, {"data": "random"})
        found = load(path)
        assert type(found) is type(estimator) and found.n_features_in_ == estimator.n_features_in_
        np.testing.assert_array_equal(found.transform(x), estimator.transform(x))
        elsewhere = {"device": "auto", "random_state": None}  # what counts only where it was fitted
        assert found.get_params() | elsewhere == estimator.get_params() | elsewhere
        first = path.read_bytes()
        found.save(path, {"data": "random"})
        assert path.read_bytes() == first, estimator
        assert read_header(path)["kind"] == type(estimator).__name__
    mixture = rnnfv.HybridMixture(2, n_iter=2, random_state=0).fit(rng.normal(size=(30, 3)))
    mixture.save(tmp_path / "mixture")
    x = rng.normal(size=(5, 3))
    np.testing.assert_array_equal(
        load(tmp_path / "mixture").score_samples(x), mixture.score_samples(x)
    )


def test_every_public_estimator_can_be_kept():
    public = [getattr(rnnfv, name) for name in rnnfv.__all__]
    estimators = [one for one in public if isinstance(one, type) and hasattr(one, "fit")]
    assert len(estimators) >= 10
    assert all(issubclass(one, Saveable) for one in estimators)


def test_an_estimator_of_ones_own_is_refused_when_it_is_saved(tmp_path):
    class Mine(rnnfv.MeanPooling):
        pass

    with pytest.raises(InputError, match="Mine is no class of rnnfv"):
        Mine().fit([np.ones((2, 3))]).save(tmp_path / "x")
