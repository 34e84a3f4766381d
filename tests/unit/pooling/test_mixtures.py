"""Hybrid mixtures, their Fisher vectors, and independent components of words: against slow and
independent routes."""

import itertools
import logging
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.mixture import GaussianMixture

from rnnfv import GMMFisherVector, InputError, PowerNormalizer, Sequences, write_sequences
from rnnfv.arrays.sequences import TableRows, open_sequences
from rnnfv.pooling.concatenated import ConcatenatedFisherVectors
from rnnfv.pooling.hglmm import HGLMMFisherVector, LMMFisherVector
from rnnfv.pooling.mixtures import KINDS, HybridMixture
from rnnfv.pooling.weighted_median import SortedColumns
from rnnfv.reduction.ica import WordICA


def made_mixture(weights, medians, scales, means, deviations, laplacian):
    """A mixture of given parameters, not fitted."""
    mixture = HybridMixture(len(weights))
    mixture.weights_, mixture.laplacian_ = np.asarray(weights), np.asarray(laplacian, bool)
    mixture.medians_, mixture.scales_ = np.asarray(medians, float), np.asarray(scales, float)
    mixture.means_ = np.asarray(means, float)
    mixture.variances_ = np.asarray(deviations, float) ** 2
    return mixture


def random_mixture(rng, k, dim, laplacian):
    medians, means = rng.normal(size=(2, k, dim))
    scales, deviations = rng.uniform(0.5, 2, (2, k, dim))
    weights = rng.dirichlet(np.full(k, 5))
    return made_mixture(weights, medians, scales, means, deviations, laplacian)


def draw(mixture, n, rng):
    """n vectors from a mixture, and which component made each."""
    made_by = rng.choice(len(mixture.weights_), n, p=mixture.weights_)
    laplace = rng.laplace(mixture.medians_[made_by], mixture.scales_[made_by])
    gauss = rng.normal(mixture.means_[made_by], np.sqrt(mixture.variances_[made_by]))
    return np.where(mixture.laplacian_[made_by], laplace, gauss), made_by


def naive_log_joint(m, X):
    """log pi_k + log p_k(x), written out: (N, K)."""
    x = X[:, None, :]
    laplace = -np.log(2 * m.scales_) - np.abs(x - m.medians_) / m.scales_
    gauss = -0.5 * np.log(2 * np.pi * m.variances_) - (x - m.means_) ** 2 / (2 * m.variances_)
    return np.log(m.weights_) + np.where(m.laplacian_, laplace, gauss).sum(axis=2)


def naive_median(x, weights):
    """The least x at which the weight at or below it is at least half, by trying every x."""
    half = weights.sum() / 2
    return min(value for value in x if weights[x <= value].sum() >= half)


def naive_m_step(X, gamma, floor=1e-3):
    """Weights, medians, scales, means, variances, flags: the method's M step, entry by entry."""
    dim, k = X.shape[1], gamma.shape[1]
    m, s, mu, var, b = (np.empty((k, dim)) for _ in range(5))
    for i, d in itertools.product(range(k), range(dim)):
        g, x = gamma[:, i], X[:, d]
        m[i, d] = naive_median(x, g)
        s[i, d] = max((g * np.abs(x - m[i, d])).sum() / g.sum(), floor)
        mu[i, d] = (g * x).sum() / g.sum()
        var[i, d] = max((g * (x - mu[i, d]) ** 2).sum() / g.sum(), floor)
        laplace = g @ (-np.log(2 * s[i, d]) - np.abs(x - m[i, d]) / s[i, d])
        gauss = g @ (-0.5 * np.log(2 * np.pi * var[i, d]) - (x - mu[i, d]) ** 2 / (2 * var[i, d]))
        b[i, d] = laplace > gauss
    return gamma.mean(axis=0), m, s, mu, var, b.astype(bool)


@pytest.fixture
def vectors(rng):
    """700 vectors of two clusters: some dimensions heavy-tailed, one constant, one coarse."""
    X = np.where(np.arange(6) < 3, rng.laplace(size=(700, 6)), rng.normal(size=(700, 6)))
    X += rng.integers(0, 2, (700, 1)) * 2
    X[:, 2], X[:, 5] = 7.0, rng.integers(0, 3, 700)
    return X


@pytest.fixture
def sentences(rng):
    """Sentences of 1 to 9 words from a table of 50: as rows of the table, and as arrays."""
    table = rng.normal(size=(50, 4)).astype(np.float32)
    lengths = [1, 5, 3, 9, 1, 2, 4, 4, 6, 2, 7, 1]
    index = rng.integers(0, 50, sum(lengths))
    index[1:3] = 4  # a word twice in a sentence
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return Sequences([str(i) for i in range(len(lengths))], offsets, TableRows(table, index))


# EM


@pytest.mark.parametrize("n", [1, 2, 7, 255, 256, 257, 1000])
def test_weighted_medians_equal_naive(n, rng):
    X = rng.normal(size=(n, 18))
    X[:, 1], X[:, 2] = 3.0, rng.integers(-2, 3, n)  # all equal; ties
    weights = rng.integers(0, 4, (n, 5)) / 4.0  # exact sums, zero weights, halves reached exactly
    weights[:, 1], weights[:, 2] = 1.0, 0.0
    weights[0, 2] = 0.25  # all mass on one row
    weights[0, weights.sum(axis=0) == 0] = 1.0
    medians, deviations = SortedColumns(X).medians(weights)
    for k, d in itertools.product(range(5), range(18)):
        expected = naive_median(X[:, d], weights[:, k])
        assert medians[k, d] == expected
        deviation = weights[:, k] @ np.abs(X[:, d] - expected)
        np.testing.assert_allclose(deviations[k, d], deviation, atol=1e-12 * n)


def test_weighted_median_minimises_absolute_deviation(rng):
    X, weights = rng.normal(size=(300, 1)), rng.random((300, 3))
    medians, deviations = SortedColumns(X).medians(weights)
    for k in range(3):
        by_candidate = (weights[:, k] * np.abs(X - X.T)).sum(axis=1)
        np.testing.assert_allclose(deviations[k, 0], by_candidate.min(), rtol=1e-12)
        assert medians[k, 0] == X[by_candidate.argmin(), 0]


def test_one_iteration_equals_naive(vectors):
    before = HybridMixture(3, n_iter=2, random_state=1).fit(vectors)
    after = HybridMixture(3, n_iter=3, random_state=1).fit(vectors)
    joint = naive_log_joint(before, vectors)
    scores = np.logaddexp.reduce(joint, axis=1)
    gamma = np.exp(joint - scores[:, None])
    np.testing.assert_allclose(before.predict_proba(vectors), gamma, atol=1e-10)
    np.testing.assert_allclose(before.score_samples(vectors), scores, rtol=1e-10)
    names = "weights medians scales means variances laplacian".split()
    for name, naive in zip(names, naive_m_step(vectors, gamma), strict=True):
        np.testing.assert_allclose(getattr(after, f"{name}_"), naive, rtol=1e-8)
    assert 0 < after.laplacian_.mean() < 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_em_never_lowers_the_likelihood(kind, dtype, vectors):
    """Also with floors active: dimension 2 is constant, so both spreads there are the floor."""
    X = vectors.astype(dtype)
    for seed in range(5):
        mixture = HybridMixture(4, kind=kind, n_iter=15, random_state=seed).fit(X)
        steps = np.diff(mixture.log_likelihoods_)
        assert len(steps) == 15 and steps.min() > -(1e-10 if dtype == np.float64 else 1e-5)
        assert steps[:3].sum() > 0.1
        np.testing.assert_allclose(mixture.log_likelihoods_[-1], mixture.score(X), rtol=1e-12)
        np.testing.assert_allclose(mixture.scales_[:, 2], 1e-3)
        np.testing.assert_allclose(mixture.variances_[:, 2], 1e-3)
        if kind != "hybrid":
            assert (mixture.laplacian_ == (kind == "laplacian")).all()


def test_gaussian_kind_is_scikit_learns_em(vectors):
    """From the same start and without floors in play, both do the same iterations."""
    X = vectors[:, [0, 1, 3, 4]]
    ours = HybridMixture(3, kind="gaussian", random_state=0)
    start, fitted = (clone(ours).set_params(n_iter=n).fit(X) for n in (1, 9))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begin = {"weights_init": start.weights_, "means_init": start.means_}
        begin |= {"precisions_init": 1 / start.variances_, "covariance_type": "diag"}
        theirs = GaussianMixture(3, tol=0, reg_covar=0, max_iter=8, **begin).fit(X)
    np.testing.assert_allclose(fitted.means_, theirs.means_, rtol=1e-6)
    np.testing.assert_allclose(fitted.variances_, theirs.covariances_, rtol=1e-6)
    np.testing.assert_allclose(fitted.predict_proba(X), theirs.predict_proba(X), atol=1e-6)


def test_flags_and_parameters_are_recovered(rng):
    flags = rng.integers(0, 2, (2, 12)).astype(bool)
    truth = random_mixture(rng, 2, 12, flags)
    truth.medians_[1] += 4
    truth.means_[1] += 4
    truth.weights_ = np.array([0.7, 0.3])
    X, _ = draw(truth, 20_000, rng)
    fits = [HybridMixture(2, random_state=seed).fit(X.astype(np.float32)) for seed in range(3)]
    best = max(fits, key=lambda fit: fit.log_likelihoods_[-1])
    order = np.argsort(-best.weights_)
    np.testing.assert_array_equal(best.laplacian_[order], flags)
    np.testing.assert_allclose(best.weights_[order], truth.weights_, atol=0.02)
    np.testing.assert_allclose(best.medians_[order][flags], truth.medians_[flags], atol=0.15)
    np.testing.assert_allclose(best.scales_[order][flags] / truth.scales_[flags], 1, atol=0.1)
    ratios = best.variances_[order] / truth.variances_
    np.testing.assert_allclose(ratios[~flags], 1, atol=0.15)
    assert best.log_likelihoods_[-1] > truth.score(X) - 0.01
    for kind in ("laplacian", "gaussian"):
        assert best.score(X) > HybridMixture(2, kind=kind, random_state=0).fit(X).score(X) + 0.05


def test_float32_far_from_zero(rng):
    """Tight clusters far apart and far from zero: nothing cancels."""
    X = 1000 + 100 * rng.integers(0, 2, (2000, 1)) + rng.laplace(size=(2000, 3))
    X, mixture = X.astype(np.float32), HybridMixture(2, n_iter=5, random_state=3)
    single, double = clone(mixture).fit(X), clone(mixture).fit(X.astype(float))
    for name in ("medians_", "scales_", "means_", "variances_"):
        np.testing.assert_allclose(getattr(single, name), getattr(double, name), rtol=1e-4)
    np.testing.assert_array_equal(single.laplacian_, double.laplacian_)


def test_component_without_mass_keeps_its_parameters(vectors, sentences):
    class FarStart(HybridMixture):
        def _start(self, X, columns):
            super()._start(X, columns)
            self.medians_[0] = self.means_[0] = 1e6

    mixture = FarStart(3, random_state=0).fit(vectors[:, :4])
    assert mixture.weights_[0] == 0
    assert (mixture.medians_[0] == 1e6).all() and (mixture.means_[0] == 1e6).all()
    steps = np.diff(mixture.log_likelihoods_)
    assert np.isfinite(mixture.log_likelihoods_).all() and steps.min() > -1e-10
    np.testing.assert_allclose(mixture.predict_proba(vectors[:, :4]).sum(axis=1), 1)
    fisher = HGLMMFisherVector.from_mixture(mixture).transform(sentences).reshape(-1, 2, 3, 4)
    assert np.isfinite(fisher).all() and (fisher[:, :, 0] == 0).all()


def test_seed_decides(vectors):
    one, same, other = (HybridMixture(4, random_state=seed).fit(vectors) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.medians_, same.medians_)
    np.testing.assert_array_equal(one.log_likelihoods_, same.log_likelihoods_)
    assert not np.array_equal(one.medians_, other.medians_)


def test_one_component_is_the_data_itself(vectors):
    X = vectors[:699]  # an odd number has one median
    mixture = HybridMixture(1, n_iter=1, random_state=0).fit(X)
    np.testing.assert_allclose(mixture.medians_[0], np.median(X, axis=0))
    np.testing.assert_allclose(mixture.means_[0], X.mean(axis=0))
    np.testing.assert_allclose(mixture.variances_[0], np.maximum(X.var(axis=0), 1e-3))


def test_bad_input_to_the_mixture(vectors):
    broken = vectors.copy()
    broken[17, 3] = np.inf
    for X, message in [
        (broken, "vector 17 holds NaN"),
        (vectors[:2], "2 vectors cannot fit 3 components"),
        (vectors[0], r"expected a \(vectors, dimension\) matrix"),
        (np.full((9, 2), "a"), "holds <U1; expected real numbers"),
    ]:
        with pytest.raises(InputError, match=message):
            HybridMixture(3).fit(X)
    for parameters, message in [
        ({"kind": "cauchy"}, "'kind' parameter of HybridMixture must be a str among"),
        ({"n_iter": 0}, "n_iter"),
        ({"floor": 0}, "floor"),
    ]:
        with pytest.raises(ValueError, match=message):
            HybridMixture(3, **parameters).fit(vectors)
    fitted = HybridMixture(3, random_state=0).fit(vectors)
    with pytest.raises(InputError, match="X has 4 features, but the mixture was fitted on 6"):
        fitted.score_samples(vectors[:, :4])
    with pytest.raises(NotFittedError):
        HybridMixture(3).predict_proba(vectors)


# Fisher vectors


def log_likelihood_gradient(mixture, name, x, step=1e-6):
    """Central differences of sum_i log p(x_i) by every entry of one parameter."""
    values, gradient = getattr(mixture, name), np.empty(mixture.means_.shape)
    for place in np.ndindex(values.shape):
        old, sides = values[place], []
        for change in (step, -step):
            by_sigma = (np.sqrt(old) + change) ** 2
            values[place] = by_sigma if name == "variances_" else old + change
            sides.append(mixture.score_samples(x).sum())
        values[place] = old
        gradient[place] = (sides[0] - sides[1]) / (2 * step)
    return gradient


@pytest.mark.parametrize("flags", list(itertools.product([False, True], repeat=4)))
def test_fisher_vector_is_the_normalised_gradient(flags, rng):
    laplacian = np.reshape(flags, (2, 2))
    mixture = random_mixture(rng, 2, 2, laplacian)
    x = rng.normal(size=(7, 2)).astype(np.float32).astype(np.float64)
    names = "medians_", "scales_", "means_", "variances_"
    by = {name: log_likelihood_gradient(mixture, name, x) for name in names}
    scale, sigma = mixture.scales_, np.sqrt(mixture.variances_)
    location = np.where(laplacian, by["medians_"] * scale, by["means_"] * sigma)
    spread = np.where(laplacian, by["scales_"] * scale, by["variances_"] * sigma / np.sqrt(2))
    expected = np.stack([location, spread]) / np.sqrt(len(x) * mixture.weights_)[:, None]
    ours = HGLMMFisherVector.from_mixture(mixture).transform([x])[0]
    np.testing.assert_allclose(ours, expected.ravel(), atol=2e-5)
    for name, unused in zip(names, 2 * [~laplacian] + 2 * [laplacian], strict=True):
        np.testing.assert_allclose(by[name][unused], 0, atol=1e-7)


def test_laplacian_fisher_vector_by_hand():
    mixture = made_mixture([1.0], [[1.0]], [[2.0]], [[0.0]], [[1.0]], [[True]])
    model = HGLMMFisherVector.from_mixture(mixture)
    three, one = model.transform([np.array([[0.0], [5.0], [7.0]]), np.array([[1.0]])])
    by_hand = np.array([-1 + 1 + 1, 0.5 + 2 + 3 - 3]) / 3**0.5
    np.testing.assert_allclose(three, by_hand, rtol=1e-6)
    np.testing.assert_allclose(one, [1, -1])  # one word, at the median: sign(0) = 1
    below = model.transform([[[np.nextafter(np.float32(1), 0)]]])
    np.testing.assert_allclose(below, [[1, -1]], rtol=1e-6)  # at it but for rounding


def test_all_gaussian_equals_gmm_fisher_vector(sentences):
    gmm = GMMFisherVector(3, random_state=0).fit(sentences)
    fitted = gmm.mixture_
    ones = np.ones_like(fitted.means_)
    gaussians = fitted.means_, np.sqrt(fitted.covariances_)
    same = made_mixture(fitted.weights_, ones, ones, *gaussians, ones < 0)
    ours = HGLMMFisherVector.from_mixture(same).transform(sentences)
    expected = gmm.transform(sentences) * np.sqrt(sentences.lengths)[:, None]
    np.testing.assert_allclose(ours, expected, atol=1e-5)


def test_lmm_is_the_laplacian_kind(sentences):
    lmm = LMMFisherVector(3, random_state=0)
    assert "kind" not in lmm.get_params() and clone(lmm).get_params() == lmm.get_params()
    ours = lmm.fit_transform(sentences)
    assert lmm.mixture_.laplacian_.all()
    same = HGLMMFisherVector(3, kind="laplacian", random_state=0).fit_transform(sentences)
    np.testing.assert_array_equal(ours, same)
    again = LMMFisherVector.from_mixture(lmm.mixture_).transform(sentences)
    np.testing.assert_array_equal(ours, again)
    with pytest.raises(InputError, match="HGLMMFisherVector takes every mixture"):
        LMMFisherVector.from_mixture(HybridMixture(2, kind="gaussian").fit(np.eye(4)))


def estimators():
    kinds = HGLMMFisherVector, LMMFisherVector, GMMFisherVector
    return [kind(3, random_state=0) for kind in kinds]


@pytest.mark.parametrize("estimator", estimators(), ids=lambda e: type(e).__name__)
def test_forms_of_input_and_blocks(estimator, sentences, tmp_path):
    with pytest.raises(NotFittedError):
        estimator.transform(sentences)
    arrays = list(sentences)
    fitted = clone(estimator).fit(arrays)
    whole = fitted.transform(arrays)
    assert whole.shape == (12, 2 * 3 * 4) and whole.dtype == np.float32 and np.isfinite(whole).all()
    made = clone(estimator).fit_transform(sentences)
    np.testing.assert_array_equal(made, fitted.transform(sentences))
    np.testing.assert_allclose(fitted.transform(sentences), whole, atol=1e-6)
    write_sequences(tmp_path / "s.h5", zip(sentences.ids, arrays, strict=True), 4)
    np.testing.assert_array_equal(clone(estimator).fit_transform(tmp_path / "s.h5"), whole)
    with open_sequences(tmp_path / "s.h5") as stored:
        np.testing.assert_array_equal(clone(estimator).fit(stored).transform(stored), whole)
    for block_bytes in (1, 4 * 24 * 3, 4 * 24 * 5, 2**20):
        for X in (sentences, arrays):
            blocks = list(fitted.blocks(X, block_bytes))
            assert max(len(block) for block in blocks) <= max(block_bytes // (4 * 24), 1)
            np.testing.assert_allclose(np.concatenate(blocks), whole, atol=1e-6)
    for i, x in enumerate(arrays):
        np.testing.assert_allclose(fitted.transform([x])[0], whole[i], atol=1e-6)


@pytest.mark.parametrize("estimator", estimators(), ids=lambda e: type(e).__name__)
def test_bad_sequences_are_named(estimator, sentences):
    fitted = clone(estimator).fit(sentences)
    broken = [x.copy() for x in sentences]
    broken[3][2, 1] = np.nan
    with pytest.raises(InputError, match="sequence '3' holds NaN"):
        fitted.transform(broken)
    with pytest.raises(InputError, match="dimension 3, expected 4"):
        fitted.transform([x[:, :3] for x in sentences])
    with pytest.raises(InputError, match=r"2 \w+ cannot fit 3"):
        clone(estimator).fit([np.eye(4)[:2]])


def test_fit_on_a_sample(rng, sentences):
    words = rng.laplace(size=(400, 4)).astype(np.float32)
    by_all = HGLMMFisherVector(3, random_state=5).fit([words])
    by_sequences = HGLMMFisherVector(3, random_state=5).fit([words[:150], words[150:]])
    np.testing.assert_array_equal(by_all.mixture_.medians_, by_sequences.mixture_.medians_)
    few = HGLMMFisherVector(3, max_samples=40, random_state=5).fit([words])
    assert not np.allclose(few.mixture_.medians_, by_all.mixture_.medians_, atol=1e-3)
    assert few.transform(sentences).shape == (12, 24)


def test_concatenated_and_sampled(sentences, rng):
    models = [model.fit(sentences) for model in estimators()]
    parts = [model.transform(sentences) for model in models]
    together = ConcatenatedFisherVectors(models)
    assert together.dim == 72
    whole = np.concatenate(list(together.blocks(sentences)))
    np.testing.assert_allclose(whole, np.hstack(parts), atol=1e-6)
    coordinates = rng.permutation(72)[:30]
    picked = ConcatenatedFisherVectors(models, coordinates, alpha=0.5)
    expected = np.hstack([PowerNormalizer(0.5).fit_transform(part) for part in parts])
    blocks = list(picked.blocks(sentences, 4 * 72 * 2))
    assert max(len(block) for block in blocks) <= 2
    np.testing.assert_allclose(np.concatenate(blocks), expected[:, coordinates], atol=1e-5)


# Words


@pytest.fixture
def words(rng):
    """Heavy-tailed independent sources, rotated, off centre, and one zero row.

    So many that unit length hardly makes them dependent, and with tails so heavy that FastICA finds
    them from any start: of Laplacian ones it finds all or two thirds, by the start and the
    processor's rounding.
    """
    sources = rng.standard_t(3, size=(6000, 60)) + 0.3
    X = sources @ np.linalg.qr(rng.normal(size=(60, 60)))[0]
    X[7] = 0
    return sources, X


def test_word_ica_finds_independent_sources(words):
    sources, X = words
    ica = WordICA().fit(X)
    out = ica.transform(X)
    assert out.shape == (6000, 60) and out.dtype == np.float32 and ica.converged_
    there = np.arange(6000) != 7  # the row of zeros
    true, unit = (x[there] / np.linalg.norm(x[there], axis=1)[:, None] for x in (sources, X))
    correlation = np.abs(np.corrcoef(out[there], true, rowvar=False)[:60, 60:])
    assert (np.sort(correlation.argmax(axis=1)) == np.arange(60)).all()  # every one of them
    *_, second, best = np.sort(correlation, axis=1).T
    assert best.min() > 0.97 and second.max() < 0.1
    by_hand = unit @ ica.components_.T  # no mean is subtracted
    np.testing.assert_allclose(np.cov(by_hand, rowvar=False), np.eye(60), atol=2e-3)
    by_hand *= 10 / np.linalg.norm(by_hand, axis=1, keepdims=True)
    np.testing.assert_allclose(out[there], by_hand, atol=1e-4)
    assert (out[7] == 0).all()
    np.testing.assert_array_equal(WordICA().fit(X).components_, ica.components_)


def test_word_ica_components_and_rank(words, rng):
    _, X = words
    flat = X[:, :5] @ rng.normal(size=(5, 60))
    four = WordICA(4, scale=2.0).fit_transform(X)
    assert four.shape == (6000, 4) and np.linalg.norm(four[0]) == pytest.approx(2, rel=1e-5)
    assert WordICA(max_iter=20).fit_transform(flat).shape == (6000, 5)  # None takes the rank
    with pytest.raises(InputError, match="vary in 5 directions, too few for 6"):
        WordICA(6).fit(flat)
    with pytest.raises(InputError, match="all rows are equal"):
        WordICA().fit(np.ones((4, 3)))


def test_word_ica_stops_quietly_and_samples(words, caplog):
    _, X = words
    with caplog.at_level(logging.INFO, "rnnfv.reduction.ica"), warnings.catch_warnings():
        warnings.simplefilter("error")
        ica = WordICA(max_iter=2, max_samples=500).fit(X)
    assert not ica.converged_ and ica.n_iter_ == 2
    assert "500 x 60 words stopped short of tolerance 0.0003 after 2 iterations" in caplog.text
    broken = X.copy()
    broken[5, 0] = np.nan
    for bad, message in [
        (broken, "word vector 5 holds NaN"),
        (X[0], "matrix of real numbers"),
        (X * 0, "0 word vectors"),
    ]:
        with pytest.raises(InputError, match=message):
            WordICA().fit(bad)
    with pytest.raises(InputError, match="X has 3 features, but ICA was fitted on 60"):
        ica.transform(X[:, :3])


def test_real_words(real_data):
    gensim = pytest.importorskip("gensim.models")
    path = str(real_data / "wordvec" / "enwiki300.bin")
    X = gensim.KeyedVectors.load_word2vec_format(path, binary=True, limit=4000).vectors
    out = WordICA(30, max_iter=60).fit_transform(X)
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    unit -= unit.mean(0)
    principal = unit @ np.linalg.svd(unit, full_matrices=False)[2][:30].T

    def kurtosis(z):
        return (((z - z.mean(0)) / z.std(0)) ** 4).mean()

    assert kurtosis(out) > 1.5 * kurtosis(principal)
    hybrid, laplacian, gaussian = (
        HybridMixture(8, kind=kind, random_state=0).fit(out) for kind in KINDS
    )
    assert np.diff(hybrid.log_likelihoods_).min() > -1e-5
    assert 0.1 < hybrid.laplacian_.mean() < 0.99
    assert hybrid.score(out) > max(laplacian.score(out), gaussian.score(out))
