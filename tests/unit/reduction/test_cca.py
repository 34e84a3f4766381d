"""Regularised CCA against the generalised eigenproblem, QR and SVD, and naive repetition."""

import h5py
import numpy as np
import pytest
import scipy.linalg
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from rnnfv import InputError
from rnnfv.arrays.matrices import ArraySource, FunctionRows, as_rows, in_memory
from rnnfv.arrays.views import NormalizedRows
from rnnfv.reduction.cca import RegularizedCCA, cca_problem
from rnnfv.reduction.cca_projection import CCAProjection, read_view, write_projection
from rnnfv.reduction.power_normalizer import PowerNormalizer

JITTER = 1e-8
ROUTES = [(solver, how) for how in ("eigen", "cholesky") for solver in ("covariance", "gram")]


def related(rng, n, p, q, shared=6, noise=0.5):
    """Two views of the same few latent numbers, of rank p and q, off centre."""
    z = rng.normal(size=(n, shared))
    X = z @ rng.normal(size=(shared, p)) + noise * rng.normal(size=(n, p)) + 3
    Y = z @ rng.normal(size=(shared, q)) + noise * rng.normal(size=(n, q)) - 2
    return X, Y


def peer(X, Y, eta, jitter=JITTER):
    """The generalised eigenproblem of both views' block matrix, and the scaling of the paper."""
    X, Y = X - X.mean(axis=0), Y - Y.mean(axis=0)
    n, p, q = len(X), X.shape[1], Y.shape[1]
    Cxx, Cyy, Cxy = X.T @ X / n, Y.T @ Y / n, X.T @ Y / n
    Cxx += (jitter + eta * np.linalg.eigvalsh(Cxx)[-1]) * np.eye(p)
    Cyy += (jitter + eta * np.linalg.eigvalsh(Cyy)[-1]) * np.eye(q)
    crossed = np.block([[np.zeros((p, p)), Cxy], [Cxy.T, np.zeros((q, q))]])
    values, vectors = scipy.linalg.eigh(crossed, scipy.linalg.block_diag(Cxx, Cyy))
    k = min(n - 1, p, q)
    values, vectors = values[::-1][:k], vectors[:, ::-1][:, :k]
    vectors *= np.sqrt(2)  # unit variance in each view, not in both
    x_weights, y_weights = vectors[:p] * values, vectors[p:] * values
    signs = np.sign(y_weights[np.abs(y_weights).argmax(axis=0), np.arange(k)])
    return values, x_weights * signs, y_weights * signs


def assert_same(ours, theirs, rtol=1e-9):
    for name in ("correlations", "x_mean", "y_mean", "x_weights", "y_weights"):
        a, b = getattr(ours, name), getattr(theirs, name)
        np.testing.assert_allclose(a, b, rtol=0, atol=rtol * np.abs(b).max(), err_msg=name)


@pytest.mark.parametrize(
    "shape", [(150, 20, 12), (150, 12, 20), (40, 90, 10), (14, 30, 25), (14, 30, 90)]
)
@pytest.mark.parametrize("solver", ["covariance", "gram"])
@pytest.mark.parametrize("eta", [0.1, 1e-3, 1e-5])
def test_equals_the_generalised_eigenproblem(rng, shape, solver, eta):
    X, Y = related(rng, *shape)
    ours = cca_problem(X, Y, solver=solver).solve(eta)
    correlations, x_weights, y_weights = peer(X, Y, eta)
    np.testing.assert_allclose(ours.correlations, correlations, atol=1e-9)
    np.testing.assert_allclose(ours.x_weights, x_weights, atol=1e-7 * np.abs(x_weights).max())
    np.testing.assert_allclose(ours.y_weights, y_weights, atol=1e-7 * np.abs(y_weights).max())
    np.testing.assert_allclose(ours.x_mean, X.mean(axis=0))
    np.testing.assert_allclose(ours.project_x(X), (X - X.mean(axis=0)) @ x_weights, atol=1e-4)
    np.testing.assert_allclose(ours.project_y(Y), (Y - Y.mean(axis=0)) @ y_weights, atol=1e-4)


def test_without_regularisation_equals_qr_and_svd(rng):
    X, Y = related(rng, 200, 15, 9)
    ours = cca_problem(X, Y).solve(0, jitter=0)
    x_basis, y_basis = (np.linalg.qr(V - V.mean(axis=0))[0] for V in (X, Y))
    left, cosines, _ = np.linalg.svd(x_basis.T @ y_basis)
    np.testing.assert_allclose(ours.correlations, cosines, atol=1e-10)
    variates = x_basis @ left[:, :9]
    # Variance 1 and scaled by the correlation: sqrt(n) times a unit vector, times the correlation.
    projected = ours.project_x(X).astype(float) / np.sqrt(200) / cosines
    np.testing.assert_allclose(np.abs(np.sum(projected * variates, axis=0)), 1, atol=1e-5)
    np.testing.assert_allclose(projected.T @ projected, np.eye(9), atol=1e-5)


@pytest.mark.parametrize("route", ROUTES)
def test_identical_views_correlate_fully(rng, route):
    X, _ = related(rng, 60, 10, 1)
    eta = 0 if route[1] == "eigen" else 1e-6
    found = cca_problem(X, X, solver=route[0], factorization=route[1]).solve(eta)
    np.testing.assert_allclose(found.correlations, 1, atol=1e-6 if eta == 0 else 2e-3)
    assert len(found.correlations) == 10


def test_invertible_maps_change_nothing_as_eta_vanishes(rng):
    X, Y = related(rng, 200, 8, 6)
    A, B = rng.normal(size=(8, 8)), rng.normal(size=(6, 6))
    one = cca_problem(X, Y).solve(0, jitter=0)
    other = cca_problem(X @ A + 5, Y @ B - 1).solve(0, jitter=0)
    np.testing.assert_allclose(other.correlations, one.correlations, atol=1e-9)
    a, b = one.project_x(X), other.project_x(X @ A + 5)
    np.testing.assert_allclose(a * np.sign((a * b).sum(axis=0)), b, atol=1e-3)


def test_independent_views_hardly_correlate(rng):
    X, Y = rng.normal(size=(20_000, 5)), rng.normal(size=(20_000, 4))
    assert cca_problem(X, Y).solve(1e-3).correlations.max() < 0.04
    X, Y = rng.normal(size=(2, 20, 30))  # as many dimensions as rows: everything correlates
    assert cca_problem(X, Y).solve(0).correlations.min() > 0.99
    assert cca_problem(X, Y).solve(0.5).correlations.max() < 0.9  # unless regularised


def test_columns_are_scaled_by_their_correlations(rng):
    X, Y = related(rng, 300, 12, 7)
    found = cca_problem(X, Y).solve(1e-2)
    for V, weights in ((X, found.x_weights), (Y, found.y_weights)):
        C = np.cov(V.T, bias=True)
        C += (JITTER + 1e-2 * np.linalg.eigvalsh(C)[-1]) * np.eye(len(C))
        variances = np.diag(found.correlations**2)
        np.testing.assert_allclose(weights.T @ C @ weights, variances, atol=1e-9)
    assert (np.diff(found.correlations) <= 0).all()
    assert (found.y_weights[np.abs(found.y_weights).argmax(axis=0), np.arange(7)] > 0).all()


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("consecutive", [True, False])
@pytest.mark.parametrize("q", [8, 100])  # fewer of these images' numbers than images, or more
def test_sentences_that_share_an_image_equal_its_repetition(rng, route, consecutive, q):
    pairs = np.repeat(np.arange(40), rng.integers(0, 8, 40))  # some images without a sentence
    if not consecutive:
        pairs = rng.permutation(pairs)
    X, Y = related(rng, len(pairs), 15, q)
    images = rng.normal(size=(40, q)) + 10
    Y += images[pairs]
    images = np.full((40, q), np.nan)
    for i in set(pairs):
        images[i] = Y[pairs == i].mean(axis=0)
    options = dict(solver=route[0], factorization=route[1], block_bytes=900)
    shared = cca_problem(X, images, pairs, **options).solve(1e-3)
    repeated = cca_problem(X, images[pairs], **options).solve(1e-3)
    assert_same(shared, repeated, 1e-9 if route[1] == "eigen" else 1e-3)


@pytest.mark.parametrize("block_bytes", [1, 3000])
@pytest.mark.parametrize("solver", ["covariance", "gram"])
def test_streamed_from_disk_equals_in_memory(rng, tmp_path, block_bytes, solver):
    X, Y = (V.astype(np.float32) for V in related(rng, 60, 25, 8))
    direct = cca_problem(X, Y, solver=solver).solve(1e-3)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        stored = file.create_dataset("x", data=X, chunks=(7, 6))
        small = file.create_dataset("y", data=Y)
        streamed = cca_problem(stored, small, solver=solver, block_bytes=block_bytes).solve(1e-3)
        scores = streamed.project_x(stored, block_bytes)
    assert_same(streamed, direct)
    np.testing.assert_allclose(scores, direct.project_x(X), atol=1e-5)


@pytest.mark.parametrize("solver", ["covariance", "gram"])
def test_a_source_that_only_has_rows(rng, solver):
    X, Y = related(rng, 30, 50, 6)
    places = [slice(i, i + 4) for i in range(0, 30, 4)]
    source = FunctionRows(X.shape, lambda block_bytes: (X[place].copy() for place in places))
    for factorization, rtol in (("eigen", 1e-9), ("cholesky", 1e-4)):
        found = cca_problem(source, Y, solver=solver, factorization=factorization).solve(1e-2)
        assert_same(found, cca_problem(X, Y).solve(1e-2), rtol)


@pytest.mark.parametrize("route", ROUTES)
def test_a_large_mean_does_not_cost_precision(rng, route):
    # Exact in float32, also after the shift.
    X, Y = (np.round(V * 64) / 64 for V in related(rng, 80, 12, 6))
    options = dict(solver=route[0], factorization=route[1], block_bytes=2000)
    near = cca_problem(X.astype(np.float32), Y.astype(np.float32), **options).solve(1e-3)
    X, Y = X + 1e4, Y - 1e4
    far = cca_problem(X.astype(np.float32), Y.astype(np.float32), **options).solve(1e-3)
    tolerance = 1e-9 if route[1] == "eigen" else 2e-4
    np.testing.assert_allclose(far.correlations, near.correlations, atol=tolerance)
    largest = np.abs(near.x_weights).max()
    np.testing.assert_allclose(far.x_weights, near.x_weights, atol=tolerance * largest)
    atol = 1e-3 if tolerance > 1e-4 else 1e-4
    np.testing.assert_allclose(far.project_x(X), near.project_x(X - 1e4), atol=atol)


def test_rows_in_an_order_that_misleads_the_provisional_mean(rng):
    X, Y = related(rng, 400, 10, 5)
    X[:20] += 1000
    ours = cca_problem(X, Y, solver="covariance", block_bytes=20 * 10 * 8).solve(1e-3)
    correlations, x_weights, _ = peer(X, Y, 1e-3)
    np.testing.assert_allclose(ours.correlations, correlations, atol=1e-8)
    np.testing.assert_allclose(ours.x_weights, x_weights, atol=1e-6 * np.abs(x_weights).max())


def test_a_sweep_equals_refitting(rng):
    X, Y = related(rng, 100, 20, 10)
    for factorization in ("eigen", "cholesky"):
        problem = cca_problem(X, Y, factorization=factorization)
        for eta in (1e-1, 1e-4, 1e-2, 1e-2):
            fresh = cca_problem(X, Y, factorization=factorization).solve(eta)
            np.testing.assert_array_equal(problem.solve(eta).x_weights, fresh.x_weights)
            np.testing.assert_array_equal(problem.solve(eta).y_weights, fresh.y_weights)


@pytest.mark.parametrize("solver", ["covariance", "gram"])
@pytest.mark.parametrize("eta", [1e-1, 1e-3, 5e-5])
def test_single_precision_agrees_where_it_matters(rng, solver, eta):
    p = 1200 if solver == "gram" else 600  # more than one panel of the accumulated matrix
    X, Y = related(rng, 800, p, 30)
    x_new, y_new = X[700:], Y[700:]
    X, Y = X[:700].astype(np.float32), Y[:700].astype(np.float32)
    exact = cca_problem(X, Y, solver=solver, factorization="eigen").solve(eta)
    options = dict(solver=solver, factorization="cholesky", block_bytes=300_000)
    single = cca_problem(X, Y, **options).solve(eta)
    assert single.x_weights.dtype == np.float32
    np.testing.assert_allclose(single.correlations, exact.correlations, atol=1e-4)
    l2 = PowerNormalizer(1)
    cosines = [
        l2.transform(c.project_x(x_new)) @ l2.transform(c.project_y(y_new)).T
        for c in (exact, single)
    ]
    np.testing.assert_allclose(*cosines, atol=2e-3)


def test_fewer_components_are_the_first(rng):
    X, Y = related(rng, 100, 20, 10)
    problem = cca_problem(X, Y)
    few, all_of_them = problem.solve(1e-3, 4), problem.solve(1e-3)
    np.testing.assert_array_equal(few.correlations, all_of_them.correlations[:4])
    np.testing.assert_allclose(few.x_weights, all_of_them.x_weights[:, :4], atol=1e-12)


def test_components_do_not_exceed_the_ranks(rng):
    X, Y = related(rng, 50, 12, 8)
    assert len(cca_problem(np.hstack([X, X]), Y[:, [0, 1, 2, 0, 1]]).solve(1e-3).correlations) == 3
    assert len(cca_problem(X[:6], Y[:6]).solve(1e-3).correlations) == 5
    images = rng.normal(size=(4, 8))  # rank 3 once centred
    assert len(cca_problem(X, images, np.arange(50) % 4).solve(1e-3).correlations) == 3


def test_same_input_same_bytes(rng):
    X, Y = related(rng, 90, 40, 10)
    for solver, factorization in ROUTES:
        options = dict(solver=solver, factorization=factorization)
        a, b = (cca_problem(X, Y, **options).solve(1e-3) for _ in range(2))
        assert a.x_weights.tobytes() == b.x_weights.tobytes()
        assert a.y_weights.tobytes() == b.y_weights.tobytes()


def test_input_is_left_alone(rng):
    X, Y = related(rng, 50, 20, 8)
    before = X.copy(), Y.copy()
    for solver, factorization in ROUTES:
        cca_problem(X, Y, solver=solver, factorization=factorization).solve(1e-2).project_x(X)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(Y, before[1])


def test_projections_are_stored_and_read_in_part(rng, tmp_path):
    X, Y = related(rng, 60, 12, 8)
    found = cca_problem(X, Y).solve(1e-3)
    write_projection(tmp_path / "cca.h5", found, {"eta": 1e-3})
    images = read_view(tmp_path / "cca.h5", "y", n_components=3)
    np.testing.assert_allclose(images.project(Y), found.project_y(Y)[:, :3], atol=1e-6)
    np.testing.assert_allclose(read_view(tmp_path / "cca.h5", "x").project(X), found.project_x(X))
    with h5py.File(tmp_path / "cca.h5") as file:
        assert file.attrs["eta"] == 1e-3
        assert_same(CCAProjection(**{name: values[:] for name, values in file.items()}), found, 0)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["correlations"] = 1
    with pytest.raises(InputError, match="x_mean, x_weights missing"):
        read_view(tmp_path / "other.h5", "x")


def test_estimator(rng):
    X, Y = related(rng, 80, 15, 9)
    pairs = np.arange(80) // 2
    estimator = clone(RegularizedCCA(5, eta=1e-2, solver="covariance"))
    with pytest.raises(NotFittedError):
        estimator.transform(X)
    scores = estimator.fit_transform(X, Y, pairs)
    direct = cca_problem(X, Y, pairs).solve(1e-2, 5)
    np.testing.assert_array_equal(estimator.x_weights_, direct.x_weights)
    np.testing.assert_array_equal(estimator.correlations_, direct.correlations)
    both = estimator.transform(X, Y)
    np.testing.assert_array_equal(both[0], scores)
    np.testing.assert_array_equal(both[1], estimator.transform_y(Y))
    assert (estimator.n_features_in_, scores.shape, scores.dtype) == (15, (80, 5), np.float32)


def test_errors_are_for_people(rng):
    X, Y = related(rng, 20, 6, 4)
    bad = X.copy()
    bad[13, 2] = np.nan
    for solver in ("covariance", "gram"):
        with pytest.raises(InputError, match="row 13 of X holds NaN"):
            cca_problem(bad, Y, solver=solver, block_bytes=200)
        with pytest.raises(InputError, match="all rows of X are equal"):
            cca_problem(np.full((20, 6), 0.1), Y, solver=solver)
    with pytest.raises(InputError, match="row 13 of Y holds NaN"):
        cca_problem(X, np.where(np.arange(20)[:, None] == 13, np.inf, Y))
    with pytest.raises(InputError, match="all rows of Y are equal"):
        cca_problem(X, Y, np.full(20, 3))
    for arguments, message in [
        ((X, Y[:10]), "X has 20 rows and Y has 10"),
        ((X, Y, np.arange(19)), "20 integers, one for every row of X"),
        ((X, Y, np.arange(20.0)), "20 integers, one for every row of X; got float64"),
        ((X, Y, np.arange(20) + 1), "pairs runs from 1 to 20, but Y has the rows 0 to 19"),
        ((X[:1], Y[:1]), "at least two rows"),
    ]:
        with pytest.raises(InputError, match=message):
            cca_problem(*arguments)
    problem = cca_problem(X, Y)
    with pytest.raises(InputError, match="X has 5 features, but the CCA was fitted on 6"):
        problem.solve(1e-3).project_x(X[:, :5])
    with pytest.raises(InputError, match="row 13 of X holds NaN"):
        problem.solve(1e-3).project_x(bad)
    problem = cca_problem(np.hstack([X, X]), Y, solver="covariance", factorization="cholesky")
    with pytest.raises(InputError, match="use a larger eta"):
        problem.solve(0, jitter=0)
    signs = np.array([1.0, -1.0])
    with pytest.raises(InputError, match="do not correlate at all"):
        cca_problem(np.repeat(signs, 2)[:, None], np.tile(signs, 2)[:, None]).solve(1e-3)


def test_rows_of_arrays_and_data_sets(rng, tmp_path):
    X = rng.normal(size=(23, 7)).astype(np.float32)
    chosen = np.array([0, 3, 4, 11, 22])
    with h5py.File(tmp_path / "x.h5", "w") as file:
        stored = file.create_dataset("x", data=X.astype(np.float16), chunks=(4, 3))
        for values, tolerance in ((X, 0), (stored, 2e-3)):
            for block_bytes in (1, 100, 2**20):
                for rows in (None, chosen):
                    source = ArraySource(values, rows)
                    wanted = X if rows is None else X[rows]
                    blocks = list(source.rows(block_bytes))
                    assert source.shape == wanted.shape
                    assert all(block.dtype == np.float32 for block in blocks)
                    a_chunk = 4 * 7 * 4
                    assert max(block.nbytes for block in blocks) <= max(block_bytes, a_chunk)
                    again = np.concatenate(list(source.rows(block_bytes)))
                    columns = np.hstack(list(source.columns(block_bytes)))
                    for found in (np.concatenate(blocks), again, columns):
                        np.testing.assert_allclose(found, wanted, atol=tolerance)
    assert in_memory(as_rows(X)) is X
    np.testing.assert_array_equal(in_memory(ArraySource(X, chosen)), X[chosen])
    assert next(ArraySource(X.astype(np.float64)).rows()).dtype == np.float64
    single = ArraySource(X.astype(np.float64), dtype=np.float32)
    assert all(block.dtype == np.float32 for block in single.columns(90))
    np.testing.assert_array_equal(np.hstack(list(single.columns(90))), X)


def test_normalised_rows(rng):
    X = rng.normal(size=(40, 9)).astype(np.float32)
    X[5] = 0
    before = X.copy()
    rooted = in_memory(NormalizedRows(ArraySource(X), 0.5), 100)
    np.testing.assert_allclose(rooted, PowerNormalizer().transform(X), rtol=1e-6)
    np.testing.assert_array_equal(X, before)


def test_row_sources_refuse_what_they_cannot_read(rng):
    X = rng.normal(size=(5, 4))
    with pytest.raises(InputError, match="increasing order"):
        ArraySource(X, np.array([2, 1]))
    with pytest.raises(InputError, match="rows 0 to 5 asked for, of 5 rows"):
        ArraySource(X, np.arange(6))
    with pytest.raises(InputError, match=r"a matrix \(n, D\), got an array of shape \(5,\)"):
        as_rows(X[:, 0])
    with pytest.raises(InputError, match="X holds complex128; expected real numbers"):
        as_rows(X * 1j)
    short = FunctionRows((6, 4), lambda block_bytes: iter([X.copy()]))
    with pytest.raises(InputError, match="X gave 5 rows, but says it has 6"):
        cca_problem(short, rng.normal(size=(6, 2)), solver="covariance")
    with pytest.raises(InputError, match="gave 5 rows, but says it has 6"):
        cca_problem(rng.normal(size=(6, 2)), short)
    wide = FunctionRows((5, 3), lambda block_bytes: iter([X.copy()]))
    with pytest.raises(InputError, match=r"gave a block of shape \(5, 4\) at row 0"):
        cca_problem(wide, rng.normal(size=(5, 2)), solver="covariance")
