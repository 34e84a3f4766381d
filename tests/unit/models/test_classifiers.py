"""Sequences in, labels out: the same as the steps of the workflow, and kept in a file."""

import json
import threading
from copy import copy

import numpy as np
import pytest
import torch
from sklearn.base import clone

from rnnfv import InputError, RNNFisherClassifier, SequenceClassifier, Sequences, load
from rnnfv.arrays.conversion import as_sequences
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.evaluation.classifier import train_once
from rnnfv.evaluation.table_poolings import POOLINGS, SplitData
from rnnfv.experiments.classification import classify, grid_of, with_networks
from rnnfv.experiments.epoch_choice import train_on_split
from rnnfv.reduction.pca import StreamedPCA
from rnnfv.rnn.settings import RNNSettings

SMALL = {"n_fc": 6, "n_lstm": 5, "epochs": 3, "batch_size": 8, "device": "cpu", "dropout": 0.2}
global_state = np.random.get_state  # it is looked at, and must not change
PARTS = np.array(["train", "train", "val", "test"])[np.arange(60) // 3 % 4]


@pytest.fixture(scope="module")
def walks():
    """Three classes that differ in order: rising, falling, and up and down."""
    rng = np.random.default_rng(0)
    found = []
    for i in range(60):
        steps = np.sort(rng.normal(size=(5 + i % 4, 1)), axis=0)
        steps = [steps, steps[::-1], np.concatenate([steps[::2], steps[1::2][::-1]])][i % 3]
        found.append(
            (steps * [1, 2, -1, 0.5] + rng.normal(size=(len(steps), 4)) / 9 + 1).astype("f4")
        )
    return found


@pytest.fixture(scope="module")
def labels():
    return np.array(["up", "down", "both"])[np.arange(60) % 3]


@pytest.fixture(scope="module")
def fitted(walks, labels):
    known = PARTS != "test"
    model = RNNFisherClassifier(
        **SMALL, element_pca=3, element_l2=True, pca=(5, 20), random_state=3
    )
    X = [x for x, chosen in zip(walks, known, strict=True) if chosen]
    return model.fit(X, labels[known], validation=PARTS[known] == "val")


def test_predictions_are_those_of_the_workflow(walks, labels, fitted, tmp_path):
    """The steps of reduce_pca, train_rnn and classify on the same split."""
    rows = {part: np.flatnonzero(part == PARTS) for part in ("train", "val", "test")}
    pca = StreamedPCA(3).fit(as_sequences(walks), rows=rows["train"])
    reduced = as_sequences([l2_normalize(pca.transform(x)) for x in walks])
    settings = {"rnn": {"pca": [5, 20], "alpha": [0.5, 1.0]}, "svm": {"C": 1.0}}
    own = {key: value for key, value in SMALL.items() if key != "device"}
    data, grid = SplitData(reduced, labels, rows), grid_of(settings, "rnn")
    path = tmp_path / "network.pt"
    options = [RNNSettings(**own, patience=10)]
    result = train_on_split(data, options, grid, 3, torch.device("cpu"), str(path))
    chosen = {key: value for key, value in result.best.items() if key != "score"}
    (tmp_path / "choice.json").write_text(json.dumps(chosen))
    data = with_networks(data, [3], [path], [tmp_path / "choice.json"])
    measured, table = classify(data, "rnn-fv", settings, [3])
    [run] = measured["seeds"]

    test = [walks[i] for i in rows["test"]]
    assert fitted.predict(test).tolist() == table["predicted"].tolist()
    assert fitted.score(test, labels[rows["test"]]) == run["accuracy"] > 0.6
    assert fitted.validation_accuracy_ == run["val_accuracy"]
    assert fitted.epoch_ == run["chosen"]["epoch"]
    assert {key: fitted.chosen_[key] for key in ("pca", "alpha")} | {"epoch": fitted.epoch_} == run[
        "chosen"
    ]
    assert fitted.curve_ == result.curve

    pooled = POOLINGS["rnn-fv"].pool(data, settings["rnn"], grid, 3)
    found, svm = train_once(pooled.vectors, labels, rows, pooled.choice)
    values = svm.decision_function(found.vectors[rows["test"]])
    np.testing.assert_allclose(fitted.decision_function(test), values, atol=1e-5)


def test_labels_with_scores_and_vectors(walks, fitted):
    values = fitted.decision_function(walks)
    for best, row, label in zip(
        fitted.predict_top(walks, 2), values, fitted.predict(walks), strict=True
    ):
        assert [score for _, score in best] == sorted(row, reverse=True)[:2]
        assert best[0][0] == label
    vectors = fitted.encode(walks)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert vectors.shape == (60, fitted.chosen_["pca"])
    np.testing.assert_allclose(fitted.encode(walks[7:8]), vectors[7:8], atol=1e-5)
    with pytest.raises(InputError, match="has dimension 3, expected 4"):
        fitted.predict([walks[0][:, :3]])


def test_other_labels_for_the_same_vectors(walks, fitted):
    steps = fitted.pooling_, fitted.classifier_, fitted.elements_, fitted.element_l2_
    again = SequenceClassifier.of(*steps).fit(walks, np.arange(60) % 3 == 0)
    assert (
        again.classes_.tolist() == [False, True]
        and again.score(walks, np.arange(60) % 3 == 0) > 0.7
    )
    assert fitted.classes_.tolist() == ["both", "down", "up"]


def test_few_sequences_at_a_time(walks, fitted, monkeypatch):
    whole = fitted.decision_function(walks)
    monkeypatch.setattr("rnnfv.models.sequence_classifier.BLOCK_BYTES", 1000)
    np.testing.assert_allclose(fitted.decision_function(walks), whole, atol=1e-5)


def test_it_is_kept(walks, fitted, tmp_path):
    fitted.save(tmp_path / "model.rnnfv", {"by": "a test"})
    found = load(tmp_path / "model.rnnfv")
    np.testing.assert_array_equal(found.decision_function(walks), fitted.decision_function(walks))
    assert found.get_params() | {"device": "cpu"} == fitted.get_params()
    assert found.curve_ == fitted.curve_ and found.classes_.tolist() == ["both", "down", "up"]
    copy(fitted).set_params(pca=range(10, 30, 10)).save(tmp_path / "range.rnnfv")
    assert load(tmp_path / "range.rnnfv").pca == (10, 20)


def test_steps_of_any_pooling(walks, labels, fitted, tmp_path):
    from rnnfv import GMMFisherVector, MeanPooling, RegularizedCCA, VectorClassifier, ViewProjection

    cca = RegularizedCCA(2, eta=0.1).fit(
        *(np.concatenate(walks)[:, part] for part in ([0, 1], [2, 3]))
    )
    view = ViewProjection(cca.y_mean_, cca.y_weights_)
    pairs = as_sequences([l2_normalize(view.transform(x[:, 2:])) for x in walks])
    for pooling in (MeanPooling(), GMMFisherVector(2, random_state=0)):
        vectors = pooling.fit_transform(pairs)
        classifier = VectorClassifier(None, 0.5).fit(vectors, labels)
        model = SequenceClassifier.of(pooling, classifier, view, about={"network": "none"})
        own = [x[:, 2:] for x in walks]
        np.testing.assert_allclose(
            model.decision_function(own), classifier.decision_function(vectors), atol=1e-5
        )
        model.save(tmp_path / "kept")
        found = load(tmp_path / "kept")
        assert found.about_ == {"network": "none"} and found.n_features_in_ == 2
        np.testing.assert_array_equal(found.predict(own), model.predict(own))


def test_two_classes_groups_and_the_same_numbers_again(walks, labels):
    some = labels != "both"
    X, y = [x for x, chosen in zip(walks, some, strict=True) if chosen], labels[some] == "up"
    groups = np.repeat([f"g{i}" for i in range(10)], 4)
    before = global_state()[1].tolist(), torch.random.get_rng_state()
    model = RNNFisherClassifier(
        **SMALL, random_state=np.random.RandomState(5), scale=["none", "unit"]
    )
    first = clone(model).fit(X, y, groups)
    assert not set(groups[first.validation_]) & set(np.delete(groups, first.validation_))
    assert first.decision_function(X).shape == (40,) and first.classes_.tolist() == [False, True]
    assert first.predict(X).dtype == bool
    second = clone(model).set_params(random_state=np.random.RandomState(5)).fit(X, y, groups)
    np.testing.assert_array_equal(first.decision_function(X), second.decision_function(X))
    assert global_state()[1].tolist() == before[0]
    assert torch.equal(torch.random.get_rng_state(), before[1])


def test_threads_do_not_disturb_each_other(walks, labels, fitted):
    alone = [RNNFisherClassifier(**SMALL, random_state=seed).fit(walks, labels) for seed in (0, 1)]
    together = [clone(model) for model in alone]
    data = (walks, labels)
    threads = [threading.Thread(target=model.fit, args=data) for model in together]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for model, other in zip(together, alone, strict=True):
        expected = other.decision_function(walks)
        np.testing.assert_array_equal(model.decision_function(walks), expected)


def test_what_cannot_be_fitted_is_said(walks, labels):
    model = RNNFisherClassifier(**SMALL)
    for arguments, message in [
        ((walks, labels[1:]), "60 items need as many labels"),
        ((walks, ["one"] * 60), "at least two classes"),
        ((walks, labels, ["one"] * 60), "one group"),
        ((walks, labels, ["a"]), "need as many groups"),
        (
            (walks, labels, None, np.zeros(60, bool)),
            "expected 60 values True or False, some of each",
        ),
        ((walks[:2], ["a", "b"]), "every group holds the only"),
    ]:
        with pytest.raises(InputError, match=message):
            clone(model).fit(*arguments)


def test_jobs_change_nothing_but_the_time(walks, labels, capfd):
    options = SMALL | {"epochs": 1, "scale": ["none", "unit"], "validation_folds": 3}
    one = RNNFisherClassifier(**options, random_state=0).fit(walks, labels)
    two = clone(one).set_params(n_jobs=2, verbose=True).fit(walks, labels)
    assert one.curve_ == two.curve_ and one.chosen_ == two.chosen_
    np.testing.assert_array_equal(one.decision_function(walks), two.decision_function(walks))
    assert "validation accuracy" in capfd.readouterr().err  # when the trainings are over
    best = "none" if one.chosen_["scale"] == 1 else "unit"
    assert clone(one).set_params(scale=best).fit(walks, labels).curve_ == one.curve_
    with pytest.raises(ValueError, match="'n_jobs' parameter"):
        clone(one).set_params(n_jobs=0.5).fit(walks, labels)


def test_validation_by_a_part_of_the_training_items(walks, labels):
    whole = RNNFisherClassifier(**SMALL, random_state=0).fit(walks, labels)
    same = RNNFisherClassifier(**SMALL, random_state=0, validation_samples=48).fit(walks, labels)
    fewer = RNNFisherClassifier(**SMALL, random_state=0, validation_samples=20).fit(walks, labels)
    losses = [[record["train_loss"] for record in one.curve_] for one in (whole, same, fewer)]
    assert losses[0] == losses[1] == losses[2]
    assert whole.curve_ == same.curve_ != fewer.curve_


def test_the_bar_shows_loss_and_accuracy(walks, labels, capsys):
    RNNFisherClassifier(**SMALL, random_state=0, verbose=True).fit(walks, labels)
    shown = capsys.readouterr().err
    assert "loss" in shown and "validation accuracy" in shown


def test_a_file_of_sequences(walks, labels, tmp_path):
    from rnnfv import write_sequences

    write_sequences(tmp_path / "x.h5", zip(map(str, range(60)), walks, strict=True), 4)
    model = RNNFisherClassifier(**SMALL, random_state=0).fit(tmp_path / "x.h5", labels)
    assert isinstance(as_sequences(tmp_path / "x.h5"), Sequences)
    assert model.predict(str(tmp_path / "x.h5")).tolist() == model.predict(walks).tolist()


@pytest.mark.parametrize(
    "wrong",
    [
        {"pca": []},
        {"pca": [0]},
        {"pca": {}},
        {"alpha": [2.0]},
        {"alpha": [True]},
        {"scale": []},
        {"scale": ["x"]},
        {"n_lstm": 10**30},
        {"n_fc": True},
        {"learning_rate": 1e300},
    ],
)
def test_parameters_that_cannot_be_meant_are_named(wrong):
    [name] = wrong
    model = RNNFisherClassifier(**{"n_lstm": 2, "epochs": 1} | wrong)
    with pytest.raises(ValueError, match=f"'{name}' parameter of RNNFisherClassifier must be"):
        model.fit([np.zeros((3, 2))] * 4, list("abab"))


def test_groups_that_are_missing_and_elements_that_are_equal_are_refused(walks):
    model, y = RNNFisherClassifier(**SMALL), ["a", "b", "c"] * 20
    with pytest.raises(InputError, match="group 0 is nan: every item needs a group"):
        model.fit(walks, y, groups=[np.nan] * 60)
    with pytest.raises(InputError, match="all elements are equal"):
        model.fit([np.full_like(walk, 3) for walk in walks], y)


def test_groups_are_on_one_side_of_a_given_validation(rng):
    X, y = [rng.normal(size=(4, 2)) for _ in range(8)], ["a", "b"] * 4
    with pytest.raises(InputError, match="group g1 is on both sides"):
        RNNFisherClassifier(4, 4, epochs=1).fit(
            X, y, groups=[f"g{i // 2}" for i in range(8)], validation=np.arange(8) < 3
        )


def test_labels_that_were_not_fitted_on_are_warned_of(walks, labels, fitted):
    capitals = [label.capitalize() for label in labels]
    with pytest.warns(UserWarning, match="60 of 60 test items have a label.*'Up' is 'up'"):
        assert fitted.score(walks, capitals) == 0
    vectors = fitted.pooling_.transform(fitted._reduced(as_sequences(walks)))
    with pytest.warns(UserWarning, match="1 of 60"):
        fitted.classifier_.score(vectors, ["new", *labels[1:]])


def test_a_path_may_begin_at_home(fitted, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    fitted.save("~/m.rnnfv")
    assert (tmp_path / "m.rnnfv").is_file()
    assert type(load("~/m.rnnfv")) is type(fitted)
