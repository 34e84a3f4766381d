"""Streamed PCA against scikit-learn's, and scores without components against scores with them."""

from types import SimpleNamespace

import h5py
import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError

from rnnfv import InputError, StreamedPCA, write_sequences
from rnnfv.arrays.conversion import as_sequences
from rnnfv.arrays.matrices import ArraySource, as_rows
from rnnfv.reduction import symmetric
from rnnfv.reduction.gram import gram_matrix, principal_scores
from rnnfv.reduction.row_pca import fit_pca


def data(rng, n, dim):
    return (rng.normal(size=(n, dim)) * np.linspace(2, 0.1, dim) + 5).astype(np.float32)


@pytest.mark.parametrize("shape", [(60, 9), (12, 30)])
@pytest.mark.parametrize("solver", ["covariance", "gram"])
@pytest.mark.parametrize("block_bytes", [1, 3000, 2**28])
def test_equals_scikit_learn_up_to_sign(rng, shape, solver, block_bytes):
    X, new = data(rng, *shape), data(rng, 5, shape[1])
    ours = StreamedPCA(6, solver=solver, block_bytes=block_bytes).fit(X)
    peer = PCA(6, svd_solver="full").fit(X.astype(np.float64))
    signs = np.sign((ours.components_ * peer.components_).sum(axis=1))
    np.testing.assert_allclose(ours.components_ * signs[:, None], peer.components_, atol=1e-5)
    np.testing.assert_allclose(ours.explained_variance_, peer.explained_variance_, rtol=1e-4)
    np.testing.assert_allclose(ours.transform(new) * signs, peer.transform(new), atol=1e-4)


@pytest.mark.parametrize(("n", "dim"), [(200, 30), (25, 40)])
@pytest.mark.parametrize("offset", [0, 5, 1000])
def test_both_routes_find_the_rank(rng, n, dim, offset):
    X = rng.normal(size=(n, 5)) @ rng.normal(size=(5, dim)) + offset
    routes = [StreamedPCA(solver=solver).fit(X) for solver in ("covariance", "gram")]
    assert [len(route.components_) for route in routes] == [5, 5]
    np.testing.assert_allclose(*[route.components_ for route in routes], atol=1e-6)
    np.testing.assert_allclose(*[route.explained_variance_ for route in routes], rtol=1e-9)


@pytest.mark.parametrize(("n", "dim", "rank"), [(1000, 20, 3), (200, 10, 1), (10, 200, 1)])
def test_the_larger_matrix_has_no_more_components(rng, n, dim, rank):
    """The rest that the decomposition leaves of a zero eigenvalue grows with the matrix."""
    X = rng.normal(size=(n, rank)) @ rng.normal(size=(rank, dim))
    for solver in ("covariance", "gram"):
        assert len(StreamedPCA(solver=solver).fit(X).components_) == rank


@pytest.mark.parametrize("solver", ["covariance", "gram"])
def test_centred_rows_have_one_rank_less(rng, solver):
    X = (rng.normal(size=(10, 1)) @ rng.normal(size=(1, 200)) + 1e3).astype(np.float32)
    assert len(StreamedPCA(solver=solver).fit(X).components_) == 9


@pytest.mark.parametrize("n", [300, 3_000, 30_000])
def test_many_equal_rows_are_refused(rng, n):
    for row in np.full(4, 0.1), rng.normal(size=4):
        with pytest.raises(InputError, match="all rows are equal"):
            StreamedPCA().fit(np.tile(row, (n, 1)))


@pytest.mark.parametrize("solver", ["covariance", "gram"])
@pytest.mark.parametrize("value", [0, 0.1, 1e6 / 3])
@pytest.mark.parametrize("n", [1, 7, 10_000])
def test_constant_rows_are_refused_on_both_routes(solver, value, n):
    if n == 10_000 and solver == "gram":
        n = 300
    with pytest.raises(InputError, match="all rows are equal"):
        StreamedPCA(2, solver=solver, block_bytes=800).fit(np.full((n, 5), value))


@pytest.mark.parametrize("n", [900, 300])
def test_pca_of_long_rows_keeps_what_stands_out_of_rounding(rng, n):
    X = (rng.normal(size=(n, 500)) * np.geomspace(1, 5e-3, 500) + 5).astype(np.float32)
    _, components = fit_pca(as_rows(X), 500, n, 0)
    assert len(components) == min(n - 1, 500)
    peer = PCA(40, svd_solver="full").fit(X.astype(np.float64)).components_
    np.testing.assert_allclose(np.abs((components[:40] * peer).sum(axis=1)), 1, atol=1e-4)
    with pytest.raises(InputError, match="all rows are equal"):
        fit_pca(as_rows(np.ones((n, 500), np.float32)), 2, n, 0)


def test_fits_on_the_given_rows_only_and_from_disk(rng, tmp_path):
    X = data(rng, 40, 12)
    rows = np.array([3, 30, 7, 8, 21, 22, 23, 24, 35, 1, 0, 12, 13])
    with h5py.File(tmp_path / "x.h5", "w") as file:
        stored = file.create_dataset("x", data=X, chunks=(8, 5))
        streamed = StreamedPCA(4, block_bytes=500).fit(stored, rows=rows)
        scores = streamed.transform(stored)
    direct = StreamedPCA(4).fit(X[np.sort(rows)])
    np.testing.assert_allclose(streamed.components_, direct.components_, atol=1e-5)
    np.testing.assert_allclose(scores, direct.transform(X), atol=1e-4)
    X[[2, 4, 5]] = 1e6  # rows that are not fitted on
    np.testing.assert_array_equal(
        StreamedPCA(4).fit(X, rows=rows).components_, StreamedPCA(4).fit(X, rows=rows).components_
    )
    np.testing.assert_allclose(
        StreamedPCA(4).fit(X, rows=rows).components_, direct.components_, atol=1e-5
    )


def test_sequences_are_selected_whole(rng):
    arrays = [data(rng, n, 5) for n in (3, 1, 8, 4)]
    fitted = StreamedPCA(3, block_bytes=64).fit(as_sequences(arrays), rows=np.array([0, 2]))
    np.testing.assert_allclose(
        fitted.mean_, np.concatenate([arrays[0], arrays[2]]).mean(axis=0), rtol=1e-6
    )
    assert fitted.n_samples_seen_ == 11


def test_sequences_as_lists_and_files(rng, tmp_path):
    arrays = [data(rng, n, 5) for n in (3, 1, 8, 4)]
    write_sequences(tmp_path / "s.h5", ((str(i), x) for i, x in enumerate(arrays)), 5)
    whole = StreamedPCA(3).fit(np.concatenate(arrays))
    for X in (arrays, tmp_path / "s.h5"):
        fitted = StreamedPCA(3).fit(X)
        np.testing.assert_allclose(fitted.components_, whole.components_, atol=1e-6)
        np.testing.assert_allclose(
            fitted.transform(X), whole.transform(np.concatenate(arrays)), atol=1e-5
        )


@pytest.mark.parametrize("rows", [np.arange(15), np.array([4, 19, 0, 7, 9, 11, 2, 3])])
@pytest.mark.parametrize("block_bytes", [1, 2**28])
def test_scores_without_components(rng, rows, block_bytes):
    X = data(rng, 20, 50)
    untouched = X.copy()
    ours = principal_scores(ArraySource(X), rows, 5, block_bytes=block_bytes).scores
    peer = PCA(5, svd_solver="full").fit(X[rows].astype(np.float64)).transform(X)
    np.testing.assert_allclose(ours * np.sign((ours * peer).sum(axis=0)), peer, atol=2e-3)
    np.testing.assert_array_equal(X, untouched)


@pytest.mark.parametrize(("n", "fitted"), [(500, 408), (2200, 2100)])
def test_gram_matrix_far_from_zero(rng, n, fitted):
    X = (rng.normal(size=(n, 300)) + 1000).astype(np.float32)
    for rows in (np.arange(fitted), rng.permutation(n)[:fitted]):
        centred = X - X[rows].mean(axis=0, dtype=np.float64)
        difference = gram_matrix(ArraySource(X), rows) - centred @ centred[rows].T
        assert np.abs(difference).max() < 5e-6 * 300


def test_components_that_rounding_blurs_are_warned_about(rng, caplog):
    X = rng.normal(size=(400, 500)).astype(np.float32)
    principal_scores(ArraySource(X), np.arange(400), 400)
    assert not caplog.text
    X[:, 0] *= 1e3
    X[:, 1:] *= 0.3
    principal_scores(ArraySource(X), np.arange(400), 5)
    assert "rounding shows" in caplog.text


def test_scores_have_the_rank_of_the_data(rng):
    X = np.repeat(data(rng, 6, 40), 3, axis=0)  # rank 5 after centring
    assert principal_scores(ArraySource(X), np.arange(18), 100).scores.shape == (18, 5)
    with pytest.raises(InputError, match="all rows are equal"):
        principal_scores(ArraySource(np.ones((4, 3), np.float32)), np.arange(4), 2)


def test_test_rows_do_not_leak_into_scores(rng):
    X, rows = data(rng, 20, 50), np.arange(12)
    before = principal_scores(ArraySource(X), rows, 5).scores
    X[15:] += rng.normal(size=(5, 50)).astype(np.float32)
    after = principal_scores(ArraySource(X), rows, 5).scores
    # BLAS may round a row of a product differently when other rows change; nothing more than that.
    np.testing.assert_allclose(before[:15], after[:15], atol=1e-4)
    assert np.abs(before[15:] - after[15:]).max() > 0.1


def test_gram_matrix_from_disk_matches(rng, tmp_path):
    X, rows = data(rng, 9, 33), np.array([1, 2, 6])
    with h5py.File(tmp_path / "x.h5", "w") as file:
        stored = file.create_dataset("x", data=X, chunks=(4, 10))
        gram = gram_matrix(ArraySource(stored), rows, center=False, block_bytes=300)
    np.testing.assert_allclose(gram, X.astype(np.float64) @ X[rows].T, rtol=1e-5)


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("rows", [np.arange(2, 12), np.array([13, 1, 4, 7, 3, 2, 11, 9, 8])])
@pytest.mark.parametrize("block_bytes", [300, 2**28])
@pytest.mark.parametrize("block_of", [np.asarray, torch.from_numpy])
def test_many_rows_make_the_same_gram_matrix_from_half_of_the_products(
    rng, monkeypatch, rows, center, block_bytes, block_of
):
    X = data(rng, 15, 33)
    stored = ArraySource(X.copy())
    source = SimpleNamespace(
        shape=X.shape, columns=lambda size: map(block_of, stored.columns(size))
    )
    monkeypatch.setattr("rnnfv.reduction.gram.PANEL", 4)
    exact = X.astype(np.float64) - (X[rows].astype(np.float64).mean(axis=0) if center else 0)
    gram = gram_matrix(source, rows, center=center, block_bytes=block_bytes)
    np.testing.assert_allclose(
        gram, exact @ exact[rows].T, atol=1e-4 * np.abs(exact @ exact.T).max()
    )
    np.testing.assert_array_equal(gram[rows], gram[rows].T)


@pytest.mark.parametrize("k", [3, 20, 40])
def test_largest_eigenpairs_are_found_either_way(rng, monkeypatch, k):
    monkeypatch.setattr(symmetric, "WHOLE", 10)
    A = rng.normal(size=(40, 40))
    A = A @ A.T
    values, vectors = symmetric.largest_eigenpairs(A, k)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(A)[40 - k :], rtol=1e-9)
    np.testing.assert_allclose(A @ vectors, vectors * values, atol=1e-9 * values[-1])
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(k), atol=1e-10)


def test_errors_are_for_people(rng):
    X = data(rng, 8, 4)
    with pytest.raises(NotFittedError):
        StreamedPCA().transform(X)
    with pytest.raises(InputError, match="NaN"):
        StreamedPCA().fit(np.where(X[0, 0] == X, np.nan, X))
    with pytest.raises(InputError, match="row 2 of X holds NaN"):
        StreamedPCA().fit(X).transform(np.where(np.arange(8)[:, None] == 2, np.nan, X))
    with pytest.raises(InputError, match="all rows are equal"):
        StreamedPCA(solver="gram").fit(np.ones((3, 9)))
    with pytest.raises(ValueError, match="'solver' parameter of StreamedPCA must be"):
        StreamedPCA(solver="svd").fit(X)
    with pytest.raises(InputError, match="3 features, but PCA was fitted on 4"):
        StreamedPCA().fit(X).transform(X[:, :3])
    with pytest.raises(InputError, match="at least one row"):
        StreamedPCA().fit(X, rows=np.array([], dtype=int))
