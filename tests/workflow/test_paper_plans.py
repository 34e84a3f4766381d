"""The plan of the full reproduction, and those of its variations, where there is nothing yet."""

import re
from functools import cache

import pytest
from helpers.paper_mini import CONFIGURATIONS
from helpers.workflow import ROOT, succeed

PAPER = tuple(CONFIGURATIONS[:1])
VARIATIONS = sorted(path for path in (ROOT / "config").glob("paper-*.yaml"))
DATA = {"ucf101_videos", "ucf101_lists", "hmdb51_videos", "hmdb51_lists", "vgg19_caffe", "c3d"}


@cache
def planned(folder, configurations, *targets):
    """The jobs of each rule and in all, and the sources downloaded, where there is nothing yet."""
    printed = succeed(folder, None, "--dry-run", "--configfile", *configurations, targets=targets)
    jobs = re.findall(r"^(\w+) +(\d+)$", printed, re.MULTILINE)
    sources = set(re.findall(r"downloading (\w+):", printed))
    return {rule: int(count) for rule, count in jobs}, sources


@pytest.fixture(scope="module")
def nothing(tmp_path_factory):
    """An empty folder, which plans leave empty of data."""
    return tmp_path_factory.mktemp("nothing")


def test_the_whole_reproduction_is_planned_without_any_data(nothing):
    jobs, sources = planned(nothing, PAPER, "all_tables")
    assert jobs["total"] < 1500 and jobs["retrieval_table"] == 3
    assert jobs["table1"] == jobs["table2"] == jobs["all_provenance"] == 1
    assert len(sources) == jobs["download"] == jobs["unpack"] == 16
    assert not (nothing / "data").exists()


@pytest.mark.parametrize("path", VARIATIONS, ids=lambda path: path.stem)
def test_the_command_that_a_variation_names_is_planned_and_smaller(nothing, path):
    comment = re.sub(r"\\?\n#", "", path.read_text())  # in one line
    pattern = r"snakemake (?:--cores \d+ )?([\w/. ]+?) +--configfile ((?:[\w/-]+\.yaml ?)+)"
    [(targets, files)] = re.findall(pattern, comment)
    assert files.split()[0] == "config/paper.yaml" and f"config/{path.name}" in files.split()
    jobs, _ = planned(nothing, tuple(ROOT / name for name in files.split()), *targets.split())
    everything, _ = planned(nothing, PAPER, *targets.split())
    if path.stem == "paper-torchvision":
        assert jobs == everything  # the same with other weights
    else:
        assert jobs["total"] < everything["total"]


@pytest.mark.parametrize(
    ("names", "sources"),
    [
        (["paper-hmdb51", "paper-vgg-pca"], {"hmdb51_videos", "hmdb51_lists", "vgg19_caffe"}),
        (["paper-vgg-pca"], DATA - {"c3d"}),
        (
            ["paper-hmdb51", "paper-vgg-pca", "paper-torchvision"],
            {"hmdb51_videos", "hmdb51_lists", "vgg19"},
        ),
    ],
)
def test_variations_get_their_own_data_alone(nothing, names, sources):
    configurations = (*PAPER, *(ROOT / "config" / f"{name}.yaml" for name in names))
    jobs, found = planned(nothing, configurations, "results/table1.csv")
    assert found == sources
    assert not {"train_sentence_rnn", "extract_images", "reduce_cca"} & set(jobs)
