"""Representations side by side, for new items: as the table's SVM, kept in a file, told apart."""

import numpy as np
import pytest

from rnnfv import (
    FusedClassifier,
    InputError,
    MeanPooling,
    SequenceClassifier,
    TrajectoryFisherVector,
    VectorClassifier,
    load,
)
from rnnfv.arrays.conversion import as_sequences
from rnnfv.experiments.fusion import classify_fused, side_by_side

TAKES = ["frames", "frames", "tracks"]


@pytest.fixture(scope="module")
def items():
    """70 items of three classes: the frames tell a from others, tracks c; one has no tracks."""
    rng = np.random.default_rng(0)
    labels = np.array(["a", "b", "c"])[np.arange(70) % 3]
    lift = (labels == "a")[:, None, None] * np.ones(3)
    frames = [rng.normal(size=(4, 3)) + 2 * lift[i] for i in range(70)]
    tracks = [rng.random((8, 426)) * (1 + (label == "c")) for label in labels]
    tracks[5] = np.empty((0, 426))
    return {"frames": frames, "tracks": tracks}, labels


@pytest.fixture(scope="module")
def fitted(items):
    X, labels = items
    pooling = MeanPooling().fit(X["frames"])
    vectors = pooling.transform(X["frames"])
    steps = [
        VectorClassifier(pca, alpha).fit(vectors, labels) for pca, alpha in ((2, 0.5), (None, 1))
    ]
    members = [SequenceClassifier.of(pooling, one, element_l2=False) for one in steps]
    codebook = TrajectoryFisherVector(2, max_iter=3, random_state=0).fit(X["tracks"])
    return FusedClassifier.of_members([*members, codebook], TAKES).fit(X, labels)


def test_decisions_are_those_of_one_svm_on_all_vectors(items, fitted):
    X, labels = items
    rows = {"train": np.arange(40), "val": np.arange(40, 60), "test": np.arange(60, 70)}
    views = [member.encode(X["frames"]) for member in fitted.members_[:2]]
    views.append(fitted.members_[2].transform(X["tracks"]).astype(np.float16).astype(np.float32))
    assert not views[2][5].any()
    vectors = side_by_side([(range(70), view) for view in views], range(70))
    assert vectors.shape[1] > 60  # so that the table's SVM sees coordinates
    expected = classify_fused(vectors, labels, rows)
    known = {name: x[:60] for name, x in X.items()}
    few = FusedClassifier.of_members(fitted.members_, TAKES).fit(known, labels[:60])
    new = {"frames": as_sequences(X["frames"][60:]), "tracks": X["tracks"][60:]}
    np.testing.assert_array_equal(few.predict(new), expected)
    assert fitted.score(X, labels) > 0.8
    np.testing.assert_allclose(fitted.encode(X), np.concatenate(views, axis=1), atol=1e-6)


def test_some_items_at_a_time_and_from_a_file(items, fitted, tmp_path, monkeypatch):
    X, _ = items
    whole = fitted.decision_function(X)
    fitted.save(tmp_path / "fused.rnnfv")
    again = load(tmp_path / "fused.rnnfv")
    np.testing.assert_array_equal(again.decision_function(X), whole)
    assert again.dims_ == {"frames": 3, "tracks": 426} and again.tracks_ == {"tracks"}
    monkeypatch.setattr("rnnfv.models.fused_classifier._AT_A_TIME", 9)
    np.testing.assert_allclose(fitted.decision_function(X), whole, atol=1e-5)


def test_inputs_that_do_not_fit(items, fitted):
    X, labels = items
    for given, message in (
        (X["frames"], "a dictionary of frames, tracks; got list"),
        ({"frames": X["frames"]}, "a dictionary of frames, tracks; got frames"),
        (X | {"tracks": X["tracks"][1:]}, r"same items.*'frames': 70, 'tracks': 69"),
        ({"frames": [], "tracks": []}, "one or more"),
    ):
        with pytest.raises(InputError, match=message):
            fitted.predict(given)
    with pytest.raises(InputError, match="70 items need as many labels"):
        fitted.fit(X, labels[1:])
    with pytest.raises(InputError, match="at least two classes"):
        fitted.fit(X, ["a"] * 70)
