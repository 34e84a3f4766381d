"""The SVM of all classes at once against liblinear, and against its own objective."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from rnnfv.errors import InputError
from rnnfv.evaluation import classifier
from rnnfv.evaluation.svm import NewtonLinearSVC


def problem(rng, n, dim, classes):
    """Unit rows that share a mean, as Fisher vectors do, and overlap."""
    labels = rng.integers(0, classes, n)
    X = 0.5 * rng.normal(size=(classes, dim))[labels] + rng.normal(size=(n, dim)) + 0.5
    return (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32), np.array(
        [f"class {k}" for k in labels]
    )


@pytest.mark.parametrize("C", [0.1, 3.0])
@pytest.mark.parametrize(("n", "dim", "classes"), [(200, 30, 7), (120, 300, 3), (150, 40, 2)])
def test_the_same_decision_values_as_liblinear(rng, n, dim, classes, C):
    X, y = problem(rng, n + 50, dim, classes)
    ours = NewtonLinearSVC(C).fit(X[:n], y[:n])
    peer = LinearSVC(C=C, tol=1e-9, max_iter=1_000_000, random_state=0).fit(X[:n], y[:n])
    expected = peer.decision_function(X)
    np.testing.assert_allclose(ours.decision_function(X), expected, atol=5e-5)
    assert ours.coef_.shape == peer.coef_.shape and ours.intercept_.shape == peer.intercept_.shape
    gap = np.abs(expected) if classes == 2 else np.diff(np.sort(expected, axis=1)[:, -2:])[:, 0]
    clear = gap > 1e-4
    assert clear.mean() > 0.9
    np.testing.assert_array_equal(ours.predict(X)[clear], peer.predict(X)[clear])


def test_the_gradient_vanishes_and_tol_bounds_the_decision_values(rng):
    X, y = problem(rng, 200, 60, 5)
    rough, fine = NewtonLinearSVC(2.0, tol=1e-2).fit(X, y), NewtonLinearSVC(2.0, tol=1e-7).fit(X, y)
    for svm in (rough, fine):
        signs = np.where(y[:, None] == svm.classes_, 1, -1)
        slack = np.maximum(0, 1 - signs * svm.decision_function(X))
        whole = np.column_stack([X, np.ones(len(X))]).astype(np.float64)
        gradient = np.column_stack([svm.coef_, svm.intercept_]).T - 4 * whole.T @ (signs * slack)
        norm = np.linalg.norm(gradient, axis=0).max()
        assert norm == pytest.approx(svm.gradient_norm_, rel=1e-3, abs=1e-12)
        assert norm * np.linalg.norm(whole, axis=1).max() <= svm.tol * (1 + 1e-6)
        assert svm.converged_
    assert fine.n_iter_ > rough.n_iter_
    assert np.abs(rough.decision_function(X) - fine.decision_function(X)).max() <= rough.tol


def test_a_fit_that_is_stopped_says_so(rng):
    X, y = problem(rng, 100, 20, 3)
    with pytest.warns(ConvergenceWarning, match="3 of 3 classes have not converged in 1 Newton"):
        assert not NewtonLinearSVC(max_iter=1).fit(X, y).converged_


def test_large_problems_are_solved_at_once_and_hard_ones_by_liblinear(rng, monkeypatch):
    X, y = problem(rng, 150, 40, 4)
    small = classifier.linear_svm(X, y, 1.0)
    monkeypatch.setattr(classifier, "LIBLINEAR_LIMIT", X.size * 4 - 1)
    large = classifier.linear_svm(X, y, 1.0)
    assert isinstance(small, LinearSVC) and isinstance(large, NewtonLinearSVC)
    np.testing.assert_allclose(large.decision_function(X), small.decision_function(X), atol=2e-3)
    monkeypatch.setattr(
        classifier.NewtonLinearSVC,
        "__init__",
        lambda self, C: vars(self).update(C=C, tol=1e-5, max_iter=1),
    )
    assert isinstance(classifier.linear_svm(X, y, 1.0), LinearSVC)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda X, y: (X, np.full(len(y), "a")), "at least two classes"),
        (lambda X, y: (X[:-1], y), "needs a matrix of as many rows"),
        (lambda X, y: (np.where(X[3, 2] == X, np.nan, X), y), "NaN or infinity"),
    ],
)
def test_errors_are_for_people(rng, spoil, message):
    X, y = spoil(*problem(rng, 30, 8, 3))
    with pytest.raises(InputError, match=message):
        NewtonLinearSVC().fit(X, y)


def test_other_features_are_refused(rng):
    X, y = problem(rng, 30, 8, 3)
    with pytest.raises(InputError, match="fitted on 8 features"):
        NewtonLinearSVC().fit(X, y).predict(X[:, :7])
