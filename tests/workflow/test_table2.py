"""Table 2 end to end: trajectories, fusion and transfer, run by Snakemake in a folder of its own as a user would."""

import gzip
import json
import shutil

import h5py
import numpy as np
import pandas as pd
import pytest
from helpers.workflow import planned, snakemake, succeed, tiny
from PIL import Image

IDT = {
    "short_side": 72,
    "length": 6,
    "scales": 2,
    "volume": 24,
    "flow": "dis",
    "warped_flow": "compose",
    "components": 2,
    "max_samples": 3000,
}


def fused(**changes):
    """The smallest configuration with all of Table 2: two data sets, three representations and a transfer."""
    pairs = {
        "layout": "synthetic",
        "recipe": "pairs",
        "scenes": 3,
        "clips_per_class": 1,
        "shards": 1,
        "splits": [1],
    }
    loops = {
        "layout": "synthetic",
        "recipe": "loops",
        "scenes": 6,
        "clips_per_class": 1,
        "shards": 2,
        "splits": [1, 2],
    }
    settings = tiny(
        datasets={"loops": loops, "pairs": pairs},
        trajectories={"idt": IDT},
        table2={
            "datasets": ["loops"],
            "representations": {
                "PCA": {"feature": "efficientnet_lite0"},
                "mean": {"feature": "efficientnet_lite0", "pooling": "mean"},
                "GMM": {"feature": "efficientnet_lite0", "pooling": "gmm-fv"},
                "iDT": {"trajectories": "idt"},
                "moved": {"feature": "efficientnet_lite0", "trained_on": "pairs"},
            },
            "rows": {
                "RNN-FV": ["PCA"],
                "mean": ["mean"],
                "GMM": ["GMM"],
                "iDT": ["iDT"],
                "RNN-FV + GMM + iDT": ["PCA", "GMM", "iDT"],
                "moved": ["moved"],
            },
        },
    )
    settings["table1"] |= {"datasets": ["loops"], "poolings": ["mean", "gmm-fv", "rnn-fv"]}
    settings["seeds"] = [0, 1]
    defaults = [
        "RNN-FV (C3D)",
        "RNN-FV (VGG-CCA)",
        "RNN-FV (C3D + VGG-CCA)",
        "RNN-FV (C3D + VGG-CCA) + iDT",
    ]
    defaults += ["RNN-FV (Lite0-PCA)", "RNN-FV (Lite0-CCA)", "RNN-FV (Lite0-PCA + Lite0-CCA)"]
    defaults += ["RNN-FV (Lite0-PCA + Lite0-CCA) + iDT"]
    defaults += ["RNN-FV (Lite0-PCA), RNN trained on synthetic-pairs"]
    settings["table2"]["rows"] |= dict.fromkeys(defaults)  # null takes a default row away
    return settings | changes


BOTH = ["results/table1.csv", "results/table2.csv"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fused")
    return folder, succeed(folder, fused(), targets=BOTH)


def test_table_2_is_complete(run):
    folder, printed = run
    table = pd.read_csv(folder / "results/table2.csv")
    ours = table[table["source"] == "this run"].set_index("method")
    assert set(ours.index) == {"RNN-FV", "mean", "GMM", "iDT", "RNN-FV + GMM + iDT", "moved"}
    assert (ours["n_items"] == 42).all() and (ours["n_excluded"] == 0).all()
    assert (ours["n_seeds"] == np.where(ours.index == "mean", 1, 2)).all()
    assert (
        ours[["mean", "split1", "split2"]].notna().all(axis=None) and ours["published"].isna().all()
    )
    np.testing.assert_allclose(ours["mean"], ours[["split1", "split2"]].mean(axis=1), atol=0.011)
    assert ours.loc["moved", "weights"].endswith("RNN trained on pairs")
    assert ours.loc["iDT", "weights"].startswith("improved dense trajectories (dis flow")
    assert ours.loc["iDT", "dim"] == 2 * 2 * (6 + 48 + 54 + 48 + 48)
    assert ours.loc["RNN-FV + GMM + iDT", "dim"] >= ours.loc[["RNN-FV", "iDT"], "dim"].sum()
    published = table[table["source"] != "this run"]
    assert (
        len(published) > 20
        and published["mean"].isna().all()
        and set(published["dataset"]) == {"UCF101", "HMDB51"}
    )
    assert (
        "Table 2" in printed and r"\begin{tabular}" in (folder / "results/table2.tex").read_text()
    )
    assert "synthetic, drawn by rule" in (folder / "results/table2.md").read_text()


def test_single_rows_are_those_of_table_1(run):
    """Normalised, stored and classified alone, a representation has the accuracy that Table 1 gives it."""
    folder, _ = run
    one = pd.read_csv(folder / "results/table1.csv").set_index("pooling")
    two = pd.read_csv(folder / "results/table2.csv")
    two = two[two["source"] == "this run"].set_index("method")
    for pooling, method in (("rnn-fv", "RNN-FV"), ("mean", "mean"), ("gmm-fv", "GMM")):
        for split in ("split1", "split2"):
            # One clip of 14 may fall on the other side where the SVM is given coordinates instead of vectors.
            assert two.loc[method, split] == pytest.approx(
                one.loc[pooling, split], abs=100 / 14 / 2 + 0.01
            )
    assert two.loc["RNN-FV", "mean"] == pytest.approx(one.loc["rnn-fv", "mean"], abs=0.011)


def test_accuracies_are_those_of_the_predictions(run):
    folder, _ = run
    table = pd.read_csv(folder / "results/table2.csv")
    table = table[table["source"] == "this run"].set_index("method")
    manifest = pd.read_csv(folder / "results/actions/loops/manifest.csv").set_index("id")
    for row, method in (
        ("idt", "iDT"),
        ("rnn-fv-gmm-idt", "RNN-FV + GMM + iDT"),
        ("moved", "moved"),
    ):
        predictions = pd.read_csv(
            folder / f"results/actions/loops/table2/{row}/split2/predictions.csv"
        )
        assert set(predictions["seed"]) == {0, 1}
        tested = predictions[predictions["seed"] == 0].set_index("id")
        assert sorted(tested.index) == sorted(manifest.index[manifest["split2"] == "test"])
        assert (tested["label"] == manifest.loc[tested.index, "label"]).all()
        accuracy = 100 * (predictions["label"] == predictions["predicted"]).mean()
        assert table.loc[method, "split2"] == pytest.approx(accuracy, abs=0.006)


def test_second_run_has_nothing_to_do_and_tracks_are_gone(run):
    folder, _ = run
    assert "Nothing to be done" in succeed(folder, fused(), targets=BOTH)
    assert not list(folder.rglob("tracks/*.h5")) and not list(folder.rglob("*.unfinished"))
    assert len(list(folder.rglob("idt/split*/seed*/vectors.h5"))) == 4
    with Image.open(folder / "results/actions/loops/idt/tracks.png") as image:
        assert image.size[1] > 7 * 100  # a row for each of seven classes
    report = pd.read_csv(folder / "results/actions/loops/idt/frames/report.csv")
    assert len(report) == 42 and (report["tracks"] > 0).mean() > 0.5
    assert ((report["tracks"] == 0) == report["reason"].fillna("").str.contains("no-tracks")).all()
    none = int((report["tracks"] == 0).sum())
    counted = (
        f"loops, iDT: {none} of 42 videos have no tracks"
        in (folder / "results/table2.md").read_text()
    )
    assert counted == (none > 0)


def test_what_comes_from_elsewhere_is_fitted_there_and_the_rest_here(run):
    """The transferred vectors are those of the other set's network behind its PCA; their PCA is fitted on this set."""

    from rnnfv.arrays.columns import ArrayColumns
    from rnnfv.arrays.hdf5 import open_vectors
    from rnnfv.arrays.normalize import l2_normalize, power_normalize
    from rnnfv.arrays.sequences import Sequences, load_sequences
    from rnnfv.data.splits import split_rows
    from rnnfv.reduction.pca import pca_scores, read_pca
    from rnnfv.rnn.checkpoint import TrainedNetwork
    from rnnfv.rnn.fisher_vector import FisherVectors

    folder, _ = run
    source = folder / "results/actions/pairs/efficientnet_lite0/pca/split1"
    network = TrainedNetwork.read(source / "rnn/seed1/network.pt").network()
    raw = load_sequences(folder / "results/actions/loops/efficientnet_lite0/sequences.h5")
    values = l2_normalize(read_pca(source / "pca.h5").transform(raw.values))
    gradients = np.concatenate(
        [b.copy() for b in FisherVectors(network, Sequences(raw.ids, raw.offsets, values)).rows()]
    )
    home = folder / "results/actions/loops/efficientnet_lite0/pca/split1/rnn-fv-from-pairs/seed1"
    with open_vectors(home / "normalized.h5") as (ids, found, made_by):
        assert ids == raw.ids
        manifest = pd.read_csv(folder / "results/actions/loops/manifest.csv")
        _, rows = split_rows(manifest, ids, 1)
        expected = pca_scores(ArrayColumns(gradients), rows["train"], int(made_by["pca"]))
        expected = l2_normalize(power_normalize(expected, float(made_by["alpha"])))
        signs = np.sign((expected * found[:]).sum(axis=0))
        np.testing.assert_allclose(found[:], expected * signs, atol=2e-3)


def test_changes_rerun_what_depends_on_them_and_nothing_else(run):
    folder, _ = run
    target = "results/table2.csv"
    assert planned(folder, fused(), target) == set()
    rows = fused()
    rows["table2"]["rows"] |= {"mean + RNN-FV": ["mean", "PCA"]}
    assert planned(folder, rows, target) <= {"fuse", "table2"}
    codebook = planned(folder, fused(trajectories={"idt": IDT | {"max_iter": 20}}), target)
    assert {"fit_codebook", "encode_trajectories", "fuse"} <= codebook
    assert not codebook & {
        "train_rnn",
        "pool_rnn",
        "normalize",
        "decode_frames",
        "extract_features",
    }
    tracked = planned(folder, fused(trajectories={"idt": IDT | {"grid": 6}}), target)
    assert "extract_trajectories" in tracked and not tracked & {
        "train_rnn",
        "normalize",
        "decode_frames",
    }
    assert planned(folder, fused(device="cpu"), target) == set()


def test_tracks_of_the_original_program_and_broken_videos(run, tmp_path):
    """The same tracks as text files give the same vectors; without its file a video is bad, and the policy decides."""
    folder, _ = run
    for shard in (folder / "results/actions/loops/clips").iterdir():
        shutil.copytree(shard, tmp_path / "videos", dirs_exist_ok=True)
    manifest = pd.read_csv(folder / "results/actions/loops/manifest.csv")
    manifest.to_csv(tmp_path / "manifest.csv", index=False)
    own = {"layout": "manifest", "manifest": "manifest.csv", "splits": [1], "shards": 2}
    config = fused(
        datasets={"films": own | {"videos": "videos"}, "texts": own | {"tracks": {"idt": "texts"}}},
        seeds=[0],
    )
    config["table1"] |= {"datasets": ["films"], "poolings": ["mean"]}
    config["table2"] |= {
        "datasets": ["films", "texts"],
        "representations": {"iDT": {"trajectories": "idt"}},
    }
    config["table2"]["rows"] = dict.fromkeys(config["table2"]["rows"]) | {"iDT": ["iDT"]}
    homes = {name: f"results/actions/{name}/idt" for name in ("films", "texts")}
    keep = [f"{homes['films']}/tracks/{i}-of-2.h5" for i in (1, 2)]
    succeed(tmp_path, config, "--notemp", targets=[f"{homes['films']}/split1/seed0/vectors.h5"])
    for path in keep:
        with h5py.File(tmp_path / path) as file:
            offsets = file["offsets"][:]
            for i, name in enumerate(file["ids"][:].astype(str)):
                rows = np.concatenate(
                    [file[key][offsets[i] : offsets[i + 1]] for key in ("info", "values")], axis=1
                )
                path = tmp_path / "texts" / f"{name[:-4]}.gz"
                path.parent.mkdir(parents=True, exist_ok=True)
                with gzip.open(path, "wt") as text:
                    text.writelines("\t".join(f"{x:.9g}" for x in row) + "\t\n" for row in rows)
    target = [f"{homes['texts']}/split1/seed0/vectors.h5"]
    succeed(tmp_path, config, targets=target)
    with (
        h5py.File(tmp_path / homes["films"] / "split1/seed0/vectors.h5") as one,
        h5py.File(tmp_path / target[0]) as two,
    ):
        np.testing.assert_allclose(one["values"][:], two["values"][:], atol=1e-3)
        assert "tracks of the original program" in two.attrs["weights"]
    # A file is lost, a video is cut.
    lost = manifest["path"][3]
    (tmp_path / "texts" / lost).with_suffix(".gz").unlink()
    cut = tmp_path / "videos" / manifest["path"][5]
    for name in homes:
        shutil.rmtree(tmp_path / homes[name])
    whole, films = cut.read_bytes(), [f"{homes['films']}/frames/items.csv"]
    cut.write_bytes(whole[:4000])
    done = snakemake(tmp_path, config, targets=films)
    assert done.returncode != 0 and "1 of 42 items cannot be used" in done.stderr
    # The shard with the cut video is to be done again, and what it kept of the others is there; the other shard is done.
    assert [path.name for path in (tmp_path / homes["films"] / "tracks").glob("*.unfinished")] == [
        "2-of-2.unfinished"
    ]
    cut.write_bytes(whole)
    printed = succeed(tmp_path, config, targets=films)  # a repaired video is seen
    assert (
        "tracks of films, shard 2-of-2" in printed
        and "tracks of films, shard 1-of-2" not in printed
    )
    assert not list((tmp_path / homes["films"] / "tracks").glob("*.unfinished"))
    cut.write_bytes(whole[:4000])
    shutil.rmtree(tmp_path / homes["films"])
    done = snakemake(tmp_path, config, targets=[f"{homes['texts']}/frames/items.csv"])
    assert done.returncode != 0 and "no file of its tracks" in done.stderr
    succeed(tmp_path, config | {"on_bad_video": "exclude"}, targets=["results/table2.csv"])
    table = pd.read_csv(tmp_path / "results/table2.csv")
    ours = table[table["source"] == "this run"].set_index("dataset")
    assert ours.loc[["films", "texts"], "n_items"].tolist() == [41, 41]
    assert ours.loc[["films", "texts"], "n_excluded"].tolist() == [1, 1]
    metrics = json.loads(
        (tmp_path / "results/actions/films/table2/idt/split1/metrics.json").read_text()
    )
    assert sum(metrics["counts"].values()) == 41


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"trajectories": {"idt": {"lenght": 9}}},
            "trajectories.idt: Additional properties are not allowed",
        ),
        (
            {"trajectories": {"idt": {"length": 10}}},
            "trajectories.idt.length: 10 is not a multiple of 3",
        ),
        ({"table2": {"rows": {"new": ["none"]}}}, "table2.rows.new: 'none' is not defined"),
        (
            {"table2": {"representations": {"a": {"feature": "nothing"}}}},
            "table2.representations.a.feature",
        ),
    ],
)
def test_a_wrong_configuration_is_told_before_anything_runs(tmp_path, change, message):
    done = snakemake(tmp_path, change, "--dry-run", targets=["results/table2.csv"])
    assert done.returncode != 0 and message in done.stderr + done.stdout
    assert "Traceback" not in done.stderr.split("WorkflowError")[0]
