"""Classification of a split: by hand, and from files."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.svm import LinearSVC

from rnnfv import InputError
from rnnfv.arrays.conversion import as_sequences
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.sequences import write_sequences
from rnnfv.data.bad_items import given_items
from rnnfv.data.splits import other_folds
from rnnfv.evaluation.classifier import Choice, Grid, validate
from rnnfv.evaluation.table_poolings import POOLINGS, SplitData
from rnnfv.evaluation.vector_classifier import VectorClassifier
from rnnfv.experiments.classification import (
    accuracy_of,
    check_predictions,
    classify,
    fit_steps,
    grid_of,
    normalized,
    predictions_of,
    read_split,
    with_networks,
)
from rnnfv.experiments.epoch_choice import train_on_split
from rnnfv.experiments.fusion import fuse, projected_split, write_normalized
from rnnfv.reduction.pca import StreamedPCA
from rnnfv.rnn.checkpoint import TrainedNetwork
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.settings import RNNSettings
from rnnfv.rnn.training import train

SETTINGS = {"mean": {"pca": [None], "alpha": [1.0]}, "svm": {"C": 2.0}}
PARTS = np.array(["train", "train", "val", "test"])[np.arange(24) // 3 % 4]


@pytest.fixture
def walks():
    rng = np.random.default_rng(0)
    return [rng.normal(i % 3, 1, (4 + i % 5, 3)).astype(np.float32) for i in range(24)]


@pytest.fixture
def manifest():
    ids = [f"{i:02d}" for i in range(24)]
    labels = np.array(["a", "b", "c"])[np.arange(24) % 3]
    return pd.DataFrame({"id": ids, "label": labels, "group": ids, "split2": PARTS})


@pytest.fixture
def files(walks, manifest, tmp_path):
    write_sequences(tmp_path / "x.h5", zip(manifest["id"], walks, strict=True), 3)
    manifest.to_csv(tmp_path / "manifest.csv", index=False)
    return tmp_path / "x.h5", tmp_path / "manifest.csv"


def test_a_split_from_its_files(files, walks, tmp_path):
    data = read_split(*files, 2, stride=2)
    assert data.labels[:4].tolist() == ["a", "b", "c", "a"]
    np.testing.assert_array_equal(data.rows["val"], np.flatnonzero(PARTS == "val"))
    np.testing.assert_allclose(data.sequences[5], walks[5][::2], atol=1e-3)
    assert with_networks(data, [7], [], []) is data
    settings = RNNSettings(n_fc=0, n_lstm=2)
    weights = {"best": settings.build(3, 7).state_dict()}
    TrainedNetwork(settings, 3, None, 7, weights, {"best": 1}).write(tmp_path / "n.pt", {})
    (tmp_path / "c.json").write_text(json.dumps({"epoch": 1}))
    trained = with_networks(data, [7], [tmp_path / "n.pt"], [tmp_path / "c.json"])
    assert trained.networks[7].settings == settings and trained.choices == {7: {"epoch": 1}}


def test_mean_pooling_by_hand(files, walks):
    data = read_split(*files, 2)
    metrics, predictions = classify(data, "mean", SETTINGS, [5, 6])
    means = l2_normalize(np.array([x.mean(axis=0) for x in data.sequences], np.float32))
    fitted, tests = PARTS != "test", PARTS == "test"
    expected = LinearSVC(C=2, random_state=0).fit(means[fitted], data.labels[fitted])
    expected = expected.predict(means[tests])
    assert predictions["predicted"].tolist() == expected.tolist()
    assert predictions["seed"].unique().tolist() == [0]  # there is no randomness
    [run] = metrics["seeds"]
    assert run["accuracy"] == accuracy_of(predictions)
    assert run["chosen"] == {"pca": None, "alpha": 1.0} and metrics["dim"] == 3
    assert metrics["counts"] == {"train": 12, "val": 6, "test": 6}


def test_a_row_for_new_sequences_predicts_what_the_table_has(files):
    data = read_split(*files, 2)
    settings = SETTINGS | {"gmm": {"pca": [None, 4], "alpha": [0.5], "components": [1, 2]}}
    settings["gmm"] |= {"max_samples": 1000, "max_iter": 5}
    tests = data.sequences.select(data.rows["test"])
    for name in ("mean", "gmm-fv"):
        _, table = classify(data, name, settings, [0])
        section = "mean" if name == "mean" else "gmm"
        grid = grid_of(settings, section)
        pooled = POOLINGS[name].pool(data, settings[section], grid, 0)
        classifier, choice = fit_steps(data, pooled, grid)
        vectors = pooled.encoder.transform(tests)
        check_predictions(classifier, vectors, table)
        assert choice.alpha == settings[section]["alpha"][0]
    predicted = table["predicted"].to_numpy()
    other = np.roll(predicted, 1)
    wrong = int((other != predicted).sum())
    with pytest.raises(InputError, match=f"{wrong} of 6 test items are predicted otherwise"):
        check_predictions(classifier, vectors, table.assign(predicted=other))


def test_a_tie_but_for_rounding_is_no_other_prediction(capsys):
    classifier = VectorClassifier(alpha=1.0, l2=False)
    classifier.fit(np.array([[0, 1], [0, 2], [1, 0], [2, 0]]), ["a", "a", "b", "b"])
    table = pd.DataFrame({"id": ["x"], "predicted": ["a"]})
    check_predictions(classifier, np.array([[1.001, 1.0]]), table)
    assert "1 of 1 test items: two classes are as good" in capsys.readouterr().out
    with pytest.raises(InputError, match="1 of 1 test items are predicted otherwise"):
        check_predictions(classifier, np.array([[1.1, 1.0]]), table)


def test_normalized_vectors_are_those_of_the_classifier(walks):
    rows = {part: np.flatnonzero(part == PARTS) for part in ("train", "val", "test")}
    data = SplitData(as_sequences(walks), np.repeat(["a", "b"], 12), rows)
    vectors = np.random.default_rng(1).normal(size=(24, 4)).astype(np.float32)
    values, choice = normalized(vectors, data, Grid((None,), (0.5,)), Choice(None, 1.0, 0.5))
    assert choice == Choice(None, 1.0, 0.5)
    np.testing.assert_allclose(values, l2_normalize(vectors), rtol=1e-6)
    assert normalized(vectors, data, Grid((2,), (0.5,)))[0].shape == (24, 2)
    assert grid_of(SETTINGS, "mean") == Grid((None,), (1.0,), 2.0)


def test_a_table_of_what_was_tested():
    table = predictions_of(
        ["x", "y", "z"], np.array(["a", "b", "c"]), np.array([2, 0]), ["c", "b"], 3
    )
    assert table.to_dict("list") == {
        "seed": [3, 3],
        "id": ["z", "x"],
        "label": ["c", "a"],
        "predicted": ["c", "b"],
    }
    assert accuracy_of(table) == 0.5


def test_elements_by_the_pca_of_another_data_set(files, manifest, tmp_path):
    other = np.random.default_rng(2).normal(size=(50, 3)).astype(np.float32)
    pca = StreamedPCA(2).fit(as_sequences([other]))
    pca.save(tmp_path / "pca.rnnfv")
    items = tmp_path / "items.csv"
    given_items(list(manifest["id"]), list(manifest["id"]), {}).to_csv(items, index=False)
    data = projected_split(files[0], manifest, 2, tmp_path / "pca.rnnfv", items)
    raw = projected_split(files[0], manifest, 2, None, items)
    expected = l2_normalize(pca.transform(raw.sequences[3]))
    np.testing.assert_allclose(data.sequences[3], expected, rtol=1e-4, atol=1e-5)
    assert data.sequences.ids == manifest["id"].tolist()
    # What is bad is left out, although the file holds it.
    table = given_items(list(manifest["id"]), list(manifest["id"]), {3: "zero: nothing but zeros"})
    table.to_csv(items, index=False)
    fewer = projected_split(files[0], manifest, 2, None, items)
    assert fewer.sequences.ids == manifest["id"].drop(3).tolist()


def test_members_side_by_side_from_their_files(files, manifest, tmp_path):
    data, grid = read_split(*files, 2), Grid((None,), (1.0,))
    from rnnfv.evaluation.table_poolings import POOLINGS

    pooled = POOLINGS["mean"].pool(data, {}, grid, 0)
    write_normalized(tmp_path / "a.h5", pooled, data, grid, {"weights": "w"})
    paths = [tmp_path / "a.h5"] * 2
    facts, table = fuse({1: paths, 2: paths}, manifest, 2, 1.0)
    assert facts["dim"] == 6 and facts["weights"] == ["w", "w"]
    assert (facts["n_items"], facts["n_excluded"], facts["without_tracks"]) == (24, 0, 0)
    assert [run["seed"] for run in facts["seeds"]] == [1, 2] == table["seed"].unique().tolist()
    assert facts["seeds"][0]["accuracy"] == accuracy_of(table[table["seed"] == 1])


def test_folds_are_the_validation_items_and_training_groups(walks):
    labels, groups = np.array(list("abab" * 6)), np.repeat(list("uvwxyz"), 4)
    rows = {"train": np.arange(16), "val": np.arange(16, 20), "test": np.arange(20, 24)}
    folds = other_folds(labels, groups, rows, 5)
    assert len(folds) == 4 and not other_folds(labels, groups, rows, 0)
    assert sorted(np.concatenate([chosen_by for _, chosen_by in folds])) == [*range(16)]
    for fit_on, chosen_by in folds:
        assert not set(groups[fit_on]) & set(groups[chosen_by])
        assert sorted([*fit_on, *chosen_by]) == [*range(20)]
    with pytest.raises(InputError, match=r"validation\.folds: 6: 5 of them .* 4 groups only"):
        other_folds(labels, groups, rows, 6)
    fold = np.arange(4, 20), np.arange(4)
    data = SplitData(as_sequences(walks), labels, rows, folds=[fold])
    vectors = np.random.default_rng(1).normal(size=(24, 3)).astype(np.float32)
    grid, own = Grid((None, 2), (0.5, 1.0)), (rows["train"], rows["val"])
    one, other = (validate(vectors, labels, *pair, grid) for pair in (own, fold))
    means = [(a.accuracy + b.accuracy) / 2 for a, b in zip(one, other, strict=True)]
    found = data.choose(vectors, grid)
    assert found == replace(one[int(np.argmax(means))], accuracy=max(means))


def test_an_epoch_is_chosen_by_the_mean_over_folds(walks, tmp_path):
    """Networks of the folds are trained apart; the kept one is that of the split's own."""
    labels = np.array(["a", "b", "c"])[np.arange(24) % 3]
    rows = {"train": np.arange(12), "val": np.arange(12, 18), "test": np.arange(18, 24)}
    fold = np.concatenate([np.arange(6, 12), np.arange(12, 18)]), np.arange(6)
    grid, device = Grid((2, 4), (0.5, 1.0)), torch.device("cpu")
    settings = [RNNSettings(n_fc=0, n_lstm=3, epochs=3, learning_rate=0.05)]

    def trained(train, val, folds=()):
        data = SplitData(as_sequences(walks), labels, {"train": train, "val": val}, folds=folds)
        return train_on_split(data, settings, grid, 5, device, tmp_path / "network.pt")

    both = trained(rows["train"], rows["val"], [fold])
    for epoch, record in enumerate(both.curve):
        found = []
        for fit_on, chosen_by in (rows["train"], rows["val"]), fold:
            alone = replace(settings[0], epochs=epoch)
            result = train(as_sequences([walks[i] for i in fit_on]), alone, seed=5)
            network = alone.build(3, 5)
            network.load_state_dict(result.last_weights)
            vectors = FisherVectors(network, as_sequences(walks))
            found.append([c.accuracy for c in validate(vectors, labels, fit_on, chosen_by, grid)])
        assert record["val_accuracy"] == pytest.approx(np.mean(found, axis=0).max())
    plain = trained(rows["train"], rows["val"])
    assert [r["train_loss"] for r in both.curve] == [r["train_loss"] for r in plain.curve]
    assert both.best["val_accuracy"] == max(r["val_accuracy"] for r in both.curve[1:])
    again = trained(rows["train"], rows["val"], [fold])  # from what is left: nothing is trained
    assert again.curve == both.curve
