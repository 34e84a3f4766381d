"""Words and parts of a caption set, sentences as rows for the CCA: by hand, by other routes."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.decomposition import PCA

from rnnfv import InputError
from rnnfv.arrays.matrices import ArraySource
from rnnfv.arrays.normalize import l2_normalize, power_normalize
from rnnfv.arrays.sequences import Sequences
from rnnfv.arrays.vectors import write_vectors
from rnnfv.data.captions.table import CaptionSet
from rnnfv.experiments.captions import Words, load_part, read_words, words_attributes
from rnnfv.experiments.representations import (
    MixtureRepresentation,
    NetworkRepresentation,
    mean_vector,
)
from rnnfv.experiments.retrieval import read_projected, write_projected
from rnnfv.pooling.hglmm import HGLMMFisherVector
from rnnfv.pooling.mixture_files import read_mixtures, write_mixtures
from rnnfv.pooling.mixtures import HybridMixture
from rnnfv.reduction.row_pca import fit_pca
from rnnfv.reduction.standardize import Moments, scaled_rows
from rnnfv.rnn.settings import RNNSettings
from rnnfv.rnn.training import train

WORDS = [".", "a", "dog", "cat", "sees", "runs"]


@pytest.fixture
def words(rng):
    return Words(WORDS, l2_normalize(rng.normal(size=(6, 4)).astype(np.float32)), 5, "test vectors")


@pytest.fixture
def captions():
    images = pd.DataFrame(
        {"image": ["x", "y", "z", "gone"], "split": ["train", "val", "train", "train"], "path": ""}
    )
    rows = [
        ("x#0", "x", "A dog sees a cat."),
        ("x#1", "x", "A dog runs"),
        ("y#0", "y", "???"),
        ("z#0", "z", "The CAT sees a zebra"),
        ("gone#0", "gone", "a"),
    ]
    return CaptionSet(images, pd.DataFrame(rows, columns=["id", "image", "text"]))


@pytest.fixture
def features(tmp_path):
    path = tmp_path / "images.h5"
    write_vectors(path, ["z", "y", "x"], iter([np.arange(6, dtype=np.float32).reshape(3, 2)]), 2)
    return path


def rows_of(source, block_bytes=2**20):
    return np.concatenate([block.copy() for block in source.rows(block_bytes)])


def test_a_part_by_hand(words, captions, features):
    part = load_part(captions, features, words, "train")
    assert part.images == ["x", "z"]  # "gone" has no features
    np.testing.assert_array_equal(part.features, [[4, 5], [0, 1]])
    np.testing.assert_array_equal(part.image_of, [0, 0, 1])
    assert part.sentences.ids == ["x#0", "x#1", "z#0"]
    # "runs" has a vector, but of a corpus only: sentences of the data set do not use it.
    for i, numbers in enumerate([[1, 2, 4, 1, 3, 0], [1, 2, 0], [3, 4, 1, 0]]):
        np.testing.assert_array_equal(part.sentences[i], words.values[numbers])
    reverse = load_part(captions, features, words, "train", reverse=True)
    np.testing.assert_array_equal(reverse.sentences[0], words.values[[3, 1, 4, 2, 1, 0]])


def test_an_empty_sentence_is_its_end_token(words, captions, features):
    part = load_part(captions, features, words, "val")
    np.testing.assert_array_equal(part.sentences[0], words.values[[0]])
    np.testing.assert_allclose(rows_of(mean_vector(part.sentences)), words.values[[0]], rtol=1e-6)
    settings = RNNSettings(n_fc=0, n_lstm=3, dropout=0.0)
    from rnnfv.rnn.fisher_vector_rows import FisherVectorRows

    assert np.isfinite(rows_of(FisherVectorRows(settings.build(4, 0), part.sentences))).all()


def test_an_absent_split_says_what_to_set(words, captions, features):
    with pytest.raises(InputError, match="no image of the test split has features"):
        load_part(captions, features, words, "test")
    captions.images["split"] = captions.images["split"].replace("val", "train")
    with pytest.raises(InputError, match="validation to a number of training images"):
        load_part(captions, features, words, "val")


def test_tables_of_words_are_scaled_and_say_where_the_vocabulary_ends(tmp_path, rng):
    values = rng.normal(size=(6, 4)).astype(np.float32)
    write_vectors(tmp_path / "w.h5", WORDS, iter([values]), 4, words_attributes(5, "mine", 4))
    words = read_words(tmp_path / "w.h5")
    np.testing.assert_allclose(words.values, l2_normalize(values), rtol=1e-6)
    assert words.vocabulary == WORDS[:5] and words.label == "mine, 4-d"
    write_vectors(tmp_path / "v.h5", WORDS, iter([values]), 4)
    with pytest.raises(InputError, match="no table of words"):
        read_words(tmp_path / "v.h5")


def test_mean_vectors(words, captions, features):
    part = load_part(captions, features, words, "train")
    told = [1, 2, 4, 1, 3], [1, 2], [3, 4, 1]
    expected = l2_normalize(np.array([words.values[numbers].mean(axis=0) for numbers in told]))
    for block_bytes in (1, 2**20):
        made = rows_of(mean_vector(part.sentences), block_bytes)
        np.testing.assert_allclose(made, expected, rtol=1e-5)


@pytest.fixture
def mixtures(rng):
    values = rng.normal(size=(200, 3)).astype(np.float32)
    settings = {"n_iter": 4, "random_state": 0}
    kinds = "gaussian", "hybrid"
    return {kind: HybridMixture(2, kind=kind, **settings).fit(values) for kind in kinds}


def test_mixtures_come_back_from_their_file(tmp_path, rng, mixtures):
    values = rng.normal(size=(6, 3)).astype(np.float32)
    write_mixtures(tmp_path / "m.h5", WORDS, values, mixtures)
    stored, found = read_mixtures(tmp_path / "m.h5")
    np.testing.assert_array_equal(stored, values)
    elements = [rng.normal(size=(5, 3)).astype(np.float32)]
    for kind, mixture in mixtures.items():
        both = mixture, found[kind]
        made = (HGLMMFisherVector.from_mixture(m).transform(elements) for m in both)
        np.testing.assert_array_equal(*made)


def test_mixture_representations(rng, words, captions, features, mixtures):
    """The model's own vectors of the preprocessed words, without the end token; power, L2."""
    values = rng.normal(size=(6, 3)).astype(np.float32)
    part = load_part(captions, features, words, "train")
    elements = [values[numbers] for numbers in ([1, 2, 4, 1, 3], [1, 2], [3, 4, 1])]
    single = {}
    for kind, mixture in mixtures.items():
        raw = HGLMMFisherVector.from_mixture(mixture).transform(elements)
        single[kind] = l2_normalize(power_normalize(raw, 0.5))
    for pooling, kind in (("gmm-fv", "gaussian"), ("hglmm-fv", "hybrid")):
        made = rows_of(MixtureRepresentation(values, mixtures, pooling, 0.5)(part.sentences))
        np.testing.assert_allclose(made, single[kind], atol=1e-5)
    both = rows_of(MixtureRepresentation(values, mixtures, "mm-ens", 0.5)(part.sentences))
    side_by_side = np.hstack([single["gaussian"], single["hybrid"]]) / np.sqrt(2)
    np.testing.assert_allclose(both, side_by_side, atol=1e-5)
    sampled = MixtureRepresentation(values, mixtures, "mm-ens", 0.5, coordinates=7, seed=1)
    kept = sampled.vectors.coordinates
    assert len(kept) == 7
    made, expected = rows_of(sampled(part.sentences)), l2_normalize(both[:, kept])
    np.testing.assert_allclose(made, expected, atol=1e-5)


def test_network_representation(tmp_path, words, captions, features):
    part = load_part(captions, features, words, "train")
    settings = RNNSettings(n_fc=0, n_lstm=3, dropout=0.0, epochs=1)
    weights = train(part.sentences, settings, seed=0, path=tmp_path / "network.pt").weights
    model = {"layers": ["output"], "coordinates": None, "scaling": "none", "alpha": 0.5}
    model |= {"pca": None, "pca_samples": 10}

    def rows(settings):
        path, sentences = tmp_path / "network.pt", part.sentences
        return rows_of(NetworkRepresentation.read(path, settings, 0, sentences)(sentences))

    network = settings.build(4, 0)
    network.load_state_dict(weights)
    for row, x in zip(rows(model), part.sentences, strict=True):
        targets = torch.from_numpy(x)[None]
        network.zero_grad()
        predicted = network(torch.cat([torch.zeros(1, 1, 4), targets[:, :-1]], 1))
        (0.5 * (predicted - targets).square().sum()).backward()
        output = network.output
        gradient = torch.cat([output.weight.grad, output.bias.grad[:, None]], 1).flatten()
        expected = l2_normalize(power_normalize(gradient.numpy()[None], 0.5))[0]
        np.testing.assert_allclose(row, expected, atol=1e-3)
    small = rows(model | {"pca": 2})
    assert small.shape == (3, 2)
    np.testing.assert_allclose(np.linalg.norm(small, axis=1), 1, rtol=1e-5)


def test_projected_items_come_back(tmp_path, words, captions, features, rng):
    part = load_part(captions, features, words, "train")
    images, sentences = (rng.normal(size=(n, 5)).astype(np.float32) for n in (2, 3))
    write_projected(tmp_path / "p.h5", part, images, sentences, {"eta": 0.1})
    found = read_projected(tmp_path / "p.h5")
    assert (found.images, found.sentences) == (part.images, part.sentences.ids)
    np.testing.assert_array_equal(found.image_vectors, images)
    np.testing.assert_array_equal(found.sentence_vectors, sentences)
    np.testing.assert_array_equal(found.image_of, part.image_of)


def test_fisher_information_and_standardisation(rng):
    train_rows = rng.normal([1, 0, 5, 0], [2, 1, 0.1, 0], (300, 4)).astype(np.float32)
    others = rng.normal(size=(7, 4)).astype(np.float32)
    expected = {
        "standardize": (others - train_rows.mean(0))[:, :3] / train_rows.std(0)[:3],
        "fisher": others[:, :3] / np.sqrt((train_rows**2).mean(0))[:3],
    }
    for scaling, values in expected.items():
        scaled = scaled_rows(ArraySource(train_rows), scaling, None, 0, 0)
        made = rows_of(scaled(ArraySource(others)))
        np.testing.assert_allclose(made[:, :3], values, rtol=2e-4)
        np.testing.assert_array_equal(made[:, 3], 0)  # without variance it says nothing
    moments = Moments.of(ArraySource(train_rows))
    np.testing.assert_allclose(moments.squares, (train_rows.astype(float) ** 2).mean(0), rtol=1e-6)


@pytest.mark.parametrize("shape", [(60, 8), (9, 30)])
def test_pca_of_rows_equals_scikit_learns(rng, shape):
    X = (rng.normal(size=shape) * np.linspace(3, 1, shape[1]) + 10).astype(np.float32)
    made = rows_of(scaled_rows(ArraySource(X), "none", 4, 10**6, 0)(ArraySource(X)))
    np.testing.assert_allclose(np.abs(made), np.abs(PCA(4).fit_transform(X)), atol=2e-3)
    mean, components = fit_pca(ArraySource(X), 4, 10**6, 0)
    np.testing.assert_allclose(components @ components.T, np.eye(4), atol=1e-4)
    np.testing.assert_allclose(mean, X.mean(0), rtol=1e-5)


def test_pca_of_a_sample_and_of_low_rank(rng):
    X = rng.normal(size=(500, 3)).astype(np.float32) @ rng.normal(size=(3, 6)).astype(np.float32)
    sampled, again = (fit_pca(ArraySource(X), 5, 50, 0) for _ in range(2))
    assert sampled[1].shape == (3, 6)  # no more than there is
    np.testing.assert_array_equal(sampled[1], again[1])
    drawn = np.random.default_rng(np.random.SeedSequence([0, 500])).choice(500, 50, replace=False)
    np.testing.assert_allclose(sampled[0], X[np.sort(drawn)].mean(0), rtol=1e-4, atol=1e-5)


def test_sequences_of_a_corpus_use_all_words(words):
    found = words.sentences(["0"], [["a", "dog", "runs"]], of_corpus=True)
    assert isinstance(found, Sequences)
    np.testing.assert_array_equal(found[0], words.values[[1, 2, 5, 0]])
