"""full_size.py: data of the sizes of UCF101 and Flickr30k, and what the workflow takes on it."""

import subprocess
import sys

import h5py
import numpy as np
import pytest
from helpers.workflow import run_snakemake

from rnnfv.arrays.sequences import open_sequences
from rnnfv.arrays.vectors import open_vectors
from rnnfv.data.captions.flickr import read_tokens
from rnnfv.data.manifests.table import read_manifest
from rnnfv.features.words.vector_files import open_vector_file


@pytest.fixture
def data(benchmark):
    return benchmark("full_size_data")


def test_the_lists_have_the_counts_of_ucf101(data):
    manifest = data.like_ucf101()
    assert manifest["id"].is_unique and manifest["label"].nunique() == 101
    assert manifest["group"].nunique() == 101 * 25
    assert manifest["split1"].value_counts().to_dict() == {"train": 9537, "test": 3783}
    assert (manifest.groupby("group")["split1"].nunique() == 1).all()


@pytest.mark.parametrize(("scale", "clips", "classes"), [(1, 13_320, 101), (0.1, 1332, 11)])
def test_a_part_has_a_share_of_clips_and_classes(data, scale, clips, classes):
    part = data.part_of(data.like_ucf101(), scale)
    assert len(part) == clips and part["label"].nunique() == classes
    assert set(part["split1"]) == {"train", "test"}


def test_elements_carry_the_class_of_their_clip(data, tmp_path):
    data.make_videos(tmp_path, 0.005)
    labels = read_manifest(tmp_path / "manifest.csv").set_index("id")["label"]
    with open_sequences(tmp_path / "features.h5") as sequences:
        assert sequences.ids == list(labels.index) and sequences.dim == data.ELEMENT
        means = np.stack([sequence.mean(axis=0) for sequence in sequences])
    same = labels.to_numpy()[:, None] == labels.to_numpy()
    likeness = means @ means.T
    others = ~np.eye(len(means), dtype=bool)
    assert likeness[same & others].mean() > likeness[~same].mean() + 0.003
    assert data.counts(tmp_path).startswith("67 clips, ")


def test_captions_images_and_words_belong_together(data, tmp_path):
    data.make_captions(tmp_path, 0.001)
    captions = read_tokens(tmp_path / "captions.token").sentences
    listed = [(tmp_path / f"{part}.txt").read_text().split() for part in data.IMAGES]
    assert list(map(len, listed)) == [29, 1, 1]
    names = [name for part in listed for name in part]
    assert [image for _, image, _ in captions] == list(np.repeat(names, 5))
    with open_vectors(tmp_path / "images.h5") as (ids, values, _):
        assert ids == names and values.shape == (31, data.IMAGE)
        assert np.allclose(np.linalg.norm(values[:], axis=1), 1, atol=1e-5)
    with open_vector_file(tmp_path / "words.bin") as words:
        known = {word.decode() for word, _ in words.records}
        assert words.dim == data.WORD
    assert known >= {word for _, _, text in captions for word in text.split()}
    assert data.counts(tmp_path) == "31 images, 155 sentences"


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("ucf101", ["reduce_pca", "train_rnn", "classify"]),
        ("flickr30k", ["list_captions", "look_up_words", "train_sentence_rnn", "project_rnn"]),
    ],
)
def test_the_long_rules_have_a_forecast(benchmark, name, rules):
    forecast = benchmark("full_size").forecast_of(name)
    assert all(forecast(rule) > 0 for rule in rules)
    assert forecast("confusion") is None


def test_a_report_compares_what_was_measured_with_the_forecast(
    benchmark, monkeypatch, tmp_path, capsys
):
    full_size = benchmark("full_size")
    with h5py.File(tmp_path / "features.h5", "w") as file:
        file["ids"], file["values"] = np.zeros(7), np.zeros((20, 2))
    (tmp_path / "train.tsv").write_text("seconds\tcpu_seconds\tpeak_mb\n90\t60\t2500\n")
    summary = "output_file\tdate\trule\tlog-file(s)\tstatus\tplan\n"
    summary += "a\tnow\ttrain_rnn\ttrain.log\tok\tno\nb\tnow\tclassify\tno.log\tmissing\tyes\n"
    done = subprocess.CompletedProcess([], 0, summary, "")
    monkeypatch.setattr(full_size, "snakemake", lambda *_, **__: done)
    monkeypatch.setattr(full_size, "forecast_of", lambda name: {"train_rnn": 40.0}.get)
    full_size.report("ucf101", tmp_path)
    *_, title, line = capsys.readouterr().out.splitlines()
    assert title.split()[0] == "rule"
    assert line.split() == ["train_rnn", "90", "60", "2.5", "40", "1.50"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "scale", "rules"),
    [
        ("ucf101", 0.005, {"reduce_pca", "train_rnn", "classify", "confusion", "table1"}),
        ("flickr30k", 0.005, {"look_up_words", "train_sentence_rnn", "project_rnn"}),
    ],
)
def test_the_workflow_runs_and_is_measured(
    benchmark, monkeypatch, capsys, tmp_path, name, scale, rules
):
    full_size, finished = benchmark("full_size"), []

    def run(command, **_):
        finished.append(run_snakemake(command[1:], tmp_path))
        return finished[-1]

    monkeypatch.setattr(full_size.subprocess, "run", run)
    words = [name, "--folder", str(tmp_path), "--scale", str(scale)]
    monkeypatch.setattr(sys, "argv", ["full_size.py", *words])
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            full_size.main()
        assert ended.value.code == 0, finished[0].stderr[-3000:]
        printed = capsys.readouterr().out.split("\n\n")[-1]
        assert rules <= {line.split()[0] for line in printed.splitlines() if line}
    first, _, second, _ = finished
    assert "Nothing to be done" in second.stderr and "Nothing to be done" not in first.stderr
