"""Models that a run keeps: the command says with them what the tables say."""

import json
import re
import shutil
import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest
from helpers.workflow import ROOT, succeed

from rnnfv.arrays.vectors import open_vectors
from rnnfv.cli.main import run

HOME = "results/actions/tiny"
DEFAULT = "results/actions/synthetic-pairs"
ACTIONS = "results/models/table1/tiny/efficientnet_lite0/pca-rnn-fv-split1.rnnfv"
FUSED = "results/models/table2/tiny/rnn-fv-gmm-idt-split1.rnnfv"
MOVED = "results/models/table2/tiny/moved-split2.rnnfv"
RETRIEVAL = "results/models/table3/cca+MM-ENS.rnnfv"


def printed(capsys, monkeypatch, *arguments):
    """The JSON that the command prints."""
    monkeypatch.setattr(sys, "argv", ["rnnfv", *map(str, arguments), "--json"])
    with pytest.raises(SystemExit) as ended:
        run()
    assert not ended.value.code
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("model", "predictions", "of_row"),
    [
        (ACTIONS, "efficientnet_lite0/pca/split1", {"pooling": "rnn-fv", "seed": "0"}),
        (FUSED, "table2/rnn-fv-gmm-idt", {"split": "1", "seed": "0"}),
        (MOVED, "table2/moved", {"split": "2", "seed": "0"}),
    ],
)
def test_every_test_clip_is_predicted_as_in_the_table(
    small_run, capsys, monkeypatch, model, predictions, of_row
):
    table = small_run / HOME / predictions / "predictions.csv"
    command = partial(printed, capsys, monkeypatch, "predict", "-m", small_run / model)
    assert len(predicted_as(table, of_row, small_run / HOME / "clips", command)) > 10


@pytest.mark.slow
def test_every_test_clip_of_the_default_run_is_predicted_as_in_its_table(
    tmp_path, capsys, monkeypatch
):
    row = ROOT / DEFAULT / "efficientnet_lite0/pca/split1"
    if not (row / "predictions.csv").exists():
        pytest.skip("needs what `snakemake` leaves in results/")
    shutil.copytree(ROOT / DEFAULT, tmp_path / DEFAULT)
    model = "results/models/table1/synthetic-pairs/efficientnet_lite0/pca-rnn-fv-split1.rnnfv"
    only = "--rerun-triggers", "mtime", "--allowed-rules", "keep_action_model"
    succeed(tmp_path, None, *only, targets=[model])
    of_row = {"pooling": "rnn-fv", "seed": "0"}
    command = partial(printed, capsys, monkeypatch, "predict", "-m", tmp_path / model)
    best = predicted_as(row / "predictions.csv", of_row, tmp_path / DEFAULT / "clips", command)
    assert len(best) == 252


def predicted_as(predictions, of_row, clips, command):
    """The classes that the command gives a row's test clips, once they are those of its table."""
    table = pd.read_csv(predictions, dtype=str)
    for column, value in of_row.items():
        table = table[table[column] == value]
    files = [next(clips.glob(f"*/{name}")) for name in table["id"]]
    found = command(*files)["predictions"]
    best = [found[str(file)][0]["class"] for file in files]
    assert best == table["predicted"].tolist() and len(set(best)) > 1
    return best


def test_vectors_are_kept_where_they_are_wanted(small_run, capsys, monkeypatch, tmp_path):
    with open_vectors(small_run / f"{ACTIONS}.h5") as (ids, values, _):
        kept = dict(zip(ids, values[:], strict=True))
    clip = next((small_run / HOME / "clips").glob("*/*/*.avi"))
    about = printed(
        capsys, monkeypatch, "encode", clip, "-m", small_run / ACTIONS, "-o", tmp_path / "v.h5"
    )
    with open_vectors(tmp_path / "v.h5") as (_, values, _):
        name = f"{clip.parent.name}/{clip.name}"
        np.testing.assert_allclose(values[0], kept[name], atol=2e-3)
    assert about["dimensions"] == len(kept[name]) and len(kept) == 42


def test_search_agrees_with_the_gallery(small_run, capsys, monkeypatch, tmp_path):
    text = (small_run / "results/retrieval/table3/gallery.html").read_text()
    asked = re.findall(r'<p class="asked">(.*?)</p>.*?<ol class="images">(.*?)</ol>', text, re.S)
    assert len(asked) == 4
    for sentence, shown in asked:
        names = re.findall(r'<span class="name">(.*?)</span>', shown)
        options = ["-m", small_run / RETRIEVAL, "--page", tmp_path / "p.html", "--top", 5]
        found = printed(capsys, monkeypatch, "search", sentence, *options)
        assert [image["image"] for image in found["images"]] == names


def test_class_folders_under_a_name_of_their_own(small_run, tmp_path):
    """Splits are drawn and files looked for; the default run's results stay where they are."""
    for shard in (small_run / HOME / "clips").iterdir():
        shutil.copytree(shard, tmp_path / "videos", dirs_exist_ok=True)
    copied = pd.read_csv(small_run / HOME / "manifest.csv")["path"].tolist()
    settings = {"layout": "folders", "videos": "videos", "splits": [1], "group": r"_s(\d+)"}
    config = {"run": {"name": "mine"}, "datasets": {"mine": settings}}
    config["table1"] = {"datasets": ["mine"]}
    home = "results/mine/actions/mine"
    (tmp_path / "results").mkdir()
    (tmp_path / "results/table1.csv").write_text("the default run's")
    targets = [f"{home}/manifest.csv", f"{home}/files.csv"]
    succeed(tmp_path, config, targets=targets, forked=False)
    manifest = pd.read_csv(tmp_path / targets[0], dtype=str)
    assert sorted(manifest["path"]) == sorted(copied) and len(copied) == 42
    parts = manifest.groupby("group")["split1"].unique().map(set)
    assert all(part in ({"test"}, {"train"}, {"val"}) for part in parts)
    assert (pd.read_csv(tmp_path / targets[1])["status"] == "ok").all()
    assert (tmp_path / "logs/mine/actions/mine").is_dir()
    assert (tmp_path / "results/table1.csv").read_text() == "the default run's"
