"""The policy for unusable items, and splits by id."""

import pandas as pd
import pytest

from rnnfv import InputError
from rnnfv.data.splits import items_in_split, split_rows
from rnnfv.data.usable import apply_policy, compare_ids, summarize

ITEMS = pd.DataFrame(
    {
        "id": ["a", "b", "c"],
        "status": ["ok", "noted", "bad"],
        "reason": ["", "padded", "empty: 0 bytes"],
    }
)


def test_policy():
    assert apply_policy(ITEMS, "exclude", "f") is ITEMS
    with pytest.raises(
        InputError, match=r"1 of 3 items cannot be used \(all in f\)(.|\n)*c: empty: 0 bytes"
    ):
        apply_policy(ITEMS, "fail", "f")
    with pytest.raises(InputError, match="none of the 1 items can be used"):
        apply_policy(ITEMS[2:], "exclude", "f")
    many = pd.DataFrame({"id": list("abcdefghijklmnopqrstuvwxyz"), "status": "bad", "reason": "x"})
    with pytest.raises(InputError, match="and 6 more"):
        apply_policy(many, "fail", "f")
    assert summarize(ITEMS) == "2 of 3 items used; 1 empty"
    assert compare_ids(["a", "b"], ["b", "z"])["status"].tolist() == ["bad", "ok"]


def test_split_rows_follow_the_ids_not_the_manifest():
    manifest = pd.DataFrame(
        {
            "id": list("abcdef"),
            "label": list("xyxyxy"),
            "split2": ["train", "test", "val", "unused", "train", "train"],
        }
    )
    assert items_in_split(manifest, 2) == ["a", "b", "c", "e", "f"]
    labels, rows = split_rows(manifest, ["e", "b", "f", "c"], 2)
    assert labels.tolist() == ["x", "y", "y", "x"]
    assert {part: members.tolist() for part, members in rows.items()} == {
        "train": [0, 2],
        "val": [3],
        "test": [1],
    }
    with pytest.raises(InputError, match="no usable val items"):
        split_rows(manifest, ["e", "b", "f"], 2)
    with pytest.raises(InputError, match="no column split1; it has split2"):
        items_in_split(manifest, 1)
    with pytest.raises(InputError, match="'z'"):
        split_rows(manifest, ["e", "z"], 2)
    with pytest.raises(InputError, match="one label only"):
        split_rows(manifest.assign(label="x"), list("abce"), 2)
