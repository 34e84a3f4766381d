"""Labels as users give them, and those that differ in spelling only."""

import numpy as np
import pandas as pd
import pytest

from rnnfv.data.labels import alike, label_array
from rnnfv.errors import InputError


@pytest.mark.parametrize(
    "y",
    [
        ["a", "b"],
        np.array(["a", "b"], dtype=object),
        pd.Series(["a", "b"], dtype="string"),
        pd.Series(["a", "b"]).astype("category"),
    ],
)
def test_text_in_any_wrapping(y):
    labels = label_array(y, len(y))
    assert labels.tolist() == ["a", "b"] and labels.dtype.kind == "U"


def test_whole_numbers_stay_what_they_are():
    for y in ([1, 2], np.array([1.0, 2.0]), [True, False], np.array([3], np.uint8)):
        assert label_array(y, len(y)).dtype == np.asarray(y).dtype


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["a", "b", np.nan], "label 2 is nan: every item needs a label"),
        ([1, None], "label 1 is None: every item"),
        ([pd.NA, "a"], "label 0 is <NA>: every item"),
        (["", "a"], "label 0 is '': every item"),
        (
            np.array(["a", np.nan]),
            "label 1 is 'nan': every item needs a label. If this is its name",
        ),
        (["#N/A", "a"], "label 0 is '#N/A'"),
        (["None", "a"], "label 0 is 'None'"),
        (np.ma.array([1, 2], mask=[False, True]), "label 1 is 2: every item"),
        ([0, np.inf], "label 1 is inf: numbers as labels have to be whole"),
        ([1, 0.5], "label 1 is 0.5: numbers"),
        ([1, "1"], "labels are all text or all numbers; found int, str"),
        ([b"a", b"b"], "found bytes"),
        (np.array(["2020-01-01"], "M8[D]"), "found date"),
        ([[1], [2, 3]], "found list"),
        ("ab", "2 items need as many labels"),
    ],
)
def test_what_is_no_label(y, message):
    with pytest.raises(InputError, match=message):
        label_array(y, len(y))


def test_signs_without_width_make_no_other_label():
    assert alike(["run", "run\u200b", "sit"]) == [["run", "run\u200b"]]


def test_labels_of_one_spelling_or_two():
    with pytest.warns(UserWarning, match="labels that differ in spelling only: 'Run', 'run '"):
        label_array(["run ", "Run", "sit"], 3)
