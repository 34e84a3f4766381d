"""The estimators as a user of scikit-learn meets them, and what order does to them."""

import numpy as np
import pytest
from skimage.feature import fisher_vector
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from rnnfv import (
    GMMFisherVector,
    InputError,
    MeanPooling,
    PowerNormalizer,
    RNNFisherVector,
    StreamedPCA,
    write_sequences,
)

SMALL_RNN = {
    "n_fc": 8,
    "n_lstm": 7,
    "epochs": 3,
    "device": "cpu",
    "random_state": 0,
    "batch_size": 4,
}


def estimators():
    return [MeanPooling(), GMMFisherVector(3, random_state=0), RNNFisherVector(**SMALL_RNN)]


def dimension(estimator, dim):
    return {MeanPooling: dim, GMMFisherVector: 2 * 3 * dim, RNNFisherVector: dim * 8}[
        type(estimator)
    ]


@pytest.fixture
def sequences(rng):
    return [
        rng.normal(size=(n, 6)).cumsum(axis=0).astype(np.float32)
        for n in [1, 5, 3, 9, 1, 12, 4, 4, 6, 2]
    ]


@pytest.mark.parametrize("estimator", estimators(), ids=lambda e: type(e).__name__)
def test_scikit_learn_conventions(estimator, sequences, tmp_path):
    with pytest.raises(NotFittedError):
        estimator.transform(sequences)
    copy = clone(estimator)
    assert copy.get_params() == estimator.get_params()
    vectors = copy.fit(sequences).transform(sequences)
    assert vectors.shape == (10, dimension(estimator, 6)) and vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    np.testing.assert_array_equal(
        vectors, clone(estimator).fit_transform(sequences)
    )  # the same seed, the same bytes
    write_sequences(tmp_path / "s.h5", ((str(i), s) for i, s in enumerate(sequences)), 6)
    np.testing.assert_array_equal(
        vectors, clone(estimator).fit(tmp_path / "s.h5").transform(str(tmp_path / "s.h5"))
    )


@pytest.mark.parametrize("estimator", estimators(), ids=lambda e: type(e).__name__)
def test_float16_and_subsets(estimator, sequences):
    estimator = clone(estimator).fit(sequences)
    half = estimator.transform([s.astype(np.float16) for s in sequences])
    whole = estimator.transform(sequences)
    scale = np.abs(whole).max()
    np.testing.assert_allclose(half / scale, whole / scale, atol=0.02)
    np.testing.assert_allclose(
        estimator.transform(sequences[3:4])[0] / scale, whole[3] / scale, atol=1e-5
    )


@pytest.mark.parametrize("estimator", estimators(), ids=lambda e: type(e).__name__)
def test_bad_sequences_are_named(estimator, sequences):
    fitted = clone(estimator).fit(sequences)
    broken = [s.copy() for s in sequences]
    broken[3][2, 1] = np.nan
    empty = [*sequences[:2], np.empty((0, 6), np.float32)]
    for bad, message in [
        (broken, "sequence '3' holds NaN or infinity at element 2"),
        (empty, "sequence '2' is empty"),
        ([sequences[0], sequences[1][:, :4]], "sequence '1' has dimension 4, expected 6"),
        ([sequences[0][None]], "sequence '0' has shape"),
        ([], "no sequences"),
    ]:
        with pytest.raises(InputError, match=message):
            fitted.transform(bad)
        with pytest.raises(InputError, match=message):
            clone(estimator).fit(bad)
    with pytest.raises(InputError, match="dimension 4, expected 6"):
        fitted.transform([s[:, :4] for s in sequences])


def test_order_matters_to_the_rnn_alone(sequences):
    reordered = [s[::-1].copy() for s in sequences]
    for estimator in estimators():
        fitted = estimator.fit(sequences)
        before, after = fitted.transform(sequences), fitted.transform(reordered)
        long = [i for i, s in enumerate(sequences) if len(s) > 1]
        difference = np.abs(before[long] - after[long]).max(axis=1) / np.abs(before[long]).max(
            axis=1
        )
        if isinstance(estimator, RNNFisherVector):
            assert difference.min() > 0.01
        else:
            assert difference.max() < 1e-4


def test_gmm_fisher_vector_equals_scikit_image(rng):
    sequences = [rng.normal(size=(n, 5)) + rng.integers(0, 2, (n, 1)) * 3 for n in (40, 7, 25)]
    ours = GMMFisherVector(4, random_state=0).fit(sequences)
    for x, vector in zip(sequences, ours.transform(sequences), strict=True):
        theirs = fisher_vector(x, ours.mixture_)[4:]  # without the K gradients by the weights
        by_mean, by_deviation = np.split(vector, 2)
        np.testing.assert_allclose(by_mean, theirs[:20], atol=1e-5)
        # scikit-image gives this block the opposite sign, the derivative by -sigma: to a linear
        # classifier it is the same.
        np.testing.assert_allclose(by_deviation, -theirs[20:], atol=1e-5)


def test_gmm_fisher_vector_by_hand():
    """One Gaussian: mean((x - mu) / sigma), and mean((x - mu)^2 / sigma^2 - 1) / sqrt(2)."""
    train = [np.array([[0.0], [2.0]]), np.array([[4.0], [6.0]])]
    model = GMMFisherVector(1, reg_covar=0, random_state=0).fit(train)  # mu = 3, sigma^2 = 5
    np.testing.assert_allclose(
        model.transform([np.array([[3.0], [8.0]])])[0],
        [2.5 / 5**0.5, (25 / 5 / 2 - 1) / 2**0.5],
        rtol=1e-5,
    )
    np.testing.assert_allclose(
        model.transform([np.concatenate(train)])[0], [0, 0], atol=1e-6
    )  # the maximum


def test_gmm_needs_enough_elements():
    with pytest.raises(InputError, match="3 elements cannot fit 16 Gaussians"):
        GMMFisherVector(16).fit([np.ones((3, 2))])
    with pytest.raises(InputError, match=r"1 elements cannot fit 1 Gaussians.*two at least"):
        GMMFisherVector(1).fit([np.ones((1, 2))])


def test_gmm_fits_on_a_sample(rng):
    sequences = [rng.normal(size=(200, 3))]
    some = GMMFisherVector(2, max_samples=50, random_state=1).fit(sequences)
    assert not np.allclose(
        some.mixture_.means_, GMMFisherVector(2, random_state=1).fit(sequences).mixture_.means_
    )


def test_power_normalizer():
    X = np.array([[4.0, -9.0, 0.0], [0.0, 0.0, 0.0]])
    expected = np.array([2.0, -3.0, 0.0]) / np.sqrt(13)
    np.testing.assert_allclose(PowerNormalizer().fit_transform(X), [expected, np.zeros(3)])
    np.testing.assert_allclose(PowerNormalizer(0.5, l2=False).fit_transform(X)[0], [2, -3, 0])
    np.testing.assert_allclose(PowerNormalizer(1.0, l2=False).fit_transform(X), X)
    with pytest.raises(ValueError, match="'alpha' parameter of PowerNormalizer must be"):
        PowerNormalizer(0).fit(X)


def test_pipeline_learns_order(rng):
    """Rising against falling sequences of the same elements: without order, the mean fails."""
    rising = [
        np.sort(rng.normal(size=(12, 1)), axis=0) * np.array([1.0, 0.5, -1.0, 2.0])
        for _ in range(60)
    ]
    X = [s if i % 2 else s[::-1] for i, s in enumerate(rising)]
    y = np.array([str(i % 2) for i in range(60)])
    rnn = RNNFisherVector(
        n_fc=8, n_lstm=8, epochs=10, dropout=0, batch_size=8, device="cpu", random_state=0
    )
    accuracy = {}
    for name, pooling in [("mean", MeanPooling()), ("rnn", rnn)]:
        model = make_pipeline(pooling, StreamedPCA(4), PowerNormalizer(), LinearSVC()).fit(
            X[:40], y[:40]
        )
        accuracy[name] = model.score(X[40:], y[40:])
    assert accuracy["rnn"] > 0.95
    assert accuracy["mean"] < 0.8
