"""Caption data sets: every format gives the same tables; mistakes are named by file and line."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnfv.data.captions.reading import read_captions
from rnnfv.data.captions.table import CaptionSet
from rnnfv.data.captions.validation import draw_validation
from rnnfv.errors import InputError


def write(path: Path, content, newline="\n", encoding="utf-8") -> Path:
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_bytes(text.replace("\n", newline).encode(encoding))
    return path


def tokens(*names: str, n=5) -> str:
    return "".join(f"{name}#{k}\tCaption {k} of {name} .\n" for name in names for k in range(n))


def texts(captions: CaptionSet) -> dict[str, list[str]]:
    return captions.sentences.groupby("image", sort=False)["text"].agg(list).to_dict()


def write_lists(folder, **names):
    """Lists of images by their part, as mappings of splits name them."""
    return {part: write(folder / f"{part}.txt", f"{name}\n") for part, name in names.items()}


@pytest.fixture
def flickr(tmp_path):
    """A token file of four images, one of them in no list, and lists of the others."""
    captions = write(tmp_path / "tokens.txt", tokens("a.jpg", "odd.jpg.1", "b.jpg", "c.jpg"))
    splits = write_lists(tmp_path, train="c.jpg", val="a.jpg", test="b.jpg")
    return {"captions": captions, "splits": splits}


# Flickr token files and lists


def test_flickr(flickr):
    captions = read_captions(**flickr)
    rows = captions.images.to_numpy().tolist()
    parts = {"c.jpg": "train", "a.jpg": "val", "b.jpg": "test"}
    assert rows == [[name, part, name] for name, part in parts.items()]
    ids = captions.sentences["id"].tolist()
    assert ids == [f"{image}#{k}" for image in parts for k in range(5)]
    assert captions.sentences.iloc[5].tolist() == ["a.jpg#0", "a.jpg", "Caption 0 of a.jpg ."]
    assert captions.notes == ("left out: 5 captions of 1 images that are in no split",)
    counted = "train: 1 images, 5 sentences; val: 1 images, 5 sentences; test: "
    assert captions.summarize().startswith(counted)


def test_line_ends_byte_order_mark_and_blank_lines_change_nothing(tmp_path, flickr):
    plain = read_captions(**flickr)
    write(flickr["captions"], "\n" + flickr["captions"].read_text() + " \n", "\r\n", "utf-8-sig")
    for path in flickr["splits"].values():
        write(path, "\n" + path.read_text().rstrip(), "\r\n", "utf-8-sig")
    other = read_captions(**flickr)
    pd.testing.assert_frame_equal(other.images, plain.images)
    pd.testing.assert_frame_equal(other.sentences, plain.sentences)


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


def test_texts_are_kept_as_they_are(tmp_path):
    lines = "".join(f"{i}.jpg#0\t{text}\n" for i, text in enumerate(ODD_TEXTS))
    train = "\n".join(f"{i}.jpg" for i in range(8))
    splits = write_lists(tmp_path, train=train, test="8.jpg")
    captions = read_captions(write(tmp_path / "t.txt", lines), splits)
    assert captions.sentences["text"].tolist() == ODD_TEXTS
    assert captions.notes == ("9 images have fewer than 5 captions", "1 captions are empty")


def test_first_captions_in_the_order_of_the_file(flickr):
    # An image's captions need not stand together, and their numbers need not count up.
    numbers = (3, 0, 9, 1, 7, 5)
    lines = [f"{name}#{k}\t{name}{k}\n" for k in numbers for name in ("a.jpg", "b.jpg")]
    write(flickr["captions"], "".join([*lines, "c.jpg#0\tc\n"]))
    captions = read_captions(**flickr)
    kept = {name: [f"{name}{k}" for k in numbers[:5]] for name in ("a.jpg", "b.jpg")}
    assert texts(captions) == {"c.jpg": ["c"], **kept}
    assert captions.notes == (
        "left out: 2 captions of 2 images that have more than 5",
        "1 images have fewer than 5 captions",
    )
    assert [len(t) for t in texts(read_captions(**flickr, per_image=2)).values()] == [1, 2, 2]
    everything = read_captions(**flickr, per_image=None)
    assert [len(t) for t in texts(everything).values()] == [1, 6, 6]
    assert everything.notes == ()
    with pytest.raises(InputError, match="0 captions per image"):
        read_captions(**flickr, per_image=0)


def test_any_list_can_be_the_test_list(flickr):
    splits = {"train": flickr["splits"]["train"], "test": flickr["splits"]["val"]}
    captions = read_captions(flickr["captions"], splits)
    assert captions.images["split"].tolist() == ["train", "test"]
    assert captions.images["image"].tolist() == ["c.jpg", "a.jpg"]


def test_lists_may_leave_the_ending_out(flickr):
    write(flickr["splits"]["train"], "c\n")
    assert read_captions(**flickr).images["image"].tolist() == ["c.jpg", "a.jpg", "b.jpg"]
    write(flickr["captions"], tokens("a.jpg", "b.jpg", "c.jpg", "c.png"))
    said = r"no captions for 1 of 3 listed images, the first 'c' \(.*train.txt, line 1\)"
    with pytest.raises(InputError, match=said):
        read_captions(**flickr)  # which of the two?


def test_several_token_files(tmp_path, flickr):
    one, two = (
        write(tmp_path / name, "".join(f"{i}.jpg#{k}\t{k}\n" for i in "abc"))
        for k, name in enumerate(("one", "two"))
    )
    captions = read_captions([one, two], flickr["splits"])
    assert texts(captions) == {"c.jpg": ["0", "1"], "a.jpg": ["0", "1"], "b.jpg": ["0", "1"]}
    with pytest.raises(InputError, match=r"in two of these files: caption 'a\.jpg#0' and 2 more"):
        read_captions([one, one], flickr["splits"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a.jpg#1 no tab", "line 2, 'a.jpg#1 no tab': expected `image.jpg#0`, a tab"),
        ("a.jpg\tno number", "line 2, "),
        ("a.jpg#x\tno number", "line 2, "),
        ("#1\tno name", "line 2, "),
        ("a.jpg,A caption of a CSV file " + "long " * 30, r"line 2, .*long \.\.\.': expected"),
        ("a.jpg#0\tagain", "line 2: 'a.jpg#0' is also in line 1"),
    ],
)
def test_malformed_token_lines(flickr, line, message):
    write(flickr["captions"], f"a.jpg#0\tA caption.\n{line}\n")
    with pytest.raises(InputError, match=f"tokens.txt: {message}"):
        read_captions(**flickr)


def test_files_that_cannot_be_read(tmp_path, flickr):
    latin = write(tmp_path / "latin.txt", "a.jpg#0\ta\na.jpg#1\tcaf\xe9\n", encoding="latin-1")
    for captions, message in [
        (tmp_path / "absent.txt", r"absent\.txt: no such file"),
        (latin, r"latin.txt: line 2 is not UTF-8"),
        (write(tmp_path / "empty.txt", "\n"), r"empty\.txt: no captions in it"),
        ([], "no file given"),
    ]:
        with pytest.raises(InputError, match=message):
            read_captions(captions, flickr["splits"])


TWICE = "more than once: image"


@pytest.mark.parametrize(
    ("split", "content", "message"),
    [
        ("train", "c.jpg\na.jpg\n", f"{TWICE} 'a.jpg' .*train.txt, line 2, and .*val.txt, line 1"),
        ("train", "c.jpg\nc.jpg\n", f"{TWICE} 'c.jpg' .*train.txt, line 1, .*train.txt, line 2"),
        ("train", "c.jpg\nc\n", f"{TWICE} 'c.jpg'"),
        ("test", "b.jpg\nd.jpg\ne.jpg\n", r"for 2 of 5 .* 'd.jpg' \(.*test.txt, line 2\)"),
        ("val", "", "val.txt: no image in the list"),
    ],
)
def test_bad_lists(flickr, split, content, message):
    write(flickr["splits"][split], content)
    with pytest.raises(InputError, match=message):
        read_captions(**flickr)


def test_bad_splits(flickr):
    captions, lists = flickr.values()
    for splits, message in [
        (None, "tokens.txt: has no splits"),
        ({"train": lists["train"], "dev": lists["val"]}, "'dev' is no split"),
        ({"train": lists["train"]}, "no test image"),
        ({"test": lists["train"]}, "no train image"),
        (lists["train"], "train.txt: splits are a CSV, a Karpathy .json, or a mapping"),
    ]:
        with pytest.raises(InputError, match=message):
            read_captions(captions, splits)


# A CSV of splits


def test_split_csv(tmp_path, flickr):
    lines = '\ufeffpath , image,split\r\nx/c.jpg,"c.jpg",train\r\n\r\n,b.jpg,test\r\n,a.jpg,unused'
    captions = read_captions(flickr["captions"], write(tmp_path / "splits.csv", lines))
    rows = captions.images.to_numpy().tolist()
    assert rows == [["c.jpg", "train", "x/c.jpg"], ["b.jpg", "test", "b.jpg"]]
    assert captions.notes == ("left out: 10 captions of 2 images that are in no split",)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("", "found nothing"),
        ("image;split\nc.jpg;train\n", "its cells are separated by semicolons"),
        ("image,split\nc.jpg,train\nb.jpg\n", "line 3 has 1 cells, the header 2"),
        ("image,split,Path\nc.jpg,train,x\n", "column 'Path': is 'path' meant"),
        ("image,split, paths\nc.jpg,train,x\n", "column 'paths': is 'path' meant"),
        ("Image,split\nc.jpg,train\n", "column 'Image': is 'image' meant"),
        ("image,split\nc.jpg,\n", "line 2: image or split is empty"),
        (
            "image,split\nc.jpg,training\n",
            r"line 2: split 'training' of image 'c.jpg'. Use train \| val \| test \| unused",
        ),
        ("image,split\nc.jpg,train\nc.jpg,unused\n", "listed more than once: image 'c.jpg'"),
    ],
)
def test_bad_split_csv(tmp_path, flickr, lines, message):
    with pytest.raises(InputError, match=message):
        read_captions(flickr["captions"], write(tmp_path / "splits.csv", lines))


# Karpathy and COCO files

RAW = ["images", 0, "sentences", 2, "raw"]
NINE = {"id": 9, "file_name": "a"}


def karpathy(spec: dict[str, tuple[str, int]], coco: bool = False) -> dict:
    """A Karpathy file of ``{name: (split, captions)}``."""
    images = []
    for i, (name, (split, n)) in enumerate(spec.items()):
        ids = [10 * i + k for k in range(n)]
        sentences = [
            {"raw": f"Caption {k} of {name} .", "tokens": ["caption", str(k)]}
            | {"imgid": i, "sentid": ids[k]}
            for k in range(n)
        ]
        image = {"filename": name, "split": split, "imgid": i}
        image |= {"sentids": ids, "sentences": sentences}
        images.append(image | ({"filepath": name.split("_")[1], "cocoid": i} if coco else {}))
    return {"dataset": "coco" if coco else "flickr8k", "images": images}


def test_karpathy_and_token_files_agree(tmp_path):
    spec = {"a.jpg": ("train", 5), "b.jpg": ("test", 5), "c.jpg": ("val", 5), "d.jpg": ("train", 5)}
    path = write(tmp_path / "dataset.json", karpathy(spec))
    alone = read_captions(path)
    assert alone.images["split"].tolist() == ["train", "test", "val", "train"]
    with_tokens = read_captions(write(tmp_path / "t.txt", tokens(*"dbca") + tokens(*spec)), path)
    pd.testing.assert_frame_equal(with_tokens.images, alone.images)
    pd.testing.assert_frame_equal(with_tokens.sentences, alone.sentences)
    # Its captions with the splits of others.
    splits = write_lists(tmp_path, train="d.jpg", test="a.jpg")
    assert read_captions(path, splits).images["image"].tolist() == ["d.jpg", "a.jpg"]


def test_karpathy_restval(tmp_path):
    parts = ["train", "val", "val", "val"]
    names = [f"COCO_{part}2014_00000000000{i}.jpg" for i, part in enumerate(parts)]
    spec = dict(zip(names, [("train", 5), ("restval", 6), ("val", 5), ("test", 7)], strict=True))
    path = write(tmp_path / "dataset_coco.json", karpathy(spec, coco=True))
    captions = read_captions(path)
    assert captions.images["split"].tolist() == ["train", "train", "val", "test"]
    assert captions.images["path"].tolist() == [f"{name.split('_')[1]}/{name}" for name in names]
    assert (captions.sentences.groupby("image").size() == 5).all()
    assert captions.notes == ("left out: 3 captions of 2 images that have more than 5",)
    without = read_captions(path, restval_as_train=False)
    assert without.images["image"].tolist() == [names[0], *names[2:]]


def test_karpathy_tokens_where_there_is_no_raw_text(tmp_path):
    content = karpathy({"a.jpg": ("train", 1), "b.jpg": ("test", 1)})
    del content["images"][0]["sentences"][0]["raw"]
    captions = read_captions(write(tmp_path / "d.json", content))
    assert captions.sentences["text"].tolist() == ["caption 0", "Caption 0 of b.jpg ."]


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (["images"], [], "d.json: no `images` in it"),
        (["images", 1, "filename"], ..., r"images\[1\] has no filename"),
        (["images", 1, "split"], ..., r"images\[1\] has no split"),
        (["images", 1, "split"], "dev", r"images\[1\]: split 'dev' of image 'b.jpg'"),
        (["images", 1, "filename"], "a.jpg", rf"{TWICE} 'a.jpg' .*\[0\], and .*\[1\]"),
        (["images", 1, "sentences"], [], "no captions for 1 of 2 listed images, the first 'b.jpg'"),
        (RAW, None, r"images\[0\].sentences\[2\] has no text"),
        (RAW, "\ud83d", r"sentence 'a.jpg#2' holds half a character"),
    ],
)
def test_bad_karpathy_files(tmp_path, place, value, message):
    """A value at a place of the file is another one, or there is none."""
    content = part = karpathy({"a.jpg": ("train", 5), "b.jpg": ("test", 5)})
    *places, last = place
    for key in places:
        part = part[key]
    part[last] = value
    if value is ...:
        del part[last]
    with pytest.raises(InputError, match=message):
        read_captions(write(tmp_path / "d.json", content))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"images":\n[{"filename": "a.j', r"d.json: not JSON: .*, line 2, column \d+"),
        ("[]", "holds a JSON list"),
        ("[" * 100_000, "not a list of captions"),
        ('{"images": [' + "9" * 5000 + "]}", "not a list of captions"),
    ],
    ids=range(4),
)
def test_json_that_is_no_list_of_captions(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_captions(write(tmp_path / "d.json", text))


def coco(names: dict[int, str], annotations: list[tuple[int, int, str]]) -> dict:
    """A COCO file of ``{image id: file name}`` and ``(annotation id, image id, caption)``."""
    keys = "id", "image_id", "caption"
    return {
        "images": [{"id": number, "file_name": name} for number, name in names.items()],
        "annotations": [dict(zip(keys, row, strict=True)) for row in annotations],
    }


COCO_NAMES = {9: "COCO_train2014_000000000009.jpg", 25: "COCO_train2014_000000000025.jpg"}
COCO_VAL = {42: "COCO_val2014_000000000042.jpg"}


@pytest.fixture
def coco_files(tmp_path):
    """Annotations out of order, one image with seven captions."""
    nine = [(i, 9, f"nine {i}") for i in (5, 1, 14, 3, 12, 10, 7)]
    train = coco(COCO_NAMES, nine + [(i, 25, f"{i}") for i in (4, 2, 6, 8, 9)])
    val = coco(COCO_VAL, [(i, 42, f"{i}") for i in range(100, 105)])
    both = {"train": train, "val": val}
    return [write(tmp_path / f"captions_{k}2014.json", content) for k, content in both.items()]


@pytest.mark.parametrize("by", ["number", "name", "csv", "karpathy"])
def test_coco(tmp_path, coco_files, by):
    parts = {9: "train", 25: "test", 42: "val"}
    names = COCO_NAMES | COCO_VAL
    if by in ("number", "name"):
        listed = {
            part: number if by == "number" else names[number] for number, part in parts.items()
        }
        splits = write_lists(tmp_path, **listed)
    elif by == "csv":
        lines = [f"{names[number]},{part}" for number, part in parts.items()]
        splits = write(tmp_path / "s.csv", "\n".join(["image,split", *lines]))
    else:
        spec = {names[number]: (part, 0) for number, part in parts.items()}
        splits = write(tmp_path / "k.json", karpathy(spec, coco=True))
    captions = read_captions(coco_files, splits)
    assert captions.images.to_numpy().tolist() == [
        [names[number], part, f"{names[number].split('_')[1]}/{names[number]}"]
        for number, part in parts.items()
    ]
    assert texts(captions)[names[9]] == [f"nine {i}" for i in (1, 3, 5, 7, 10)]
    assert texts(captions)[names[25]] == ["2", "4", "6", "8", "9"]
    assert captions.sentences["id"].tolist()[:2] == [f"{names[9]}#0", f"{names[9]}#1"]
    assert captions.notes == ("left out: 2 captions of 1 images that have more than 5",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (coco({9: "a.jpg"}, []), "no list of annotations"),
        (coco({}, [(1, 9, "a")]), "no list of images"),
        (coco({9: "a.jpg", 8: "a.jpg"}, [(1, 9, "a")]), "file_name 'a.jpg' occurs twice"),
        (coco({9: "a.jpg"}, [(1, 7, "a")]), r"annotations\[0\] is about image 7"),
        (coco({9: "a.jpg"}, [(1, 9, None)]), r"no caption or no id. Give captions_\*.json, not in"),
        ({"images": [{"id": 9}], "annotations": [{}]}, r"no file_name, or no whole number as id"),
        (coco({9: "a"}, [(1, 9, "a")]) | {"images": 2 * [NINE]}, "image number 9 occurs twice"),
    ],
)
def test_bad_coco_files(tmp_path, content, message):
    splits = write_lists(tmp_path, train="9", test="25")
    with pytest.raises(InputError, match=f"c.json: .*{message}|c.json: {message}"):
        read_captions(write(tmp_path / "c.json", content), splits)


def test_coco_files_that_do_not_go_together(tmp_path, coco_files):
    splits = write_lists(tmp_path, train="9", test="25")
    other = write(tmp_path / "k.json", karpathy({"a.jpg": ("train", 1)}))
    for files, splits_or_none, message in [
        (coco_files, None, "captions_train2014.json, .*captions_val2014.json: has no splits"),
        ([coco_files[0]] * 2, splits, "in two of these files"),
        ([coco_files[0], other], splits, r"k.json: not a COCO captions_\*.json"),
    ]:
        with pytest.raises(InputError, match=message):
            read_captions(files, splits_or_none)


def test_generated_coco_of_reduced_size(tmp_path):
    """Against a plain loop over the same annotations."""
    rng = np.random.default_rng(0)
    numbers = rng.choice(600_000, 2000, replace=False).tolist()
    names = {n: f"COCO_train2014_{n:012d}.jpg" for n in numbers}
    owners = np.repeat(numbers, rng.integers(5, 8, len(names))).tolist()
    ids = rng.permutation(len(owners)).tolist()
    annotations = [(i, owner, f"Caption {i}.\n") for i, owner in zip(ids, owners, strict=True)]
    parts = rng.choice(["train", "restval", "val", "test"], len(names)).tolist()
    split_of = dict(zip(names.values(), parts, strict=True))
    spec = {name: (split_of[name], 0) for name in rng.permutation(list(names.values())).tolist()}
    captions = read_captions(
        write(tmp_path / "captions.json", coco(names, annotations)),
        write(tmp_path / "k.json", karpathy(spec, coco=True)),
    )
    expected: dict[str, list[str]] = {name: [] for name in spec}
    for _, owner, text in sorted(annotations):
        expected[names[owner]].append(text)
    assert texts(captions) == {name: found[:5] for name, found in expected.items()}
    assert captions.images["image"].tolist() == list(spec)
    expected_parts = [split_of[name].replace("restval", "train") for name in spec]
    assert captions.images["split"].tolist() == expected_parts


def test_keep_and_part(flickr):
    captions = read_captions(**flickr)
    part = captions.part("val", "test")
    assert part.images["image"].tolist() == ["a.jpg", "b.jpg"]
    assert part.sentences["image"].unique().tolist() == ["a.jpg", "b.jpg"]
    assert part.sentences.index.tolist() == list(range(10))
    kept = captions.keep(["b.jpg", "c.jpg", "unknown"])
    assert kept.images["image"].tolist() == ["c.jpg", "b.jpg"]
    assert len(captions.images) == 3, "the original was changed"


# Real data


def test_flickr8k(real_data):
    folder = real_data / "flickr8k"
    files = {"train": "train", "test": "dev"}
    lists = {part: folder / f"Flickr_8k.{name}Images.txt" for part, name in files.items()}
    captions = read_captions(folder / "Flickr8k.token.txt", lists)
    assert captions.notes == ()
    assert captions.images["split"].value_counts().to_dict() == {"train": 6000, "test": 1000}
    assert len(captions.sentences) == 35000
    image, text = "2513260012_03d33305cf.jpg", "Black dog chasing brown dog through snow"
    assert captions.sentences.iloc[1].tolist() == [f"{image}#1", image, text]
    assert (captions.sentences.groupby("image").size() == 5).all()
    raw = (folder / "Flickr8k.token.txt").read_text().splitlines()
    assert set(captions.sentences["id"] + "\t" + captions.sentences["text"]) == set(raw)
    counts = draw_validation(captions, 1000).images["split"].value_counts().to_dict()
    assert counts == {"train": 5000, "val": 1000, "test": 1000}


def test_a_file_too_large_for_a_list_is_not_read(tmp_path):
    path = write(tmp_path / "own.json", "{")
    os.truncate(path, 2**40)  # takes no room
    with pytest.raises(InputError, match="larger than 4 GiB"):
        read_captions(path)
