"""Manifests: official lists give official counts, bad tables are refused, nothing leaks."""

import itertools

import numpy as np
import pandas as pd
import pytest

from rnnfv.data.leaks import shared_groups
from rnnfv.data.manifests.hmdb51 import film, read_hmdb51
from rnnfv.data.manifests.table import read_manifest, split_columns, write_manifest
from rnnfv.data.manifests.ucf101 import read_ucf101
from rnnfv.data.manifests.validation import add_validation
from rnnfv.errors import InputError
from rnnfv.planning.actions import list_files

GOOD = """id,path,label,group,split1
a,x/a.avi,run,g1,train
b,x/b.avi,sit,g2,val
c,x/c.avi,sit,g3,test
"""


def read(tmp_path, text: str, encoding="utf-8") -> pd.DataFrame:
    path = tmp_path / "manifest.csv"
    path.write_text(text, encoding=encoding)
    return read_manifest(path)


def test_read_and_write(tmp_path):
    manifest = read(tmp_path, GOOD)
    assert list(manifest.columns) == ["id", "path", "label", "group", "split1"]
    assert manifest["split1"].tolist() == ["train", "val", "test"]
    write_manifest(tmp_path / "copy.csv", manifest)
    assert (tmp_path / "copy.csv").read_text() == GOOD
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_tolerates_byte_order_mark_spaces_and_line_ends(tmp_path):
    text = GOOD.replace(",", " , ").replace("\n", "\r\n") + "\r\n , ,,,\r\n"
    manifest = read(tmp_path, text, "utf-8-sig")
    pd.testing.assert_frame_equal(manifest, read(tmp_path, GOOD))


def test_cells_stay_text(tmp_path):
    """Neither 007, NA nor 1e5 may change on the way."""
    manifest = read(tmp_path, 'id,label,group,split1\n007,NA,1e5,train\n"a,b",null,2,test\n')
    rows = [["007", "NA", "1e5", "train"], ["a,b", "null", "2", "test"]]
    assert manifest.to_numpy().tolist() == rows


def test_split_columns_in_order_of_numbers():
    table = pd.DataFrame(columns=["split10", "id", "split2", "splitter", "split1"])
    assert split_columns(table) == ["split1", "split2", "split10"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("id,label,split1\na,run,train\n", "column group missing; found id, label, split1"),
        (GOOD.replace(",", ";"), "its cells are separated by semicolons.*comma-separated"),
        (GOOD.replace("split1", "fold"), "no split column"),
        (GOOD.replace("split1", "Split1"), "column 'Split1': is 'split1' meant"),
        (GOOD.replace("split1", "split_01"), "column 'split_01': is 'split1' meant"),
        (GOOD.replace("split1", "split"), "column 'split': is 'split1' meant"),
        (GOOD.replace("group", "Groups"), "column 'Groups': is 'group' meant"),
        (GOOD.replace("path", "label"), "column 'label' occurs more than once"),
        (GOOD.replace("\nb,", "\na,"), "id 'a' occurs more than once"),
        (GOOD.replace("val", "valid"), "split1 holds 'valid' for id 'b'"),
        (GOOD.replace("test", ""), "split1 holds '' for id 'c'"),
        (GOOD.replace("run", ""), r"label is empty in data row 1 \(a\)"),
        (GOOD.replace("x/b.avi", " "), r"path is empty in data row 2 \(b\)"),
        (GOOD.replace("g3", ""), r"group is empty in data row 3 \(c\)"),
        (GOOD.replace("train", "unused"), "split1 has no train clip"),
        (GOOD.replace("test", "unused"), "split1 has no test clip"),
        (GOOD.replace("g2,", ""), "line 3 has 4 cells, the header 5"),
        (GOOD.split("\n")[0] + "\n", "no rows"),
    ],
)
def test_bad_tables(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, text)
    assert str(tmp_path / "manifest.csv") in str(caught.value)


def test_absent_or_foreign_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_manifest(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="UTF-8"):
        read(tmp_path, GOOD.replace("run", "course \xe0 pied"), "latin-1")


def test_write_refuses_what_read_would_refuse(tmp_path):
    with pytest.raises(InputError, match="more than once"):
        write_manifest(tmp_path / "m.csv", pd.concat([read(tmp_path, GOOD)] * 2))
    assert not (tmp_path / "m.csv").exists()


# UCF101


@pytest.fixture
def ucf(tmp_path):
    """Lists of a tiny UCF101: two classes, two splits."""
    folder = tmp_path / "ucf"
    folder.mkdir()
    (folder / "classInd.txt").write_text("1 Jump\r\n2 HandstandPushups\r\n")
    (folder / "trainlist01.txt").write_text(
        "Jump/v_Jump_g08_c01.avi 1\r\nHandstandPushups/v_HandStandPushups_g09_c01.avi 2\r\n"
    )
    (folder / "testlist01.txt").write_text("Jump/v_Jump_g01_c01.avi\r\n\r\n")
    (folder / "trainlist02.txt").write_text("Jump/v_Jump_g01_c01.avi 1\n")
    (folder / "testlist02.txt").write_text("Jump/v_Jump_g08_c01.avi\n")
    return folder


def test_ucf101(ucf):
    manifest = read_ucf101(None, ucf, splits=(1, 2), check_counts=False).set_index("id")
    assert manifest["path"].tolist() == manifest.index.tolist()
    rows = manifest[["label", "group", "split1", "split2"]].T
    assert rows["Jump/v_Jump_g08_c01.avi"].tolist() == ["Jump", "Jump_g08", "train", "test"]
    # Folder and file spell this class differently: the folder decides. Split 2 lacks the clip.
    found = rows["HandstandPushups/v_HandStandPushups_g09_c01.avi"].tolist()
    assert found == ["HandstandPushups", "HandstandPushups_g09", "train", "unused"]


def test_ucf101_errors(ucf, tmp_path):
    said = "2 classes, expected 101, 3 clips, expected 13320, 2 train clips in split 1, expected 95"
    with pytest.raises(InputError, match=said):
        read_ucf101(None, ucf, splits=(1,))
    with pytest.raises(InputError, match=r"trainlist03\.txt: no such file"):
        read_ucf101(None, ucf, check_counts=False)
    for name, line, message in [
        ("testlist01.txt", "Jump/v_Jump_g08_c01.avi", r"list01\.txt: line 1: .*twice in split 1"),
        ("testlist01.txt", "v_Jump_g08_c01.avi", r"list01\.txt: line 1.*expected Class/"),
        ("trainlist01.txt", "Jump/v_Jump_g08_c01.avi 2", r"classInd\.txt says 1"),
    ]:
        (ucf / name).write_text(f"{line}\n")
        with pytest.raises(InputError, match=message):
            read_ucf101(None, ucf, splits=(1,), check_counts=False)


def test_videos_root_one_level_off(ucf, tmp_path):
    (tmp_path / "videos" / "UCF-101" / "Jump").mkdir(parents=True)
    with pytest.raises(InputError, match=r"Did you mean .*UCF-101\?"):
        read_ucf101(tmp_path / "videos", ucf, splits=(1,), check_counts=False)
    for root in (tmp_path / "videos" / "UCF-101", tmp_path / "not there yet"):
        assert len(read_ucf101(root, ucf, splits=(1,), check_counts=False)) == 3


def test_ucf101_official_counts(real_data):
    manifest = read_ucf101(None, real_data / "official_splits" / "ucf101_splits")
    assert len(manifest) == 13320
    assert manifest["label"].nunique() == 101 and manifest["group"].nunique() == 25 * 101
    train = {"split1": 9537, "split2": 9586, "split3": 9624}
    assert split_columns(manifest) == list(train)
    for split, count in train.items():  # the official protocol: no source video on both sides
        assert manifest[split].value_counts().to_dict() == {"train": count, "test": 13320 - count}
        assert (manifest.groupby("group")[split].nunique() == 1).all()


# HMDB51


@pytest.mark.parametrize(
    ("name", "label", "expected"),
    [
        ("April_09_brush_hair_u_nm_np1_ba_goo_0.avi", "brush_hair", "April_09"),
        ("run_run_home_run_f_cm_np2_le_bad_12.avi", "run", "run_run_home"),
        ("prelinger_LetsBeGo1953_stand_u_nm_np10_ba_med_4.avi", "stand", "prelinger_LetsBeGo1953"),
        ("Kick_it_(1)_kick_ball_f_cm_np1_le_bad_0.avi", "kick_ball", "Kick_it_(1)"),
        ("my_own_clip.avi", "run", "my_own_clip"),
        ("April_09_brush_hair_u_nm_np1_ba_goo_0.avi", "hair", "April_09_brush"),
    ],
)
def test_film(name, label, expected):
    assert film(name, label) == expected


@pytest.fixture
def hmdb(tmp_path):
    folder = tmp_path / "hmdb"
    folder.mkdir()
    (folder / "class_list.txt").write_text("kick_ball  \nsit\n")
    (folder / "kick_ball_test_split1.txt").write_text(
        "A_b_kick_ball_f_cm_np1_le_bad_0.avi 1 \nA b #2_kick_ball_f_cm_np1_le_bad_0.avi 2 \n"
    )
    (folder / "sit_test_split1.txt").write_text(
        "A_b_sit_f_cm_np1_le_bad_0.avi 0 \nC_sit_f_cm_np1_le_bad_0.avi 1 \n"
    )
    return folder


def test_hmdb51(hmdb):
    manifest = read_hmdb51(None, hmdb, splits=(1,), check_counts=False)
    assert manifest[["id", "label", "group", "split1"]].to_numpy().tolist() == [
        ["kick_ball/A b #2_kick_ball_f_cm_np1_le_bad_0.avi", "kick_ball", "A b #2", "test"],
        ["kick_ball/A_b_kick_ball_f_cm_np1_le_bad_0.avi", "kick_ball", "A_b", "train"],
        ["sit/A_b_sit_f_cm_np1_le_bad_0.avi", "sit", "A_b", "unused"],
        ["sit/C_sit_f_cm_np1_le_bad_0.avi", "sit", "C", "train"],
    ]


def test_hmdb51_errors(hmdb, tmp_path):
    said = r"2 classes, expected 51.*1 train clips of kick_ball in split1, expected 70"
    with pytest.raises(InputError, match=said):
        read_hmdb51(None, hmdb, splits=(1,))
    with pytest.raises(InputError, match=r"no file <class>_test_split2\.txt"):
        read_hmdb51(None, hmdb, splits=(1, 2), check_counts=False)
    for line, message in [
        ("b.avi 3", r"sit_test_split1\.txt: line 2, 'b.avi 3': expected"),
        ("a.avi 2", r"line 2: 'a.avi' is listed twice"),
    ]:
        (hmdb / "sit_test_split1.txt").write_text(f"a.avi 1\n{line}\n")
        with pytest.raises(InputError, match=message):
            read_hmdb51(None, hmdb, splits=(1,), check_counts=False)


def test_companions_of_a_mac_are_no_lists(hmdb, tmp_path):
    expected = read_hmdb51(None, hmdb, splits=(1,), check_counts=False)
    for name in ("._sit_test_split1.txt", ".sit_test_split1.txt"):
        (hmdb / name).write_bytes(b"\0\5\x16\7\xff")
    videos = tmp_path / "videos"
    (videos / "sit").mkdir(parents=True)
    (videos / "._sit").write_bytes(b"\0")
    pd.testing.assert_frame_equal(read_hmdb51(videos, hmdb, (1,), False), expected)
    assert not any("._" in path for path in list_files({"layout": "hmdb51", "lists": str(hmdb)}))


def test_data_set_from_a_mac(real_data):
    folder = real_data / "cases" / "hmdb51_from_a_mac"
    manifest = read_hmdb51(folder / "videos", folder / "lists", (1,), False)
    assert set(manifest["label"]) == {"jump", "wave"}


def test_names_have_one_form_of_unicode(tmp_path):
    text = GOOD.replace("run", "cafe\u0301").replace("x/a", "n\u0303/a")
    manifest = read(tmp_path, text)
    assert manifest.loc[0, ["label", "path"]].tolist() == ["caf\u00e9", "\u00f1/a.avi"]
    with pytest.raises(InputError, match="occurs more than once"):
        read(tmp_path, GOOD.replace("\na,", "\n\u00e9,").replace("\nb,", "\ne\u0301,"))


def test_hmdb51_official_counts(real_data):
    manifest = read_hmdb51(None, real_data / "official_splits" / "hmdb51_splits")
    assert (len(manifest), manifest["label"].nunique()) == (6766, 51)
    for split in split_columns(manifest):
        per_class = pd.crosstab(manifest["label"], manifest[split])
        assert (per_class["train"] == 70).all()
        assert (per_class["test"] == 30).all()
    # Every official name follows the tag convention, so no group still carries the tags.
    assert not manifest["group"].str.contains(r"_np\d+_").any()


def test_jhmdb_groups_and_splits(real_data):
    """JHMDB's manifest was made independently of this reader."""
    folder = real_data / "jhmdb"
    expected = read_manifest(folder / "manifest.csv")
    found = read_hmdb51(folder / "videos", folder / "splits", check_counts=False)
    one, two = (table.set_index("id").sort_index() for table in (found, expected))
    pd.testing.assert_frame_equal(one.drop(columns="path"), two)


# Validation


def synthetic(seed=0, labels=6, groups=10, clips=5) -> pd.DataFrame:
    """``groups`` groups of 1 to ``clips`` clips for each label; the last three are tested."""
    rng = np.random.default_rng(seed)
    rows = []
    for label, group in itertools.product(range(labels), range(groups)):
        part = "test" if group >= groups - 3 else "train"
        for clip in range(rng.integers(1, clips + 1)):
            rows.append((f"{label}_{group}_{clip}", f"l{label}", f"l{label}g{group}", part))
    return pd.DataFrame(rows, columns=["id", "label", "group", "split1"], dtype=str)


@pytest.mark.parametrize("seed", range(5))
def test_validation_is_group_disjoint_and_stratified(seed):
    before = synthetic(seed)
    after = add_validation(before, fraction=0.25, seed=seed)
    train, val = (after[after["split1"] == part] for part in ("train", "val"))
    assert not set(train["group"]) & set(val["group"])
    assert set(train["label"]) == set(val["label"]) == set(before["label"])
    assert len(val) / (len(train) + len(val)) == pytest.approx(0.25, abs=0.08)
    assert before["split1"].isin(["train", "test"]).all(), "the input was changed"
    pd.testing.assert_series_equal(after["split1"] == "test", before["split1"] == "test")
    assert set(val.index) <= set(before.index[before["split1"] == "train"])


def test_validation_depends_on_the_seed_and_on_nothing_else():
    manifest = synthetic()

    def drawn(frame, seed=0):
        result = add_validation(frame, seed=seed)
        return set(result.loc[result["split1"] == "val", "id"])

    assert drawn(manifest) == drawn(manifest)
    assert any(drawn(manifest) != drawn(manifest, seed) for seed in range(1, 4))
    assert drawn(manifest.sample(frac=1, random_state=1)) == drawn(manifest)
    leaky, test = manifest.copy(), manifest["split1"] == "test"
    labels = leaky.loc[test, "label"].to_numpy()
    leaky.loc[test, "label"] = np.random.default_rng(0).permutation(labels)
    assert drawn(leaky) == drawn(manifest)
    assert drawn(manifest[~test]) == drawn(manifest)


def test_validation_rows_that_exist_stay():
    manifest = synthetic().assign(split2=lambda m: m["split1"])
    manifest.loc[0, "split1"] = "val"
    result = add_validation(manifest)
    pd.testing.assert_series_equal(result["split1"], manifest["split1"])
    assert (result["split2"] == "val").sum() > 1
    only_first = add_validation(manifest, ["split1"])
    pd.testing.assert_frame_equal(only_first, manifest)


def table(*rows: str) -> pd.DataFrame:
    """Training rows given as "label group", and one test row."""
    cells = [(str(i), *row.split(), "train") for i, row in enumerate(rows)]
    columns = ["id", "label", "group", "split1"]
    return pd.DataFrame([*cells, ("t", "a", "gt", "test")], columns=columns)


def test_labels_with_one_group_stay_in_training():
    rows = [f"{label} {label}{group}" for label in "abcd" for group in range(4) for _ in range(3)]
    for seed in range(5):
        result = add_validation(table(*rows, "rare r", "rarer s"), seed=seed)
        assert {"rare", "rarer"} <= set(result.loc[result["split1"] == "train", "label"])
        assert set("abcd") == set(result.loc[result["split1"] == "val", "label"])


def test_few_groups():
    result = add_validation(table("a g", "b g", "a h", "b h"), fraction=0.1)
    val = result[result["split1"] == "val"]
    assert val["group"].nunique() == 1
    assert sorted(val["label"]) == ["a", "b"]


def test_impossible_validation():
    for rows, message in [
        (["a g", "b g"], "have one group.*Add val rows to split1"),
        (["a g", "a g", "b h", "b h"], "holds the only training clips of some label"),
        (["a g", "b h"], "holds the only training clips of some label"),
    ]:
        with pytest.raises(InputError, match=message):
            add_validation(table(*rows))


def test_official_splits(real_data):
    manifest = read_hmdb51(None, real_data / "official_splits" / "hmdb51_splits", splits=(1,))
    assert shared_groups(manifest, "split1") is None
    result = add_validation(manifest)
    train, val = (result[result["split1"] == part] for part in ("train", "val"))
    assert not set(train["group"]) & set(val["group"])
    assert train["label"].nunique() == val["label"].nunique() == 51
    assert len(val) / 3570 == pytest.approx(0.2, abs=0.02)
