"""The SVM against liblinear in the original space; choices from validation alone."""

import numpy as np
import pytest
from sklearn.svm import LinearSVC

from rnnfv import PowerNormalizer
from rnnfv.evaluation import classifier
from rnnfv.evaluation.classifier import (
    Choice,
    Grid,
    best_on_average,
    linear_svm,
    predict_once,
    representations,
    validate,
)


def problem(rng, n=90, dim=200, classes=3, signal=0.4):
    labels = rng.integers(0, classes, n)
    X = (rng.normal(size=(classes, dim))[labels] * signal + rng.normal(size=(n, dim))).astype(
        np.float32
    )
    return X / np.linalg.norm(X, axis=1, keepdims=True), np.array([f"class {k}" for k in labels])


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("alpha", [0.5, 1.0])
def test_coordinates_in_the_span_give_the_same_svm(rng, classes, alpha):
    X, y = problem(rng, classes=classes)
    train = rng.permutation(90)[:60]
    [(_, _, coordinates, *_)] = representations(X, train, train, Grid((None,), (alpha,)))
    whole = PowerNormalizer(alpha).fit_transform(X)
    assert coordinates.shape == (90, 60)
    np.testing.assert_allclose(
        coordinates @ coordinates[train].T, whole @ whole[train].T, atol=1e-5
    )
    ours = linear_svm(coordinates[train], y[train], 2.0)
    peer = LinearSVC(C=2.0, max_iter=100_000, tol=1e-8).fit(whole[train], y[train])
    np.testing.assert_allclose(
        ours.decision_function(coordinates), peer.decision_function(whole), atol=5e-3
    )


def test_coordinates_keep_small_directions_beside_a_large_mean(rng):
    """Small differences beside a large common mean, as in Fisher vectors, must not be cut off."""
    X = (rng.normal(size=(1200, 1300)) + 3).astype(np.float32)
    train = np.arange(1000)
    [(_, _, coordinates, *_)] = representations(X, train, train, Grid((None,), (1.0,)))
    whole = PowerNormalizer(1.0).fit_transform(X)
    assert coordinates.shape[1] > 980
    np.testing.assert_allclose(
        coordinates @ coordinates[train].T, whole @ whole[train].T, atol=2e-4
    )


def parts(n=90):
    return {"train": np.arange(0, 50), "val": np.arange(50, 70), "test": np.arange(70, n)}


def test_choice_is_the_best_on_validation_and_first_among_equals(rng):
    X, y = problem(rng)
    rows, grid = parts(), Grid((None, 2, 30), (0.5, 1.0))
    accuracies = {}
    for size, alpha, vectors, *_ in representations(X, rows["train"], rows["train"], grid):
        assert vectors.shape[1] == (min(size, 49) if size else 50)
        svm = linear_svm(vectors[rows["train"]], y[rows["train"]], 1.0)
        accuracies[size, alpha] = np.mean(svm.predict(vectors[rows["val"]]) == y[rows["val"]])
    choice = best_on_average(validate(X, y, rows["train"], rows["val"], grid))
    best = max(accuracies.values())
    assert choice.accuracy == best
    assert (choice.pca, choice.alpha) == next(
        key for key, value in accuracies.items() if value == best
    )


def test_test_items_change_neither_choice_nor_classifier(rng):
    X, y = problem(rng)
    rows, grid = parts(), Grid((20,), (0.5,))
    choice = best_on_average(validate(X, y, rows["train"], rows["val"], grid))
    before = predict_once(X, y, rows, choice)
    X2, y2 = X.copy(), y.copy()
    X2[rows["test"][5:]] = rng.normal(size=X2[rows["test"][5:]].shape) * 100
    y2[rows["test"]] = "class 0"
    assert best_on_average(validate(X2, y2, rows["train"], rows["val"], grid)) == choice
    assert (predict_once(X2, y2, rows, choice)[:5] == before[:5]).all()


def test_final_classifier_uses_validation_items_too(rng):
    X, y = problem(rng, signal=0.6)
    rows = parts()
    y[rows["train"]] = np.where(
        y[rows["train"]] == "class 2", "class 1", y[rows["train"]]
    )  # seen in validation only
    assert "class 2" in predict_once(X, y, rows, Choice(None, 1.0, 0.0))


def test_validation_and_test_share_one_set_of_scores(rng, monkeypatch):
    fits, original = [], classifier.principal_scores

    def counted(source, rows, size):
        fits.append(size)
        return original(source, rows, size)

    monkeypatch.setattr(classifier, "principal_scores", counted)
    X = rng.normal(size=(30, 50)).astype(np.float32)
    y = np.array(["a", "b", "c"] * 10)
    rows = {"train": np.arange(18), "val": np.arange(18, 24), "test": np.arange(24, 30)}
    grid, shared = Grid((5, 2), (0.5, 1.0)), classifier.WithScores(X)
    choice = best_on_average(validate(shared, y, rows["train"], rows["val"], grid))
    predicted = predict_once(shared, y, rows, choice)
    assert fits == [5]
    np.testing.assert_array_equal(predicted, predict_once(X, y, rows, choice))
    shared.scores(rows["val"], 2)  # of other rows: not those
    shared.scores(rows["val"], 3)  # nor of fewer components
    assert fits[-2:] == [2, 3]
