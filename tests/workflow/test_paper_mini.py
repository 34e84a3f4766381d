"""The full reproduction in small: a run of everything with stand-ins for the data.

It takes some minutes and, while it lasts, 3 GB of disk.
"""

import json
import re
import shutil

import pandas as pd
import pytest
import yaml
from helpers.paper_mini import CONFIGURATIONS, digest, real_data, world
from helpers.paper_mini_media import FILMS, HMDB_CLASSES, PARTS, UCF_CLASSES
from helpers.workflow import succeed

pytestmark = pytest.mark.slow

POOLINGS = ["mean", "gmm-fv", "rnn-fv"]
FEATURES = ["vgg19-PCA", "vgg19-CCA", "c3d-PCA"]
FUSED = [
    "RNN-FV (C3D)",
    "RNN-FV (VGG-CCA)",
    "RNN-FV (C3D + VGG-CCA)",
    "RNN-FV (C3D + VGG-CCA) + iDT",
    "iDT",
]
TRANSFERRED = [
    "RNN-FV (C3D), RNN trained on UCF101",
    "RNN-FV (VGG-CCA), RNN trained on UCF101",
    "RNN-FV (C3D + VGG-CCA), RNNs trained on UCF101",
]
MODELS = [
    "MeanVector",
    "GMM-FV",
    "HGLMM",
    "MM-ENS",
    "wiki w2v",
    "w2v",
    "w2v clsf",
    "cca",
    "cca rvrs",
]
COMBINED = [
    "cca + rvrs",
    "cca + MM-ENS",
    "cca + rvrs + MM-ENS",
    "all RNN-FV",
    "all RNN-FV + MM-ENS",
]
RECALLS = [f"{task}_r{k}" for task in ("annotation", "search") for k in (1, 5, 10)]
CLASSES = {"HMDB51": HMDB_CLASSES, "UCF101": tuple(UCF_CLASSES)}
SPLITS = {"HMDB51": [1], "UCF101": [1]}
TEST_IMAGES = PARTS["test"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a finished run, what it and a second run printed, and the server's requests."""
    folder = tmp_path_factory.mktemp("paper")
    with world(folder, real_data()) as (configurations, requests):
        command = (folder, None, "--configfile", *configurations)
        first, again = (succeed(*command, targets=["all_tables"]) for _ in range(2))
        shutil.rmtree(folder / "stand-ins")
        yield folder, first, again, [path for path, _, _ in requests]
    shutil.rmtree(folder / "data" / "weights")


def read(run, name):
    return pd.read_csv(run[0] / "results" / f"{name}.csv")


def weights_of(run, name):
    return digest(run[0] / "data" / "weights" / name, "sha256")


def check_accuracies(run, table):
    """In each row, a whole number of a split's test items is right, and every item counts."""
    for dataset, group in table.groupby("dataset"):
        manifest = pd.read_csv(run[0] / f"results/actions/{dataset}/manifest.csv")
        assert (
            len(manifest) == len(CLASSES[dataset]) * FILMS
        )  # not HMDB51's clips that are in no split
        assert (group["n_items"] == len(manifest)).all() and (group["n_excluded"] == 0).all()
        for n in (1, 2, 3):
            if n not in SPLITS[dataset]:
                assert group[f"split{n}"].isna().all()
                continue
            tested = (manifest[f"split{n}"] == "test").sum()
            assert tested == len(CLASSES[dataset]) and group[f"split{n}"].between(0, 100).all()
            correct = group[f"split{n}"] * tested / 100
            assert (correct - correct.round()).abs().max() < 0.01


def test_everything_came_from_the_server_or_by_hand_and_no_archive_is_left(run):
    folder, _, again, requests = run
    archives = {path.name for path in (folder / "data/downloads").iterdir()}
    assert archives and all(name.endswith(".sha256") for name in archives)
    assert len(requests) == len(set(requests)) == 14 and not any(
        "flickr30k" in path for path in requests
    )
    assert "Nothing to be done" in again
    for name, counted in {"ucf101_videos": 3 * FILMS, "hmdb51_videos": 3 * (FILMS + 1)}.items():
        assert json.loads((folder / f"data/.unpacked/{name}.json").read_text())["counts"] == {
            "*.avi": counted,
            "folders": 3,
        }
    assert len(list((folder / "data/coco").glob("*2014/COCO_*.jpg"))) == sum(PARTS.values())


def test_frames_of_a_third_shard_wait_for_the_features_of_the_first(run):
    printed = run[1]
    for feature in ("vgg19", "c3d"):
        [first] = re.findall(rf"Job (\d+): {feature} features of UCF101, shard 1-of-3", printed)
        used = printed.index(f"Finished jobid: {first} ")
        assert used < printed.index(f"decoding UCF101 for {feature}, shard 3-of-3")


def test_large_intermediates_are_gone(run):
    folder = run[0] / "results"
    assert not list(folder.rglob("frames/*.h5")) and not list(folder.rglob("tracks/*.h5"))
    assert not list(folder.rglob("shards/*.h5")) and not list(folder.rglob("*.part"))
    assert not list(folder.rglob("unfinished.pt"))
    assert not list(folder.glob("actions/*/*/*/split*/*/**/vectors.h5"))
    assert len(list(folder.glob("actions/*/*/sequences.h5"))) == 4


def test_table1(run):
    table = read(run, "table1")
    rows = [(d, f, p) for d in ("HMDB51", "UCF101") for f in FEATURES for p in POOLINGS]
    assert sorted(zip(table["dataset"], table["feature"], table["pooling"], strict=True)) == sorted(
        rows
    )
    check_accuracies(run, table)


def test_predictions_are_of_the_listed_test_items(run):
    paths = sorted(run[0].glob("results/actions/*/*/*/split*/predictions.csv"))
    assert len(paths) == sum(map(len, SPLITS.values())) * len(FEATURES)
    for path in paths:
        dataset, split = path.parts[-5], path.parts[-2]
        manifest = pd.read_csv(run[0] / f"results/actions/{dataset}/manifest.csv")
        for pooling, table in pd.read_csv(path).groupby("pooling"):
            test = manifest.loc[manifest[split] == "test", "id"]
            assert pooling in POOLINGS and set(table["id"]) == set(test)


def test_table2(run):
    table = read(run, "table2")
    ours = table[table["source"].str.startswith("this run")]
    rows = {"UCF101": FUSED, "HMDB51": FUSED + TRANSFERRED}
    assert {dataset: set(group["method"]) for dataset, group in ours.groupby("dataset")} == {
        k: set(v) for k, v in rows.items()
    }
    check_accuracies(run, ours)
    fused = ours.set_index(["dataset", "method"])["dim"]
    assert fused["HMDB51", FUSED[3]] == fused["HMDB51", FUSED[2]] + fused["HMDB51", "iDT"]


@pytest.mark.parametrize("name", ["table3", "table4", "table5"])
def test_tables_of_retrieval(run, name):
    table = read(run, name)
    models = MODELS if name == "table3" else [model for model in MODELS if model != "w2v clsf"]
    dataset = {"table3": "Flickr8k", "table4": "Flickr30k", "table5": "COCO"}[name]
    blocks = {dataset: TEST_IMAGES}
    if name == "table5":
        blocks = {
            "COCO (mean of five folds of the test images)": TEST_IMAGES / 5,
            "COCO": TEST_IMAGES,
        }
    assert list(dict.fromkeys(table["dataset"])) == list(blocks)
    for block, images in blocks.items():
        rows = table[table["dataset"] == block]
        assert rows["method"].tolist() == models + COMBINED
        assert (rows["n_images"] == images).all() and (rows["n_sentences"] == 5 * images).all()
        assert rows[RECALLS].ge(0).all(axis=None) and rows[RECALLS].le(100).all(axis=None)
        assert (
            rows["rsum"].notna().all()
            and rows["rsum"].sub(rows[RECALLS].sum(axis=1)).abs().max() < 0.5
        )
        assert rows.filter(regex="med|mean").notna().all(axis=None)
    listed = pd.read_csv(run[0] / f"results/captions/{dataset}/images.csv")
    assert listed["split"].value_counts().to_dict() == PARTS


def test_no_stand_in_reads_as_the_real_thing(run):
    caffe, c3d = weights_of(run, "VGG_ILSVRC_19_layers.caffemodel"), weights_of(run, "c3d.pickle")
    vgg = (
        "VGG-19, weights file VGG_ILSVRC_19_layers.caffemodel, not the published one of this name, "
        f"sha256 {caffe[:8]}; fc7 before ReLU, centre crop, caffe preprocessing"
    )
    table = read(run, "table1")
    first = table[table["feature"] == "vgg19-PCA"]
    assert (first["weights"] == vgg).all(), set(first["weights"])
    assert (
        table.loc[table["feature"] == "c3d-PCA", "weights"]
        .str.startswith(f"C3D, weights file c3d.pickle, sha256 {c3d[:8]};")
        .all()
    )
    projected = table.loc[table["feature"] == "vgg19-CCA", "weights"]
    assert projected.str.contains(vgg, regex=False).all() and projected.str.contains("COCO").all()
    words = digest(run[0] / "data/words/GoogleNews-vectors-negative300.bin", "sha256")
    for name in ("table3", "table4", "table5"):
        found = read(run, name)
        assert (found["weights"] == vgg).all()
        assert (
            found["words"]
            .str.contains(f"GoogleNews-vectors-negative300.bin sha256 {words[:8]}", regex=False)
            .all()
        )
    for path in (run[0] / "results").glob("table?.*"):
        assert path.suffix == ".png" or "authors' Caffe model" not in path.read_text()


def test_provenance_names_tables_weights_and_configuration(run):
    facts = json.loads((run[0] / "results/provenance.json").read_text())
    assert set(facts["tables"]) == {f"results/table{n}.csv" for n in range(1, 6)}
    for table, own in facts["tables"].items():
        assert own["sha256"] == digest(run[0] / table, "sha256")
    text = json.dumps(facts)
    for name in ("VGG_ILSVRC_19_layers.caffemodel", "c3d.pickle"):
        assert weights_of(run, name) in text


def test_the_small_configuration_changes_sizes_alone():
    """No new data set, feature, model, path or format: all names are in config/paper.yaml."""
    paper, mini = (yaml.safe_load(path.read_text()) for path in CONFIGURATIONS)
    fixed = {
        "layout",
        "source",
        "videos",
        "lists",
        "captions",
        "splits",
        "images",
        "network",
        "weights",
        "preprocessing",
    }
    fixed |= {
        "format",
        "path",
        "pooling",
        "words",
        "corpus",
        "feature",
        "models",
        "representations",
        "rows",
        "combinations",
    }

    def check(part, whole, where):
        for key, value in part.items():
            if isinstance(value, dict):
                assert key in whole, f"{where}{key}"
                check(value, whole[key], f"{where}{key}.")
            else:
                assert key not in fixed or (key == "splits" and where.startswith("datasets.")), (
                    f"{where}{key}"
                )

    check(mini, paper, "")
