"""The classifier of new vectors against the function that makes the tables."""

import numpy as np
import pytest

from rnnfv import InputError, VectorClassifier, load
from rnnfv.evaluation.classifier import Choice, predict_once, train_once

ROWS = {"train": np.arange(10, 50), "val": np.arange(50, 70), "test": np.r_[0:10, 70:90]}
FITTED = np.arange(10, 70)


@pytest.fixture(params=[2, 4])
def problem(request, rng):
    labels = np.array(list("abcd"))[rng.integers(0, request.param, 90)]
    centres = {label: rng.normal(size=150) for label in "abcd"}
    X = np.array([centres[label] + 2 * rng.normal(size=150) + 5 for label in labels], np.float32)
    return X, labels


@pytest.mark.parametrize("l2", [True, False])
@pytest.mark.parametrize(
    ("pca", "alpha", "dim"), [(7, 0.5, 150), (100, 1.0, 150), (None, 0.5, 150), (None, 0.7, 30)]
)
def test_new_vectors_are_classified_as_in_the_tables(problem, pca, alpha, dim, l2, tmp_path):
    X, labels = problem[0][:, :dim], problem[1]
    choice = Choice(pca, alpha, 0.0, l2)
    found, svm = train_once(X, labels, ROWS, choice, 2.0)
    table = svm.decision_function(found.vectors[ROWS["test"]])
    ours = VectorClassifier(pca, alpha, C=2.0, l2=l2)
    ours.fit(X[FITTED], labels[FITTED], pca_rows=np.arange(40))
    np.testing.assert_allclose(ours.decision_function(X[ROWS["test"]]), table, atol=1e-5)
    predicted = ours.predict(X[ROWS["test"]])
    assert predicted.tolist() == predict_once(X, labels, ROWS, choice, 2.0).tolist()
    assert ours.score(X[ROWS["test"]], labels[ROWS["test"]]) > 0.5
    normalized = ours.normalized(X[ROWS["test"]])
    if pca is not None or dim == 30:  # else the table's are coordinates in another basis
        expected = np.abs(found.vectors[ROWS["test"]])  # of either sign
        np.testing.assert_allclose(np.abs(normalized), expected, atol=2e-5)
    ours.save(tmp_path / "svm")
    assert load(tmp_path / "svm").predict(X).tolist() == ours.predict(X).tolist()


def test_what_does_not_fit_is_refused(problem):
    X, labels = problem
    with pytest.raises(InputError, match="90 items need as many labels"):
        VectorClassifier().fit(X, labels[1:])
    fitted = VectorClassifier().fit(X, labels)
    with pytest.raises(InputError, match="149 features, but the classifier was fitted on 150"):
        fitted.predict(X[:, 1:])
    with pytest.raises(InputError, match="row 0 of X holds NaN"):
        fitted.predict(np.full((1, 150), np.nan))
    assert fitted.predict(X[:0]).shape == (0,)
