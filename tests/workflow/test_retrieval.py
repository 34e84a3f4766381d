"""Tables 3 to 5 end to end: on captions, word vectors and image features of one's own, on drawn
pictures, and when things go wrong."""

import json
import os
import shutil

import numpy as np
import pandas as pd
import pytest
from helpers.captions import QUICK, captioned, write_captions
from helpers.workflow import everything, planned, snakemake, succeed, tiny

from rnnfv.arrays.hdf5 import open_h5
from rnnfv.data.captions.table import read_caption_set
from rnnfv.experiments.retrieval import read_projected


def test_table_of_ones_own_data(small_run):
    table = pd.read_csv(small_run / "results/table3.csv").set_index("method")
    labels = ["MeanVector", "MM-ENS", "w2v clsf", "cca rvrs", "cca + MM-ENS", "all of them"]
    assert table.index.tolist()[:4] == labels[:4] and sorted(table.index[4:]) == sorted(labels[4:])
    assert (table[["n_images", "n_sentences", "dataset"]] == [16, 48, "own"]).all(axis=None)
    assert table["n_seeds"].tolist() == [1, 2, 2, 2, 2, 2]  # the mean has no randomness
    assert table["seed_std"].isna().tolist() == [True] + [False] * 5
    assert table.loc["w2v clsf", "dim"] == "50" and table.loc["MM-ENS", "dim"] == "60"
    assert table.loc["cca rvrs", "dim"] == str(6 * 7)
    assert table.loc["cca rvrs", "words"] == "CCA of " + table.loc["MeanVector", "words"] + ", 6-d"
    assert table["words"].str.contains("words.bin sha256 ").all()
    assert (table["weights"] == "own file data/images.h5").all()
    recalls = [f"{task}_r{k}" for task in ("annotation", "search") for k in (1, 5, 10)]
    np.testing.assert_allclose(table["rsum"], table[recalls].sum(axis=1), rtol=1e-3)
    chance = 100 * 5 / 16
    assert table.loc["MeanVector", "search_r5"] > chance  # the features say the words
    assert table["epochs"].notna().tolist() == [False, False, True, True, True, True]
    text = (small_run / "results/table3.md").read_text()
    assert "### Published" not in text  # published values are of other data
    assert "results/table3.csv" in (small_run / "printed.txt").read_text()
    assert "own: images, 60 of 60 items used" in text
    assert "- image features: own file data/images.h5" in text
    assert "- words of cca rvrs: CCA of words.bin" in text


def test_metrics_are_those_of_the_projected_items(small_run):
    """First ranks, found one query at a time, for a model and a combination."""
    home = small_run / "results/captions/own/my_features/my_words"
    records = json.loads((small_run / "results/retrieval/table3/metrics.json").read_text())
    one, two = (read_projected(home / f"{n}/seed1/projected.h5") for n in ("cca-rvrs", "MM-ENS"))
    first, second = (items.image_vectors @ items.sentence_vectors.T for items in (one, two))
    image_of = one.image_of
    for method, score in {"cca-rvrs": first, "cca + MM-ENS": (first + second) / 2}.items():
        [record] = [r for r in records if (r["method"], r["seed"]) == (method, 1)]
        # Scores within 1e-5 of a cosine tie, against the method.
        search = [(s > s[i] - 1e-5).sum() for s, i in zip(score.T, image_of, strict=True)]
        right = image_of == np.arange(16)[:, None]
        best = np.where(right, score, -1).max(axis=1, keepdims=True)
        annotation = 1 + (~right & (score > best - 1e-5)).sum(axis=1)
        assert record["search_meanr"] == pytest.approx(np.mean(search))
        assert record["annotation_medr"] == np.median(annotation)


def test_words_and_splits(small_run):
    home = small_run / "results/captions/own"
    coverage = json.loads((home / "words/my_words/seed0/coverage.json").read_text())
    dropped = sum(coverage[split]["dropped_tokens"] for split in ("train", "val", "test"))
    empty = sum(coverage[split]["empty_sentences"] for split in ("train", "val", "test"))
    assert dropped == 2 and empty == 1
    captions = read_caption_set(home / "images.csv", home / "sentences.csv")
    assert captions.images["split"].value_counts().to_dict() == {"train": 34, "test": 16, "val": 10}
    with open_h5(home / "words/my_words/seed0/table.h5", ["ids"]) as file:
        words = [name.decode() for name in file["ids"][:]]
        of_the_corpus = set(words[file.attrs["n_vocabulary"] :])
    assert words[0] == "." and of_the_corpus == {"grass", "eats"}
    chosen = json.loads((home / "my_features/my_words/w2v-clsf/seed0/choice.json").read_text())
    assert chosen["eta"] == float(max(chosen["sweep"], key=chosen["sweep"].get))
    assert chosen["epoch"] in (1, 2)


def test_names_stand_in_for_pictures_that_are_not_there(small_run):
    html = (small_run / "results/retrieval/table3/gallery.html").read_text()
    assert "044.jpg" in html or "045.jpg" in html


@pytest.mark.slow
def test_images_without_features(tmp_path):
    write_captions(tmp_path / "data", np.random.default_rng(0))
    lists = tmp_path / "data/test.txt"
    lists.write_text(lists.read_text() + "absent.jpg\n")
    with open(tmp_path / "data/captions.token", "a") as file:
        file.write("absent.jpg#0\tA dog runs\n")
    target = ("results/captions/own/my_features/images.h5",)
    done = snakemake(tmp_path, captioned(), targets=target)
    assert done.returncode != 0
    assert "absent.jpg: absent: no vector with this id" in done.stderr
    assert "on_bad_video: exclude" in done.stderr
    succeed(tmp_path, captioned(on_bad_video="exclude"), targets=target)
    with open_h5(tmp_path / target[0], ["ids"]) as file:
        assert len(file["ids"]) == 60


def test_what_a_change_makes_run_again(small_run):
    """A label remakes the table, more epochs the networks and all that follows from them."""

    def again(**changes):
        return planned(small_run, everything(**changes), "results/table3.csv")

    assert again() == set()
    models = captioned()["models"]
    renamed = models | {"w2v-clsf": models["w2v-clsf"] | {"label": "softmax"}}
    assert again(models=renamed) == {"retrieval_table", "gallery"}
    assert again(on_bad_video="exclude") == {"check_images"}
    longer = again(sentences=QUICK | {"epochs": 3})
    assert {"train_sentence_rnn", "project_rnn"} <= longer
    assert not longer & {"project_pooled", "fit_mixtures", "embed_words"}


@pytest.mark.slow
def test_repaired_images_are_seen(tmp_path, rng):
    from PIL import Image

    folder = tmp_path / "pictures"
    folder.mkdir()
    names = [f"{i}.png" for i in range(6)]
    for name in names:
        Image.fromarray(rng.integers(0, 256, (40, 48, 3), dtype=np.uint8)).save(folder / name)
    whole = (folder / "3.png").read_bytes()
    (folder / "3.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "captions.token").write_text(
        "".join(f"{name}#0\tA picture of noise\n" for name in names)
    )
    (tmp_path / "splits.csv").write_text(
        "image,split\n"
        + "".join(f"{n},{s}\n" for n, s in zip(names, ["train"] * 4 + ["val", "test"], strict=True))
    )
    captions = {
        "layout": "files",
        "captions": "captions.token",
        "splits": "splits.csv",
        "images": "pictures",
        "shards": 2,
    }
    config = tiny(captions={"mine": captions})
    target = ("results/captions/mine/efficientnet_lite0/images.h5",)
    done = snakemake(tmp_path, config, targets=target)
    assert done.returncode != 0 and "3.png: truncated" in done.stderr
    (folder / "3.png").write_bytes(whole)
    succeed(tmp_path, config, targets=target)
    with open_h5(tmp_path / target[0], ["ids"]) as file:
        assert [name.decode() for name in file["ids"][:]] == names
    assert planned(tmp_path, config | {"on_bad_video": "exclude"}, target[0]) <= {"check_images"}
    assert planned(tmp_path, config, target[0]) == set()
    os.utime(folder / "3.png", ns=(1, 1))  # replaced, be it by an older file
    assert "extract_images" in planned(tmp_path, config, target[0])


@pytest.mark.slow
def test_drawn_pictures_and_frames_through_their_cca(tmp_path):
    """Table 1's CCA column: frames projected by the image side of the caption set's CCA."""
    config = tiny(
        captions={"drawn": {"layout": "synthetic", "style": "flat", "pictures": 40, "shards": 2}},
        words={"tiny": {"corpora": ["news"], "dim": 8, "epochs": 1}},
        sentences=QUICK,
        transfer={"captions": "drawn", "words": "tiny", "model": "MM-ENS", "components": 5},
    )
    config["table1"] |= {"reductions": ["pca", "cca"], "poolings": ["mean"]}
    config["datasets"]["tiny"] |= {"splits": [2], "scenes": 3, "shards": 1}
    # Of 32 pixels, some flat pictures have features of zeros, which are refused.
    config["features"] = {
        "efficientnet_lite0": {**config["features"]["efficientnet_lite0"], "size": 64}
    }
    succeed(tmp_path, config)
    table = pd.read_csv(tmp_path / "results/table1.csv")
    assert table["feature"].tolist() == ["efficientnet_lite0-PCA", "efficientnet_lite0-CCA"]
    assert "CCA of images and sentences of drawn" in table["weights"].iloc[1]
    home = tmp_path / "results/actions/tiny/efficientnet_lite0"
    cca = tmp_path / "results/captions/drawn/efficientnet_lite0/tiny/MM-ENS/seed0/cca.h5"
    with (
        open_h5(cca, []) as file,
        open_h5(home / "sequences.h5", []) as raw,
        open_h5(home / "cca/split2/sequences.h5", []) as made,
    ):
        frames, ids = raw["values"][:].astype(float), list(raw["ids"][:])
        expected = (frames - file["y_mean"][:]) @ file["y_weights"][:, :5].astype(float)
        expected /= np.linalg.norm(expected, axis=1, keepdims=True)
        first = ids.index(made["ids"][0])
        start, stop = raw["offsets"][first], raw["offsets"][first + 1]
        np.testing.assert_allclose(made["values"][: stop - start], expected[start:stop], atol=2e-4)
        assert sorted(made["ids"][:]) == sorted(ids)


def test_another_file_in_the_place_of_one_is_noticed_though_it_is_older(small_run, tmp_path):
    """Also where a job behind an ancient file has reasons of its own."""
    folder, target = tmp_path / "run", "results/captions/own/my_features/images.h5"
    left_out = shutil.ignore_patterns("actions", "models", "retrieval")
    shutil.copytree(small_run, folder, ignore=left_out)
    assert planned(folder, everything(), target) == set()
    images = folder / "data/images.h5"
    images.write_bytes(images.read_bytes()[:-1] + b"\1")
    os.utime(images, (1, 1))
    settings = everything(on_bad_video="exclude")
    assert planned(folder, settings, target) == {"check_images", "join_images"}
