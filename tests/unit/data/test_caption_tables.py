"""Tables of a caption set: nothing is lost in CSV, bad ones are refused, validation is fair."""

import re

import numpy as np
import pandas as pd
import pytest

from rnnfv.data.captions.table import (
    CaptionSet,
    check_caption_set,
    read_caption_set,
    write_caption_set,
)
from rnnfv.data.captions.validation import draw_validation
from rnnfv.errors import InputError

ODD_TEXTS = [
    'He said "stop", twice',
    "tab\there and \\ there",
    "  spaces around  ",
    "NA",
    "null",
    "007",
    "",
    "été 犬 \U0001f415 \u2028 \x0b",
    "'single', #hash",
]


def small(**changes) -> CaptionSet:
    images = {"image": ["a", "b"], "split": ["train", "test"], "path": ["a.jpg", ""]}
    sentences = {
        "id": ["a#0", "a#1", "b#0"],
        "image": ["a", "a", "b"],
        "text": ["one", "two", "three"],
    }
    tables = {"images": images, "sentences": sentences}
    for key, value in changes.items():
        table, column = key.split("_")
        tables[table][column] = value
    return CaptionSet(*(pd.DataFrame(table, dtype=str) for table in tables.values()))


@pytest.mark.parametrize(
    "text",
    [*ODD_TEXTS, "line\nend", "carriage\rreturn", "both\r\n", "\n", '"', '""', ",", "nan", "\x00"],
)
def test_csv_round_trip(tmp_path, text):
    captions = small(sentences_text=["one", text, "three"], images_image=["a", "b"])
    paths = tmp_path / "images.csv", tmp_path / "sentences.csv"
    write_caption_set(*paths, captions)
    again = read_caption_set(*paths)
    pd.testing.assert_frame_equal(again.images, captions.images)
    pd.testing.assert_frame_equal(again.sentences, captions.sentences)
    assert again.sentences["text"].tolist()[1] == text
    first = [path.read_bytes() for path in paths]
    write_caption_set(*paths, again)
    assert [path.read_bytes() for path in paths] == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images.csv", "sentences.csv"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images_image": ["a", "a"]}, "more than once among the images: image 'a'"),
        ({"images_image": ["a", ""]}, "image is empty in row 2 of the images"),
        ({"images_split": ["train", "dev"]}, "split 'dev' of image 'b'"),
        ({"images_split": ["train", "val"]}, "no test image"),
        ({"images_split": ["unused", "test"]}, "no train image"),
        ({"sentences_id": ["a#0", "a#0", "b#0"]}, "more than once among the sentences: id 'a#0'"),
        (
            {"sentences_image": ["a", "c", "b"]},
            "sentence 'a#1' is about 'c', which is not among the images",
        ),
        ({"sentences_image": ["a", "a", "a"]}, "no sentence about image 'b'"),
        ({"sentences_image": ["a", "b", "a"]}, "sentence 'b#0' is not in the order of the images"),
    ],
)
def test_bad_tables(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        check_caption_set(small(**changes))
    with pytest.raises(InputError, match=re.escape(str(tmp_path / "i.csv"))):
        write_caption_set(tmp_path / "i.csv", tmp_path / "s.csv", small(**changes))
    assert list(tmp_path.iterdir()) == []


def test_bad_csv(tmp_path):
    images, sentences = tmp_path / "i.csv", tmp_path / "s.csv"
    with pytest.raises(InputError, match=r"i\.csv: no such file\. Run the command"):
        read_caption_set(images, sentences)
    write_caption_set(images, sentences, small())
    sentences.write_text("id,image\na#0,a\n")
    with pytest.raises(InputError, match=r"lacks column text; its columns are id, image, text"):
        read_caption_set(images, sentences)
    for content in ("", "id,image,text\na#0,a,b,c,d\n1,2,3\n4,5,6,7,8,9,10,11\n"):
        sentences.write_text(content)
        with pytest.raises(InputError, match=r"s\.csv"):
            read_caption_set(images, sentences)


# Validation


@pytest.fixture
def many() -> CaptionSet:
    names = [f"{i:03d}.jpg" for i in range(120)]
    images = {"image": names, "split": ["train"] * 100 + ["test"] * 20, "path": names}
    sentences = {"id": [f"{name}#0" for name in names], "image": names, "text": ["A text ."] * 120}
    return CaptionSet(pd.DataFrame(images, dtype=str), pd.DataFrame(sentences, dtype=str))


def drawn(captions: CaptionSet, *args) -> set[str]:
    result = draw_validation(captions, *args)
    return set(result.images.loc[result.images["split"] == "val", "image"])


def test_draw_validation(many):
    result = draw_validation(many, 20)
    assert result.images["split"].value_counts().to_dict() == {"train": 80, "val": 20, "test": 20}
    assert (result.images["split"] == "test").equals(many.images["split"] == "test")
    assert many.images["split"].isin(["train", "test"]).all(), "the input was changed"
    assert "20 validation images drawn, seed 0" in result.notes
    check_caption_set(result)


def test_draw_depends_on_seed_and_names_alone(many):
    assert drawn(many, 20) == drawn(many, 20)
    assert drawn(many, 20, 1) != drawn(many, 20, 2)
    assert drawn(many, 10) < drawn(many, 20)
    order = np.random.default_rng(0).permutation(len(many.images))
    assert drawn(CaptionSet(many.images.iloc[order], many.sentences), 20) == drawn(many, 20)
    assert drawn(many.part("train"), 20) == drawn(many, 20)
    # A fair draw: each image about equally often.
    counts = pd.Series(
        [name for seed in range(200) for name in drawn(many, 20, seed)]
    ).value_counts()
    assert len(counts) == 100
    assert counts.between(15, 70).all()


@pytest.mark.parametrize("size", [100, 101])
def test_impossible_validation(many, size):
    with pytest.raises(InputError, match="validation"):
        draw_validation(many, size)
