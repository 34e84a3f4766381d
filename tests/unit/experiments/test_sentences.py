"""From captions to recalls: words, the common space, choice of eta and epoch, a table's methods."""

import numpy as np
import pandas as pd
import pytest

from rnnfv import InputError
from rnnfv.arrays.matrices import sample_coordinates
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.arrays.views import NormalizedRows
from rnnfv.data.captions.table import CaptionSet
from rnnfv.evaluation.retrieval import evaluate
from rnnfv.experiments.captions import Part, Words, look_up_words
from rnnfv.experiments.epoch_choice import learning_curve, train_on_sentences
from rnnfv.experiments.representations import mean_vector, representation
from rnnfv.experiments.retrieval import (
    evaluate_methods,
    fit_common_space,
    partner_rows,
    write_projected,
)
from rnnfv.features.words.vector_files import write_word2vec
from rnnfv.rnn.checkpoint import TrainedNetwork
from rnnfv.rnn.fisher_vector_rows import FisherVectorRows
from rnnfv.rnn.predictions import losses_without_network

VOCABULARY = [".", "a", "dog", "cat", "sees", "runs", "red", "old"]


@pytest.fixture
def parts(rng):
    """Two parts of 40 and 15 images with two sentences each; images show the words said of them."""
    table = l2_normalize(rng.normal(size=(len(VOCABULARY), 6)).astype(np.float32))

    def part(m):
        numbers = [np.append(rng.permutation(np.arange(1, 8))[:4], 0) for _ in range(2 * m)]
        shown = np.array([table[n].mean(axis=0) for n in numbers]).reshape(m, 2, 6).mean(axis=1)
        offsets = np.arange(2 * m + 1) * 5
        ids = [f"{i}#{k}" for i in range(m) for k in range(2)]
        sentences = Sequences(ids, offsets, TableRows(table, np.concatenate(numbers)))
        noisy = (shown + 0.05 * rng.normal(size=shown.shape)).astype(np.float32)
        return Part([str(i) for i in range(m)], noisy, sentences, np.repeat(np.arange(m), 2))

    return part(40), part(15)


def rsum(space, part):
    found = evaluate(*space.project(part), part.image_of, sentence_similarity=False)
    return found["rsum"]


def test_the_eta_that_retrieves_best_is_chosen(parts):
    train, val = parts
    etas = [10.0, 0.1, 1e-3]
    space, sweep = fit_common_space(mean_vector, train, val, etas)
    alone = {eta: fit_common_space(mean_vector, train, val, [eta])[0] for eta in etas}
    assert sweep == {eta: rsum(alone[eta], val) for eta in etas}
    assert space.eta == max(etas, key=sweep.get) and rsum(space, val) == sweep[space.eta]
    assert space.dim == 6
    again, _ = fit_common_space(mean_vector, train, val, [space.eta, space.eta])
    np.testing.assert_array_equal(again.projection.x_weights, space.projection.x_weights)
    few, _ = fit_common_space(mean_vector, train, val, etas, components=2)
    assert few.project(val)[0].shape == (15, 2)


def test_the_epoch_is_chosen_by_retrieval(parts, tmp_path):
    train, val = parts
    settings = {
        "objective": "regression", "n_lstm": 5, "dropout": 0.0, "learning_rate": 0.05,
        "weight_decay": 0.0, "batch_size": 16, "clip": 5.0, "epochs": 4, "patience": 0,
        "evaluate_every": 2, "epoch_coordinates": 20, "eta": [0.01, 0.1], "alpha": 0.5,
    }  # fmt: skip
    path = tmp_path / "network.pt"
    result = train_on_sentences(train.sentences, train, val, settings, seed=3, network_path=path)
    curve = learning_curve(result)
    assert curve["val_rsum"].notna().tolist() == [True, False, True, False, True]
    assert result.best["epoch"] == curve["val_rsum"][1:].idxmax()
    alone = losses_without_network(train.sentences, val.sentences)
    assert {key: result.best[key] for key in alone} == alone

    network = TrainedNetwork.read(path).network()
    coordinates = sample_coordinates(6 * 6, 20, 3)

    def rows(sentences):
        vectors = FisherVectorRows(
            network, sentences, objective="regression", coordinates=coordinates
        )
        return NormalizedRows(vectors, 0.5)

    space, sweep = fit_common_space(rows, train, val, settings["eta"])
    assert (space.eta, sweep[space.eta]) == (result.best["eta"], result.best["val_rsum"])

    projection = {"pooling": "rnn-fv", "layers": ["output"], "coordinates": 20, "scaling": "none"}
    projection |= {"pca": None, "pca_samples": 10, "alpha": 0.5}
    model = representation(projection, 3, train.sentences, network=path)
    made, expected = (
        np.concatenate([b.copy() for b in r(val.sentences).rows(2**20)]) for r in (model, rows)
    )
    np.testing.assert_array_equal(made, expected)

    # Of several scales validation chooses, and ties go to the first.
    paths = {scale: tmp_path / scale / "network.pt" for scale in ("none", "unit")}
    results = {
        scale: train_on_sentences(
            train.sentences, train, val, settings | {"scale": scale}, seed=3, network_path=path
        )
        for scale, path in paths.items()
    }
    for name, loss in alone.items():  # in the network's scale
        assert results["unit"].best[name] == pytest.approx(results["unit"].scale ** 2 * loss)
    both = train_on_sentences(
        train.sentences, train, val, settings | {"scale": ["none", "unit"]}, seed=3,
        network_path=tmp_path / "both" / "network.pt",
    )  # fmt: skip
    best = max(paths, key=lambda scale: results[scale].best["score"])
    assert both.curve == results[best].curve
    kept = TrainedNetwork.read(tmp_path / "both" / "network.pt")
    assert kept.settings.scale == best and kept.epochs["best"] == both.best["epoch"]


def test_partners_by_hand():
    table = pd.DataFrame({"image": ["a", "b", "c"], "partner": ["b", "a", "gone"]})
    assert partner_rows(["b", "c", "a", "new"], table).tolist() == [2, -1, 0, -1]


@pytest.fixture
def projected(parts, tmp_path, rng):
    """Two models, one of them with two seeds; the second part is tested."""
    part, paths = parts[1], []
    for model, seed in (("mean", 0), ("rnn", 0), ("rnn", 1)):
        vectors = [l2_normalize(rng.normal(size=(n, 3)).astype(np.float32)) for n in (15, 30)]
        paths.append(tmp_path / f"{model}{seed}.h5")
        write_projected(paths[-1], part, *vectors, {"model": model, "seed": seed})
    return paths


def test_methods_are_evaluated_by_seed_and_protocol(projected):
    paths = projected
    methods = {"mean": ["mean"], "rnn": ["rnn"], "both": ["rnn", "mean"]}
    partners = pd.DataFrame({"image": ["0", "1"], "partner": ["1", "0"]})
    asked = methods, ["rnn"], [0, 1], ["all", "five-folds"]
    records = evaluate_methods(paths, partners, *asked)
    shown = [(r["method"], r["seed"], r["protocol"]) for r in records]
    assert shown == [
        (method, seed, protocol)
        for method, seed in [("mean", None), ("rnn", 0), ("both", 0), ("rnn", 1), ("both", 1)]
        for protocol in ("all", "five-folds")
    ]
    assert all(0 <= record["order_accuracy"] <= 100 for record in records)
    assert records[4]["members"] == ["rnn", "mean"]
    none = evaluate_methods(paths, partners.iloc[:0], *asked)
    assert "order_accuracy" not in none[0] and none[0]["rsum"] == records[0]["rsum"]
    shuffled = evaluate_methods(paths[::-1], partners, *asked)
    assert sorted(map(str, shuffled)) == sorted(map(str, records))  # files say who they are


def test_models_with_other_items_or_no_name_are_named(projected, parts, tmp_path, rng):
    paths = projected
    all_of = parts[1]
    few = Part(all_of.images[:1], all_of.features[:1], all_of.sentences.run(0, 2), np.zeros(2, int))
    vectors = [l2_normalize(rng.normal(size=(n, 3)).astype(np.float32)) for n in (1, 2)]
    asked = pd.DataFrame({"image": [], "partner": []}), {"mean": ["mean"]}, [], [0], ["all"]
    write_projected(tmp_path / "o.h5", few, *vectors, {"model": "other", "seed": 0})
    with pytest.raises(InputError, match=r"o\.h5: other test items"):
        evaluate_methods([*paths, tmp_path / "o.h5"], *asked)
    write_projected(tmp_path / "n.h5", few, *vectors, {"seed": 0})
    with pytest.raises(InputError, match=r"n\.h5: attribute model or seed is missing"):
        evaluate_methods([tmp_path / "n.h5"], *asked)


@pytest.fixture
def captions():
    splits = {"x": "train", "y": "val", "z": "test"}
    images = pd.DataFrame({"image": list(splits), "split": list(splits.values()), "path": ""})
    texts = {"x": "A dog sees a zebra", "y": "a cat", "z": "the dog runs"}
    rows = [(f"{image}#0", image, text) for image, text in texts.items()]
    return CaptionSet(images, pd.DataFrame(rows, columns=["id", "image", "text"]))


def test_only_words_of_training_captions_and_corpora_are_looked_up(captions, tmp_path, rng):
    vectors = rng.normal(size=(len(VOCABULARY), 3)).astype(np.float32)
    write_word2vec(tmp_path / "words.bin", VOCABULARY, vectors)
    (tmp_path / "corpus.txt").write_text("the old dog\n")
    table, n, report = look_up_words(captions, [tmp_path / "corpus.txt"], tmp_path / "words.bin")
    assert table.words == [".", "a", "dog", "sees", "old"] and n == 4
    assert (report["vocabulary"], report["with_vector"]) == (4, 3)
    assert report["test"]["dropped_words"] == {"runs": 1, "the": 1}
    none = captions.part("train", "val", "test")
    none.sentences["text"] = "zebra"
    with pytest.raises(InputError, match="none of the 1 words of the training captions"):
        look_up_words(none, [tmp_path / "corpus.txt"], tmp_path / "words.bin")


def test_sentences_of_a_corpus(tmp_path, capsys):
    words = Words(VOCABULARY, np.eye(8, dtype=np.float32), 5, "test")
    path = tmp_path / "corpus.txt"
    path.write_text("the dog runs\nzebra\nold dog\n")
    found = words.of_corpus(path)
    assert [x.argmax(axis=1).tolist() for x in found] == [[2, 5, 0], [7, 2, 0]]
    assert "1 of 3 sentences" in capsys.readouterr().out
    backwards = words.of_corpus(path, reverse=True)
    assert [x.argmax(axis=1).tolist() for x in backwards] == [[5, 2, 0], [2, 7, 0]]
    path.write_text("zebra\n")
    with pytest.raises(InputError, match="no word of this corpus has a vector"):
        words.of_corpus(path)
