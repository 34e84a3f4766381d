"""Reports of shards, and what the policy for bad items does with them."""

import pandas as pd
import pytest

from rnnfv import InputError
from rnnfv.data.bad_items import decide, usable_in_split
from rnnfv.data.shards import in_shard, parse_shard, read_reports


@pytest.fixture
def report(tmp_path):
    for shard, ids in (("1-of-2", ["a", "c"]), ("2-of-2", ["b"])):
        status = ["bad" if name == "c" else "ok" for name in ids]
        table = pd.DataFrame({"id": ids, "status": status, "reason": "", "kept": 3})
        table.to_csv(tmp_path / f"{shard}.csv", index=False)
    return read_reports([tmp_path / "1-of-2.csv", tmp_path / "2-of-2.csv"])


def test_items_are_dealt_out_to_shards_in_turn():
    items = pd.DataFrame({"id": list("abcde")})
    assert parse_shard("2-of-3") == (2, 3)
    assert in_shard(items, "2-of-3")["id"].tolist() == ["b", "e"]
    shards = [in_shard(items, f"{i}-of-3")["id"] for i in (1, 2, 3)]
    assert sorted(pd.concat(shards)) == [*"abcde"]


def test_a_run_that_stops_leaves_the_list_of_bad_items(report, tmp_path):
    with pytest.raises(InputError, match="1 of 3 items cannot be used"):
        decide(report, "fail", tmp_path / "bad.csv")
    [bad] = pd.read_csv(tmp_path / "bad.csv").to_dict("records")
    assert (bad["id"], bad["shard"]) == ("c", "1-of-2")


def test_a_run_that_goes_on_leaves_none(report, tmp_path):
    items = decide(report, "exclude", tmp_path / "bad.csv")
    assert items.columns.tolist() == ["id", "status", "reason"]
    assert not (tmp_path / "bad.csv").exists()
    manifest = pd.DataFrame({"id": list("cba"), "split1": ["train", "test", "unused"]})
    assert usable_in_split(manifest, 1, items) == ["b"]
