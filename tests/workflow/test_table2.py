"""Table 2 end to end: trajectories, fusion and transfer."""

import gzip
import json
import shutil

import h5py
import numpy as np
import pandas as pd
import pytest
from helpers.workflow import IDT, everything, fused, planned, snakemake, succeed
from PIL import Image

import rnnfv

METHODS = ["RNN-FV", "mean", "GMM", "iDT", "RNN-FV + GMM + iDT", "moved"]


def ours(folder, key="method"):
    """The rows of Table 2 that a run made."""
    table = pd.read_csv(folder / "results/table2.csv")
    return table[table["source"] == "this run"].set_index(key)


def test_table_2_is_complete(small_run):
    rows = ours(small_run)
    assert set(rows.index) == set(METHODS)
    assert (rows["n_items"] == 42).all() and (rows["n_excluded"] == 0).all()
    assert (rows["n_seeds"] == np.where(rows.index == "mean", 1, 2)).all()
    assert rows[["mean", "split1", "split2"]].notna().all(axis=None)
    assert rows["published"].isna().all()
    np.testing.assert_allclose(rows["mean"], rows[["split1", "split2"]].mean(axis=1), atol=0.011)
    assert rows.loc["moved", "weights"].endswith("RNN trained on pairs")
    assert rows.loc["iDT", "weights"].startswith("improved dense trajectories (dis flow")
    assert rows.loc["iDT", "dim"] == 2 * 2 * (6 + 48 + 54 + 48 + 48)
    assert rows.loc["RNN-FV + GMM + iDT", "dim"] >= rows.loc[["RNN-FV", "iDT"], "dim"].sum()
    table = pd.read_csv(small_run / "results/table2.csv")
    assert (table["source"] == "this run").all()  # published values are of other data sets
    assert "Table 2" in (small_run / "printed.txt").read_text()
    assert r"\begin{tabular}" in (small_run / "results/table2.tex").read_text()
    assert ": synthetic; it shows" in (small_run / "results/table2.md").read_text()


def test_single_rows_are_those_of_table_1(small_run):
    """A single representation has the accuracy that Table 1 gives it."""
    one, two = pd.read_csv(small_run / "results/table1.csv").set_index("pooling"), ours(small_run)
    for pooling, method in (("rnn-fv", "RNN-FV"), ("mean", "mean"), ("gmm-fv", "GMM")):
        for split in ("split1", "split2"):
            # The SVM is given coordinates instead of vectors: one clip of 14 may change sides.
            expected = pytest.approx(one.loc[pooling, split], abs=100 / 14 / 2 + 0.01)
            assert two.loc[method, split] == expected
    assert two.loc["RNN-FV", "mean"] == pytest.approx(one.loc["rnn-fv", "mean"], abs=0.011)


def test_accuracies_are_those_of_the_predictions(small_run):
    table, home = ours(small_run), small_run / "results/actions/tiny"
    manifest = pd.read_csv(home / "manifest.csv").set_index("id")
    rows = {"idt": "iDT", "rnn-fv-gmm-idt": "RNN-FV + GMM + iDT", "moved": "moved"}
    for row, method in rows.items():
        predictions = pd.read_csv(home / f"table2/{row}/predictions.csv")
        predictions = predictions[predictions["split"] == 2]
        assert set(predictions["seed"]) == {0, 1}
        tested = predictions[predictions["seed"] == 0].set_index("id")
        assert sorted(tested.index) == sorted(manifest.index[manifest["split2"] == "test"])
        assert (tested["label"] == manifest.loc[tested.index, "label"]).all()
        accuracy = 100 * (predictions["label"] == predictions["predicted"]).mean()
        assert table.loc[method, "split2"] == pytest.approx(accuracy, abs=0.006)


def test_tracks_are_gone_and_counted(small_run):
    assert not list(small_run.rglob("tracks/*.h5")) and not list(small_run.rglob("*.unfinished"))
    assert len(list(small_run.rglob("idt/split*/seed*/vectors.h5"))) == 4
    home = small_run / "results/actions/tiny/idt"
    with Image.open(home / "tracks.png") as image:
        assert image.size[1] > 7 * 100  # a row for each of seven classes
    report = pd.read_csv(home / "frames/report.csv")
    assert len(report) == 42 and (report["tracks"] > 0).mean() > 0.5
    assert ((report["tracks"] == 0) == report["reason"].fillna("").str.contains("no-tracks")).all()
    none = int((report["tracks"] == 0).sum())
    note = f"tiny, iDT: {none} of 42 videos have no tracks"
    assert (note in (small_run / "results/table2.md").read_text()) == (none > 0)


def test_what_comes_from_elsewhere_is_fitted_there_and_the_rest_here(small_run):
    """Transferred vectors are of the other set's PCA and network; their own PCA is of this set."""
    from rnnfv.arrays.matrices import ArraySource
    from rnnfv.arrays.normalize import l2_normalize, power_normalize
    from rnnfv.arrays.sequences import Sequences, load_sequences
    from rnnfv.arrays.vectors import open_vectors
    from rnnfv.data.splits import split_rows
    from rnnfv.reduction.gram import principal_scores
    from rnnfv.rnn.checkpoint import TrainedNetwork
    from rnnfv.rnn.fisher_vector import FisherVectors

    actions = small_run / "results/actions"
    source = actions / "pairs/efficientnet_lite0/pca/split1"
    network = TrainedNetwork.read(source / "rnn/seed1/network.pt").network()
    raw = load_sequences(actions / "tiny/efficientnet_lite0/sequences.h5")
    values = l2_normalize(rnnfv.load(source / "pca.rnnfv").transform(raw.values))
    blocks = FisherVectors(network, Sequences(raw.ids, raw.offsets, values)).rows()
    gradients = np.concatenate([block.copy() for block in blocks])
    home = actions / "tiny/efficientnet_lite0/pca/split1/rnn-fv-from-pairs/seed1"
    with open_vectors(home / "normalized.h5") as (ids, found, made_by):
        assert ids == raw.ids
        _, rows = split_rows(pd.read_csv(actions / "tiny/manifest.csv"), ids, 1)
        expected = principal_scores(
            ArraySource(gradients), rows["train"], int(made_by["pca"])
        ).scores
        expected = l2_normalize(power_normalize(expected, float(made_by["alpha"])))
        signs = np.sign((expected * found[:]).sum(axis=0))
        np.testing.assert_allclose(found[:], expected * signs, atol=2e-3)


def test_changes_rerun_what_depends_on_them_and_nothing_else(small_run):
    def again(**changes):
        return planned(small_run, everything(**changes), "results/table2.csv")

    trained = {"train_rnn", "normalize", "decode_frames"}
    assert again() == set() == again(device="cpu")
    table = everything()["table2"]
    rows = table["rows"] | {"mean + RNN-FV": ["mean", "PCA"]}
    assert again(table2=table | {"rows": rows}) <= {"fuse", "table2"}
    codebook = again(trajectories={"idt": IDT | {"max_iter": 20}})
    assert {"encode_trajectories", "fuse"} <= codebook
    assert not codebook & (trained | {"extract_features"})
    tracked = again(trajectories={"idt": IDT | {"grid": 6}})
    assert "extract_trajectories" in tracked and not tracked & trained


@pytest.mark.slow
def test_tracks_of_the_original_program_and_broken_videos(small_run, tmp_path):
    """The same tracks as text files give the same vectors; a video without its file is bad."""
    for shard in (small_run / "results/actions/tiny/clips").iterdir():
        shutil.copytree(shard, tmp_path / "videos", dirs_exist_ok=True)
    manifest = pd.read_csv(small_run / "results/actions/tiny/manifest.csv")
    part_of = manifest.groupby("group")["split1"].first()
    scenes = [*part_of.index[part_of == "train"][:2], part_of.index[part_of == "test"][0]]
    manifest = manifest[manifest["group"].isin(scenes)].reset_index(drop=True)
    manifest.to_csv(tmp_path / "manifest.csv", index=False)
    own = {"layout": "manifest", "manifest": "manifest.csv", "splits": [1], "shards": 2}
    films, texts = own | {"videos": "videos"}, own | {"tracks": {"idt": "texts"}}
    config = fused(datasets={"films": films, "texts": texts}, seeds=[0])
    config["table1"] |= {"datasets": ["films"], "poolings": ["mean"]}
    rows = dict.fromkeys(config["table2"]["rows"]) | {"iDT": ["iDT"]}
    table = {"representations": {"iDT": {"trajectories": "idt"}}, "rows": rows}
    config["table2"] |= table | {"datasets": ["films", "texts"]}
    homes = {name: f"results/actions/{name}/idt" for name in ("films", "texts")}
    keep = [f"{homes['films']}/tracks/{i}-of-2.h5" for i in (1, 2)]
    succeed(tmp_path, config, "--notemp", targets=[f"{homes['films']}/split1/seed0/vectors.h5"])
    for path in keep:
        with h5py.File(tmp_path / path) as file:
            offsets = file["offsets"][:]
            for i, name in enumerate(file["ids"][:].astype(str)):
                kept = slice(offsets[i], offsets[i + 1])
                rows = np.concatenate([file["info"][kept], file["values"][kept]], axis=1)
                path = tmp_path / "texts" / f"{name[:-4]}.gz"
                path.parent.mkdir(parents=True, exist_ok=True)
                with gzip.open(path, "wt") as text:
                    text.writelines("\t".join(f"{x:.9g}" for x in row) + "\t\n" for row in rows)
    target = [f"{homes['texts']}/split1/seed0/vectors.h5"]
    succeed(tmp_path, config, targets=target)
    made = tmp_path / homes["films"] / "split1/seed0/vectors.h5"
    with h5py.File(made) as one, h5py.File(tmp_path / target[0]) as two:
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
    assert done.returncode != 0 and "1 of 21 items cannot be used" in done.stderr
    # The shard with the cut video keeps what it has of the others; the other shard is done.
    unfinished = (tmp_path / homes["films"] / "tracks").glob("*.unfinished")
    assert [path.name for path in unfinished] == ["2-of-2.unfinished"]
    cut.write_bytes(whole)
    printed = succeed(tmp_path, config, targets=films)  # a repaired video is seen
    assert "tracks of films, shard 2-of-2" in printed
    assert "tracks of films, shard 1-of-2" not in printed
    assert not list((tmp_path / homes["films"] / "tracks").glob("*.unfinished"))
    cut.write_bytes(whole[:4000])
    shutil.rmtree(tmp_path / homes["films"])
    done = snakemake(tmp_path, config, targets=[f"{homes['texts']}/frames/items.csv"])
    assert done.returncode != 0 and "no file of its tracks" in done.stderr
    succeed(tmp_path, config | {"on_bad_video": "exclude"}, targets=["results/table2.csv"])
    counts = ours(tmp_path, "dataset").loc[["films", "texts"], ["n_items", "n_excluded"]]
    assert (counts == [20, 1]).all(axis=None)
    metrics = tmp_path / "results/actions/films/table2/idt/metrics.json"
    assert sum(json.loads(metrics.read_text())[0]["counts"].values()) == 20
