"""Images for sentences and sentences for images: as the workflow's steps, and kept in a file."""

import itertools
import random
import threading

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from rnnfv import HybridMixture, ImageSentenceRetriever, ImageSentenceSpace, InputError, load
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.evaluation.retrieval import evaluate
from rnnfv.experiments.captions import Part, Words
from rnnfv.experiments.epoch_choice import train_on_sentences
from rnnfv.experiments.representations import (
    MixtureRepresentation,
    NetworkRepresentation,
    mean_vector,
)
from rnnfv.experiments.retrieval import fit_common_space
from rnnfv.models.image_sentence_space import Gallery, sequences_of_words
from rnnfv.rnn.settings import candidates

COLOURS, SHAPES = ("red", "green", "blue", "white"), ("circle", "square", "star", "ring")
SMALL = {"n_lstm": 6, "epochs": 4, "evaluate_every": 2, "batch_size": 16, "device": "cpu"}
SMALL |= {"eta": (0.01, 0.1), "epoch_coordinates": 30, "coordinates": 50, "random_state": 0}


@pytest.fixture(scope="module")
def pictures():
    """48 pictures of a thing above another, two sentences each; features say what is where."""
    rng = np.random.default_rng(0)
    things = list(itertools.product(COLOURS, SHAPES))
    pairs = [(things[i], things[j]) for i, j in rng.integers(0, 16, (48, 2))]
    texts = [f"A {' '.join(above)} above a {' '.join(below)}." for above, below in pairs]
    texts += [f"the {' '.join(below)} is below the {' '.join(above)}" for above, below in pairs]
    features = [
        np.concatenate([np.isin([*COLOURS, *SHAPES], thing) for thing in pair]) for pair in pairs
    ]
    features = np.array(features, np.float32) + 0.1 * rng.normal(size=(48, 16))
    words = ["a", "above", "the", "is", "below", *COLOURS, *SHAPES, "unseen"]
    vectors = dict(zip(words, rng.normal(size=(len(words), 8)).astype(np.float32), strict=True))
    return texts, np.arange(96) % 48, features, vectors


@pytest.fixture(scope="module")
def fitted(pictures):
    texts, image_of, features, vectors = pictures
    model = ImageSentenceRetriever(**SMALL, word_vectors=vectors)
    return model.fit(texts, image_of, features, images=[f"picture {i}" for i in range(48)])


def test_the_same_as_the_steps_of_the_workflow(pictures, fitted):
    """train_sentence_rnn and project_sentences on the same images, by hand."""
    texts, image_of, features, vectors = pictures
    held_out = np.zeros(48, bool)
    held_out[fitted.validation_] = True
    known = [word for word in fitted.words_.words if word != "."]
    values = np.array([*(vectors[word] for word in known)])
    np.testing.assert_allclose(fitted.words_.values[1:], l2_normalize(values), rtol=1e-6)
    parts = []
    for chosen in (~held_out, held_out):
        images = np.flatnonzero(chosen)
        numbers = np.flatnonzero(chosen[image_of])
        some = sequences_of_words([texts[i] for i in numbers], fitted.words_)
        places = np.searchsorted(images, image_of[numbers])
        names = [f"picture {i}" for i in images]
        parts.append(Part(names, features[images].astype(np.float32), some, places))
    settings = SMALL | {"objective": "regression", "layers": ["output"], "scaling": "none"}
    settings |= {"pca": None, "pca_samples": 0, "alpha": 0.5, "n_fc": 0}
    result = train_on_sentences(parts[0].sentences, *parts, settings, seed=0)
    assert [record["val_rsum"] for record in result.curve if "val_rsum" in record] == [
        record["val_rsum"] for record in fitted.curve_ if "val_rsum" in record
    ]
    network = candidates(settings)[0].build(8, 0)
    network.load_state_dict(result.weights)
    represent = NetworkRepresentation.fitted(network, "regression", settings, 0, parts[0].sentences)
    space, sweep = fit_common_space(represent, *parts, SMALL["eta"])
    assert fitted.eta_ == space.eta and fitted.validation_rsum_ == sweep[space.eta]
    images, sentences = space.project(parts[1])
    np.testing.assert_allclose(fitted.encode_images(parts[1].features), images, atol=1e-5)
    own = [texts[i] for i in np.flatnonzero(held_out[image_of])]
    np.testing.assert_allclose(fitted.encode_sentences(own), sentences, atol=1e-4)


def test_images_for_a_sentence(pictures, fitted):
    texts, image_of, features, _ = pictures
    vectors = fitted.encode_sentences(texts)
    found = evaluate(fitted.encode_images(features), vectors, image_of)
    assert found["search_r10"] > 60
    answers = fitted.search(texts[3], k=4)
    scores = fitted.encode_images(features) @ vectors[3]
    order = np.argsort(-scores)[:4]
    assert [name for name, _ in answers] == [f"picture {i}" for i in order]
    np.testing.assert_allclose([score for _, score in answers], scores[order], atol=1e-5)
    others = fitted.search(texts[3], k=2, images=features[order[::-1]])
    assert [number for number, _ in others] == [3, 2]
    assert len(fitted.search(texts[3], k=1000)) == 48


def test_image_features_are_of_the_size_of_those_fitted_on(pictures, fitted, tmp_path):
    features = pictures[2]
    fitted.save(tmp_path / "model.rnnfv")
    for model in (fitted, load(tmp_path / "model.rnnfv")):
        for factor in (0, 1e5, 1e-7):
            with pytest.raises(InputError, match=r"image 0 holds .*(zeros: rep|times what)"):
                model.encode_images(factor * features[:1])
        with pytest.warns(UserWarning, match="image features are about 1,000 times as large"):
            model.search("a red ring", 1, images=1000 * features)


def test_sentences_for_an_image(pictures, fitted):
    texts, _, features, _ = pictures
    best = fitted.annotate(features[5], k=3)
    scores = fitted.encode_sentences(texts) @ fitted.encode_images(features[5])[0]
    assert best[0][0] == texts[int(np.argmax(scores))] and len(best) == 3
    own = fitted.annotate(features[5], k=1, sentences=["a red ring", texts[5]])
    assert own[0][0] in ("a red ring", texts[5])


def test_it_is_kept(pictures, fitted, tmp_path):
    texts, _, features, _ = pictures
    fitted.save(tmp_path / "model.rnnfv")
    found = load(tmp_path / "model.rnnfv")
    np.testing.assert_array_equal(found.encode_sentences(texts), fitted.encode_sentences(texts))
    assert found.search(texts[3]) == fitted.search(texts[3])
    assert found.annotate(features[3]) == fitted.annotate(features[3])
    first = (tmp_path / "model.rnnfv").read_bytes()
    found.save(tmp_path / "model.rnnfv")
    assert (tmp_path / "model.rnnfv").read_bytes() == first


def test_sentences_as_arrays(pictures, tmp_path):
    texts, image_of, features, vectors = pictures
    words = [[w.strip(".").lower() for w in text.split()] for text in texts]
    arrays = [np.array([vectors[w] for w in several]) for several in words]
    model = ImageSentenceRetriever(**SMALL).fit(arrays, image_of, features)
    assert model.words_ is None and model.search(arrays[0], 3)[0][0] in range(48)
    model.save(tmp_path / "model")
    assert load(tmp_path / "model").annotate(features[0]) == model.annotate(features[0])


def words_of(vectors):
    values = np.array([np.ones(8), *vectors.values()], np.float32)
    return Words([".", *vectors], l2_normalize(values), 1 + len(vectors), "random")


def representations(words, sentences):
    yield mean_vector
    mixtures = {
        kind: HybridMixture(2, kind=kind, n_iter=2, random_state=0).fit(words.values)
        for kind in ("gaussian", "hybrid")
    }
    yield MixtureRepresentation(words.values, mixtures, "mm-ens", 0.5, 9, seed=1)
    for objective in ("regression", "classification"):
        settings = {"objective": objective, "n_lstm": 3, "n_fc": 0, "alpha": 0.5}
        settings |= {"layers": ["output"], "coordinates": 20, "scaling": "standardize"}
        settings |= {"pca": 5, "pca_samples": 100}
        network = candidates(settings)[0].build(8, 0, len(words.words))
        yield NetworkRepresentation.fitted(network, objective, settings, 0, sentences)


def test_any_representation_is_kept(pictures, tmp_path):
    texts, image_of, features, vectors = pictures
    words = words_of(vectors)
    sentences = sequences_of_words(texts, words, reverse=True)
    forwards = sequences_of_words(texts[:1], words)[0]
    np.testing.assert_array_equal(sentences[0][:-1], forwards[-2::-1])  # the end stays last
    part = Part([str(i) for i in range(48)], features.astype(np.float32), sentences, image_of)
    for represent in representations(words, sentences):
        space, _ = fit_common_space(represent, part, part, [0.1])
        model = ImageSentenceSpace.of(
            represent, space.projection, words, reverse=True, about={"row": "any"}
        )
        images, vectors = space.project(part)
        np.testing.assert_allclose(model.encode_sentences(texts), vectors, atol=1e-5)
        with pytest.raises(InputError, match="no images of its own"):
            model.search(texts[0])
        model.images_ = Gallery(None, images)
        model.save(tmp_path / "model.rnnfv")
        found = load(tmp_path / "model.rnnfv")
        assert found.about_ == {"row": "any"} and found.search(texts[0]) == model.search(texts[0])


def test_what_does_not_fit_is_said(pictures, fitted):
    texts, image_of, features, vectors = pictures
    for sentence in ("", "...", "unknown words"):
        with pytest.raises(InputError, match="has no word that the model knows; the model knows"):
            fitted.search(sentence)
    with pytest.raises(InputError, match="X has 3 features, but the CCA was fitted on 16"):
        fitted.annotate(np.ones(3))
    with pytest.raises(InputError, match="a sentence is a text, got NoneType"):
        fitted.search(None)
    for k in (0, -1, 1.5):
        with pytest.raises(InputError, match="how many answers to give, 1 or more"):
            fitted.search(texts[0], k)
    with pytest.raises(InputError, match="one image or sentence is asked for at a time, got 2"):
        fitted.annotate(features[:2])
    with pytest.raises(InputError, match="a sentence is a text, got int"):
        fitted.unknown_words(3)
    with pytest.raises(InputError, match="requires grad"):
        fitted.encode_images(torch.ones(2, 16, requires_grad=True))
    with pytest.raises(NotFittedError):
        ImageSentenceSpace().unknown_words("a")
    assert len(fitted.search(texts[0], 3, pd.DataFrame(features[:5]))) == 3
    model = ImageSentenceRetriever(**SMALL, word_vectors=vectors)
    for changes, arguments, message in [
        ({}, (texts, image_of[1:], features), "expected 96 integers"),
        ({}, (texts, image_of + 1, features), "image_of names image 48, of 48"),
        ({}, (texts, image_of, features, ["a"]), "need as many names, got 1"),
        ({}, (texts, image_of, features, 48), "expected names of images, got int"),
        ({}, (None, image_of, features), "expected a list of sentences, got NoneType"),
        ({}, (texts, image_of, features[:, 0]), "matrix of real numbers"),
        ({"word_vectors": None}, (texts, image_of, features), "need vectors of their words"),
        ({"word_vectors": {"x": np.ones(3)}}, (texts, image_of, features), "none of the"),
        ({}, (["...", *texts[1:]], image_of, features), "sentence 0 has no words: '...'"),
        ({}, ([None, *texts[1:]], image_of, features), "sentence 0 has no words: None"),
        ({}, ([*texts[:-1], float("nan")], image_of, features), "sentence 95 has no words: nan"),
        ({}, (texts, 0 * image_of, features), "sentences of 1 image.s. leave none to"),
        ({"validation_images": 48}, (texts, image_of, features), "48 of 48 images"),
    ]:
        with pytest.raises(InputError, match=message):
            clone(model).set_params(**changes).fit(*arguments)


def test_texts_of_a_table_and_none(pictures, fitted):
    texts, image_of, features, vectors = pictures
    rows = pd.Series(texts, index=range(7, 7 + len(texts)))
    quick = SMALL | {"epochs": 1, "evaluate_every": 1, "word_vectors": vectors}
    model = ImageSentenceRetriever(**quick).fit(rows, image_of, features)
    assert list(model.sentences_.names) == texts
    assert fitted.annotate(features[0], 2, rows) == fitted.annotate(features[0], 2, texts)
    with pytest.raises(InputError, match="no sentences given"):
        ImageSentenceRetriever(**quick).fit([], [], features)
    with pytest.raises(InputError, match="no sentences given"):
        fitted.annotate(features[0], 2, [])


def random_states():
    """Those of Python, NumPy and torch: shared by the whole process, and not to be touched."""
    numpy_state = np.random.get_state()  # noqa: NPY002
    return random.getstate(), str(numpy_state), torch.random.get_rng_state().tolist()


def test_global_random_numbers_and_jobs(pictures, fitted):
    texts, image_of, features, vectors = pictures
    before = random_states()
    scales = {"word_vectors": vectors, "scale": ["none", "unit"]}
    models = [ImageSentenceRetriever(**SMALL, **scales, n_jobs=n) for n in (None, 2)]
    one, two = (model.fit(texts, image_of, features) for model in models)
    one.search(texts[0])
    one.annotate(features[0])
    assert random_states() == before
    assert one.curve_ == two.curve_ and one.validation_rsum_ == two.validation_rsum_
    np.testing.assert_array_equal(one.images_.vectors, two.images_.vectors)


def test_threads_do_not_disturb_each_other(pictures, fitted):
    texts, image_of, features, vectors = pictures
    options = SMALL | {"word_vectors": vectors}
    alone = [ImageSentenceRetriever(**options | {"random_state": seed}) for seed in (1, 2)]
    together = [clone(model) for model in alone]
    data = texts, image_of, features
    threads = [threading.Thread(target=model.fit, args=data) for model in together]
    for model in alone:
        model.fit(*data)
    for thread in threads:
        thread.start()
    asked = [fitted.search(texts[0], k=3) for _ in range(20)]  # while others train
    for thread in threads:
        thread.join()
    for first, second in zip(alone, together, strict=True):
        assert first.curve_ == second.curve_
        np.testing.assert_array_equal(first.images_.vectors, second.images_.vectors)
    assert alone[0].curve_ != alone[1].curve_ and asked == [asked[0]] * 20
