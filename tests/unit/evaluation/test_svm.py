"""The SVM of all classes at once against liblinear, and against its own objective."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from rnnfv.arrays.normalize import l2_normalize
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


@pytest.mark.parametrize(("C", "shift"), [(1.0, 0.0), (1.0, 0.3), (100.0, 0.0), (100.0, 0.3)])
def test_small_problems_are_solved_to_1e_5(rng, C, shift):
    """An epoch's validation: where liblinear at its own tolerance is up to 1e-1 off."""
    X, y = problem(rng, 160, 120, 4)
    X = l2_normalize(X + np.float32(shift))
    ours = classifier.linear_svm(X, y, C)
    exact = LinearSVC(C=C, tol=1e-10, max_iter=10_000_000, random_state=0).fit(X, y)
    np.testing.assert_allclose(
        ours.decision_function(X), exact.decision_function(X), rtol=0, atol=1e-5
    )
    usual = LinearSVC(C=C, max_iter=20_000, random_state=0).fit(X, y)
    assert np.abs(usual.decision_function(X) - exact.decision_function(X)).max() > 1e-5


def test_what_newton_cannot_solve_liblinear_does(rng, caplog):
    X, y = problem(rng, 150, 140, 4)
    svm = classifier.linear_svm(100 * X, y, 1e4)
    assert isinstance(svm, LinearSVC) and "liblinear takes over" in caplog.text
    assert (svm.predict(100 * X) == y).mean() > 0.99


def test_where_newton_fails_liblinear_comes_near_the_optimum():
    """Its dual method is a thousand times above it here, after as many iterations."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 4, 60)
    X = rng.normal(size=(60, 100)) + 2 * np.eye(4, 100)[y]
    X = (X * np.logspace(-3, 2, 100)).astype(np.float32)
    signs = np.where(y[:, None] == np.arange(4), 1, -1)

    def objective(svm):
        slack = np.maximum(0, 1 - signs * svm.decision_function(X.astype(np.float64)))
        return (svm.coef_**2).sum(1) / 2 + svm.intercept_**2 / 2 + 100 * (slack**2).sum(0)

    ours = classifier.linear_svm(X, y, 100.0)
    assert isinstance(ours, LinearSVC)
    # The optimum as Newton's method in float64 with exact solutions has it, and liblinear at 1e-10.
    np.testing.assert_allclose(objective(ours), [0.30773, 0.39400, 0.82872, 2.65142], rtol=0.01)


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
