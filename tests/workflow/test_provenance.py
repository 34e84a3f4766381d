"""The facts about a table: there, right, the same again, and no reason to make a table anew."""

import hashlib
import json
import platform
from importlib import metadata

import numpy as np
import pandas as pd
import pytest
from helpers.pins import pins
from helpers.workflow import ROOT, SMALL, planned, succeed

from rnnfv import write_sequences
from rnnfv.arrays.provenance import code_version, config_hash
from rnnfv.errors import InputError
from rnnfv.reporting.provenance import commit, features, packages, shared_facts

TARGET = "results/table1.provenance.json"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Mean pooling of 24 sequences of one's own, in one split."""
    folder = tmp_path_factory.mktemp("own")
    rng, ids = np.random.default_rng(0), [f"item{i:02d}" for i in range(24)]
    items = ((name, rng.normal(size=(5, 30)).astype(np.float32)) for name in ids)
    write_sequences(folder / "own.h5", items, 30, attributes={"weights": "drawn numbers"})
    parts = {"label": ["a", "b"] * 12, "group": ids, "split1": ["train"] * 16 + ["test"] * 8}
    pd.DataFrame({"id": ids, **parts}).to_csv(folder / "manifest.csv", index=False)
    data = {
        "layout": "manifest",
        "manifest": "manifest.csv",
        "sequences": {"own": "own.h5"},
        "splits": [1],
    }
    table1 = {"datasets": ["own"], "poolings": ["mean"], "reductions": ["pca"]}
    config = SMALL | {"datasets": {"own": data}, "table1": table1, "seeds": [3]}
    succeed(folder, config, targets=["results/table1.csv", TARGET])
    return folder, config


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_facts_are_there_and_right(run):
    folder, config = run
    facts = json.loads((folder / TARGET).read_text())
    assert facts["sha256"] == sha256(folder / "results/table1.csv")
    assert facts["code"] == code_version()
    assert facts["machine"]["python"] == platform.python_version()
    assert facts["machine"]["cpu"] and isinstance(facts["machine"]["gpus"], list)
    assert facts["config"]["rnn"]["n_fc"] == config["rnn"]["n_fc"]
    assert facts["config_hash"] == config_hash(facts["config"])
    assert facts["seeds"] == {"networks and mixtures": [3], "validation": 0}
    [(path, feature)] = facts["features"].items()
    assert path == "own.h5" and feature["weights"] == "drawn numbers"
    assert feature["sha256"] == sha256(folder / "own.h5")
    required = pins((ROOT / "requirements.txt").read_text())
    assert len(facts["packages"]) == len(required)
    for name in ("torch", "snakemake", "numpy"):
        assert facts["packages"][name] == metadata.version(name)


def test_the_same_again_and_no_table_made_anew(run):
    folder, config = run
    before = (folder / TARGET).read_bytes()
    succeed(folder, config, "--forcerun", "provenance", targets=[TARGET])
    assert (folder / TARGET).read_bytes() == before
    assert planned(folder, config) == set()
    assert planned(folder, config | {"device": "cpu"}, TARGET) == set()  # the machine's own
    reseeded = planned(folder, config | {"seeds": [4]}, TARGET)
    assert "provenance" in reseeded and "reduce_pca" not in reseeded
    (folder / TARGET).unlink()
    assert planned(folder, config, TARGET) == {"provenance"}


def test_parts(tmp_path):
    (tmp_path / "requirements.txt").write_text(
        "# all\n-r other.txt\nnumpy==1.0\nsnakemake[reports]==2\nno-such-package==3\n"
    )
    versions = {"numpy": metadata.version("numpy"), "snakemake": metadata.version("snakemake")}
    assert packages(tmp_path / "requirements.txt") == versions | {"no-such-package": None}
    assert commit(tmp_path) == {"commit": None, "changed": None}
    with pytest.raises(InputError, match="no such file"):
        features([tmp_path / "absent.h5"])


def test_what_all_tables_share_is_said_once():
    one = {
        "table": "results/table1.csv",
        "sha256": "a",
        "code": "1",
        "seeds": [0],
        "features": {"x": 1},
    }
    two = {
        "table": "results/table2.csv",
        "sha256": "b",
        "code": "1",
        "seeds": [0],
        "features": {"y": 2},
    }
    facts = shared_facts([one, two])
    assert facts["code"] == "1" and facts["seeds"] == [0] and "table" not in facts
    assert facts["tables"]["results/table1.csv"] == {"sha256": "a", "features": {"x": 1}}
    assert facts["tables"]["results/table2.csv"] == {"sha256": "b", "features": {"y": 2}}
    three = {**two, "code": "2"}
    facts = shared_facts([one, three])
    assert "code" not in facts and [table["code"] for table in facts["tables"].values()] == [
        "1",
        "2",
    ]
    assert shared_facts([one])["tables"] == {
        "results/table1.csv": {"sha256": "a", "features": {"x": 1}}
    }
