"""Rows of tables as files: kept models, the members of fused rows, what provenance looks at."""

import re

import pytest
from helpers.configurations import ROOT, configured

from rnnfv.planning.behind import features_behind
from rnnfv.planning.fusion import (
    donors,
    features_to_read,
    member_files,
    row_at,
    row_to_keep,
    table2_rows,
)
from rnnfv.planning.models import files_of_kept_models

PATTERNS = {
    "own": "{dataset}/{feature}/{reduction}/{split}/{pooling}/{seed}",
    "transferred": "{dataset}/{feature}/{reduction}/{split}/from-{donor}/{seed}",
    "trajectories": "{dataset}/{trajectories}/{split}/{seed}",
    "sequences": "{dataset}/{feature}",
    "images": "{captions}/{feature}",
    "words": "{captions}/{words}/{seed}",
}
RULES = (ROOT / "rules" / "models.smk").read_text()
MODELS = [text.partition("models/")[2] for text in re.findall(r'"(.*models/\S*)\.rnnfv"', RULES)]


def place(config, dataset, method):
    [row] = [r for r in table2_rows(config) if (r["dataset"], r["method"]) == (dataset, method)]
    return {"dataset": dataset, "row": row["row"], "split": 2}


def test_patterns_are_those_of_the_rules():
    assert [text.partition("/")[0] for text in MODELS] == ["table1", "table2", "{table}"]


def test_every_row_and_split_has_a_file_of_its_own():
    config = configured()
    files = files_of_kept_models(config, *MODELS)
    assert isinstance(files, list)  # of a generator Snakemake loses the first
    assert len(files) == len(set(files))
    kinds = [name.partition("/")[0] for name in files]
    assert kinds.count("table1") == 2 * 2 * 5 * 3  # data sets, reductions, poolings, splits
    assert kinds.count("table2") == 3 * len(table2_rows(config)) and {"table3"} < set(kinds)
    own = {"layout": "manifest", "manifest": "m.csv", "sequences": {"a": "a.h5"}, "splits": [1]}
    config = configured({"datasets": {"own": own}, "table1": {"datasets": ["own"]}})
    assert {name.partition("/")[0] for name in files_of_kept_models(config, *MODELS)} == {"table1"}


def test_names_with_dashes_do_not_meet():
    """Data set a-b with feature c, and a with b-c, would be one file were they joined by dashes."""
    settings = {"layout": "manifest", "manifest": "m.csv", "splits": [1]}
    datasets = {
        "a-b": settings | {"sequences": {"c": "1.h5", "c-pca": "2.h5"}},
        "a": settings | {"sequences": {"b-c": "3.h5"}},
    }
    config = configured({"datasets": datasets, "table1": {"datasets": ["a-b", "a"]}})
    files = files_of_kept_models(config, *MODELS)
    assert len(files) == len(set(files)) == 3 * 5


def test_members_of_a_row():
    config = configured()
    fused = place(config, "synthetic-pairs", "RNN-FV (Lite0-PCA + Lite0-CCA) + iDT")
    home = "synthetic-pairs/efficientnet_lite0"
    assert member_files(config, fused, PATTERNS) == [
        f"{home}/pca/2/rnn-fv/0",
        f"{home}/cca/2/rnn-fv/0",
        "synthetic-pairs/idt/2/0",
    ]
    assert len(member_files(config, fused, PATTERNS, [0, 1])) == 6
    kept = row_to_keep(config, fused)
    assert kept["takes"] == ["efficientnet_lite0", "efficientnet_lite0", "idt"]
    assert kept["tracks"]["idt"]["settings"]["length"] == 9 and not kept["tracks"]["idt"]["people"]
    assert [one["feature"] for one in features_to_read(config, fused)] == ["efficientnet_lite0"]
    config["datasets"]["synthetic-pairs"]["tracks"] = {"idt": "folder"}
    assert row_to_keep(config, fused)["tracks"] == {"idt": None}
    moved = place(config, "synthetic-loops", "RNN-FV (Lite0-PCA), RNN trained on synthetic-pairs")
    assert row_at(config, moved)["members"] == ["from-pairs"]
    [path] = member_files(config, moved, PATTERNS)
    assert path == "synthetic-loops/efficientnet_lite0/pca/2/from-synthetic-pairs/0"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("table3", ["shapes-flat/efficientnet_lite0", "shapes-flat/w2v/0"]),
        ("ablations", ["synthetic-pairs/efficientnet_lite0"]),
        ("table2", ["synthetic-loops/idt/1/0", "synthetic-pairs/idt/1/0"]),
    ],
)
def test_files_behind_a_table(table, expected):
    files = features_behind(configured(), table, PATTERNS)
    assert len(files) == len(set(files))
    assert set(expected) <= set(files)


def test_what_networks_of_others_were_trained_on():
    config = configured()
    [name], [donor] = zip(*donors(config, {"dataset": "synthetic-loops"}).items(), strict=True)
    assert name == "synthetic-pairs" and donor["splits"] == {1: 1, 2: 2, 3: 3}
    assert not donors(config, {"dataset": "synthetic-pairs"})  # not from itself
