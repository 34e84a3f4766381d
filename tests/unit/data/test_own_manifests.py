"""Class folders and short manifests: what is filled in, what is drawn, and what is refused."""

import time

import pandas as pd
import pytest
from helpers.configurations import configured

from rnnfv.data.manifests.own import draw_splits, look_for_files, read_folders, read_own
from rnnfv.errors import InputError
from rnnfv.planning.actions import drawn_splits, list_files, listing


def files(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    return root


def clips(root, per_class=9):
    names = [f"{label}/v{i}_g{i // 3}.avi" for label in ("run", "sit") for i in range(per_class)]
    return files(root, *names), names


def test_class_folders_make_a_manifest(tmp_path, caplog):
    root, names = clips(tmp_path / "videos")
    files(root, "run/notes.txt", "readme.md", "sit/more/deep.MP4")
    manifest = read_folders(root, [1, 2], seed=3)
    folders = [str(root / name) for name in ("run", "sit", "sit/more")]
    assert list_files({"layout": "folders", "videos": str(root)}) == folders
    assert manifest["path"].tolist() == sorted([*names, "sit/more/deep.MP4"])
    assert manifest["id"].equals(manifest["path"]) and manifest["group"].equals(manifest["id"])
    assert manifest["label"].value_counts().to_dict() == {"sit": 10, "run": 9}
    assert "left out" in caplog.text and "readme.md" in caplog.text and "notes.txt" in caplog.text
    for split in ("split1", "split2"):
        tested = manifest[manifest[split] == "test"]["label"].value_counts().to_dict()
        assert tested == {"run": 3, "sit": 3}
    assert (manifest["split1"] != manifest["split2"]).any()
    pd.testing.assert_frame_equal(manifest, read_folders(root, [1, 2], seed=3))
    # a split is the same, whatever other splits there are
    assert read_folders(root, [2], seed=3)["split2"].equals(manifest["split2"])
    assert not read_folders(root, [1], seed=4)["split1"].equals(manifest["split1"])


def test_videos_of_cameras_and_phones_are_videos_and_others_are_told(tmp_path):
    root, names = clips(tmp_path / "videos")
    files(root, "run/a.MTS", "run/b.m2ts", "sit/c.3g2", "sit/d.mpeg4", "sit/e.qt", "hop/f.txt")
    assert len(read_folders(root)) == len(names) + 5
    sets = {"mine": {"layout": "folders", "videos": str(root)}}
    config = configured({"datasets": sets, "table1": {"datasets": ["mine"], "reductions": ["pca"]}})
    _, others, empty = drawn_splits(config)
    assert others.startswith("mine: 1 files are left out, being no video by the ending")
    assert others.endswith("'hop/f.txt'")
    assert empty == "mine: class folders without a video are left out: 'hop'"


def test_groups_found_in_paths_stay_together(tmp_path):
    root, _ = clips(tmp_path)
    manifest = read_folders(root, [1], group=r"_(g\d+)")
    assert set(manifest["group"]) == {"g0", "g1", "g2"}
    assert (manifest.groupby("group")["split1"].nunique() == 1).all()
    assert (manifest["split1"] == "test").sum() == 6
    assert set(read_folders(root, [1], group=r"g\d+")["group"]) == {"g0", "g1", "g2"}
    with pytest.raises(InputError, match=r"finds nothing in 'run/v0_g0\.avi' and 17 more"):
        read_folders(root, [1], group="film")
    with pytest.raises(InputError, match="no regular expression"):
        read_folders(root, [1], group="(")


def test_folders_that_are_no_class_folders(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        read_folders(tmp_path / "absent")
    files(tmp_path, "a.avi", "run/b.avi")
    with pytest.raises(InputError, match="1 videos in 1 class folders; expected"):
        read_folders(tmp_path)
    files(tmp_path, "sit/c.avi")
    with pytest.raises(InputError, match="no group can be held out"):
        read_folders(tmp_path)


def own(tmp_path, text, **options):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    return read_own(path, **options)


def test_paths_and_labels_alone_are_enough(tmp_path):
    rows = [f"{label}{i}.avi,{label}" for label in ("run", "sit") for i in range(6)]
    manifest = own(tmp_path, "\n".join(["path,label", *rows]), splits=[1, 3])
    assert list(manifest) == ["id", "path", "label", "group", "split1", "split3"]
    assert manifest["id"].equals(manifest["path"]) and manifest["group"].equals(manifest["id"])
    for split in ("split1", "split3"):
        tested = manifest.loc[manifest[split] == "test", "label"].value_counts()
        assert tested.to_dict() == {"run": 2, "sit": 2}


def test_given_splits_are_kept_and_need_groups(tmp_path):
    given = own(tmp_path, "path,label,group,split1\na,run,1,train\nb,sit,2,test\n", splits=[1, 2])
    assert list(given) == ["id", "path", "label", "group", "split1"]
    with pytest.raises(InputError, match="column group missing"):
        own(tmp_path, "path,label,split1\na,run,train\nb,sit,test\n")
    with pytest.raises(InputError, match="column id, label, group missing"):
        own(tmp_path, "video,class\na,run\n")
    with pytest.raises(InputError, match=r"label is empty in data row 2 \(b\)"):
        own(tmp_path, "path,label\na,run\nb,\n")
    for nothing in ("#N/A", "NaN", "nan", "<NA>", "NULL", "None"):
        with pytest.raises(InputError, match=f"label is '{nothing}', .* for id 'b'. Fill it in"):
            own(tmp_path, f"path,label\na,run\nb,{nothing}\n")
    with pytest.raises(InputError, match=r"group is 'NaN', which stands for nothing"):
        own(tmp_path, "path,label,group,split1\na,run,NaN,train\nb,run,g,test\n")
    with pytest.raises(InputError, match="'a' occurs more than once"):
        own(tmp_path, "path,label\n" + "a,run\na,sit\nb,sit\nc,run\n")


def test_groups_of_several_labels_and_rare_labels():
    table = pd.DataFrame({"label": list("aaaabbbbc"), "group": list("113322445")})
    table["id"] = [f"i{n}" for n in range(9)]
    drawn = draw_splits(table, range(1, 9), 0)
    for split in range(1, 9):
        tested = drawn[drawn[f"split{split}"] == "test"]
        assert len(tested) == 4 and set(tested["label"]) == {"a", "b"}  # c stays to train on
        assert not set(tested["group"]) & set(drawn.drop(tested.index)["group"])


def test_thousands_of_files_are_looked_for_in_seconds(tmp_path):
    """As many as UCF101 has, listed, drawn and looked for before anything is decoded."""
    names = [f"c{i % 101:03d}/{i:05d}.avi" for i in range(13_320)]
    for label in range(101):
        (tmp_path / f"c{label:03d}").mkdir()
    for name in names:
        (tmp_path / name).write_bytes(b"RIFF")
    (tmp_path / names[9]).write_bytes(b"")
    started = time.monotonic()
    manifest = read_folders(tmp_path)
    (tmp_path / names[7]).unlink()
    items = look_for_files(manifest, tmp_path)
    assert time.monotonic() - started < 10
    share = (manifest["split1"] == "test").mean()
    assert len(items) == 13_320 and share == pytest.approx(1 / 3, 0.02)
    bad = items[items["status"] == "bad"]
    found = dict(zip(bad["id"], bad["reason"].str.split(":").str[0], strict=True))
    assert found == {names[7]: "missing", names[9]: "empty"}


def test_the_plan_knows_what_is_drawn(tmp_path):
    root, _ = clips(tmp_path / "videos")
    (tmp_path / "short.csv").write_text("path,label\na.avi,run\n")
    (tmp_path / "full.csv").write_text("id,path,label,group,split1\n")
    sets = {
        "folders": {"layout": "folders", "videos": str(root), "group": r"g\d", "seed": 5},
        "short": {"layout": "manifest", "manifest": str(tmp_path / "short.csv"), "videos": "v"},
        "full": {"layout": "manifest", "manifest": str(tmp_path / "full.csv"), "videos": "v"},
    }
    table1 = {"datasets": [*sets], "reductions": ["pca"]}
    config = configured({"datasets": sets, "table1": table1})
    first, second = drawn_splits(config)
    assert first.startswith("folders: no splits were given; drawn by seed 5")
    assert first.endswith("whole groups")
    assert second.startswith("short: ") and second.endswith("every item is a group of its own")
    assert listing(config["datasets"]["short"]) == {"layout": "manifest", "splits": [1, 2, 3]}
    assert listing(config["datasets"]["full"]) == {"layout": "manifest"}
    assert listing(config["datasets"]["folders"])["group"] == r"g\d"


def test_what_systems_leave_is_no_data(tmp_path, caplog):
    names = ["a/1.avi", "a/2.avi", "b/1.avi", "b/2.avi", "a/@eaDir/1.avi", ".Trashes/x/1.avi"]
    names += ["a/.AppleDouble/1.avi", "$RECYCLE.BIN/1.avi", "a/~$1.avi", "c/Thumbs.db"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert sorted(read_folders(tmp_path)["path"]) == ["a/1.avi", "a/2.avi", "b/1.avi", "b/2.avi"]
    assert "class folders without a video are left out: 'c'" in caplog.text
    hidden = tmp_path / ".Trashes"  # a folder that is named may be hidden
    (hidden / "y").mkdir()
    (hidden / "y" / "1.avi").write_bytes(b"x")
    (hidden / "x" / "2.avi").write_bytes(b"x")
    (hidden / "y" / "2.avi").write_bytes(b"x")
    assert len(read_folders(hidden)) == 4


def test_linked_folders_are_looked_into_and_loops_are_not(tmp_path):
    root, names = clips(tmp_path / "videos")
    (tmp_path / "linked").mkdir()
    for label in ("run", "sit", "again"):
        target = root / label.replace("again", "run")
        (tmp_path / "linked" / label).symlink_to(target)
    (root / "run" / "loop").symlink_to(root)
    manifest = read_folders(tmp_path / "linked")
    again = [name.replace("run", "again") for name in names if name.startswith("run")]
    assert {*names, *again} < set(manifest["id"])  # and what run/loop leads to, once
    assert "run/loop/sit/v0_g0.avi" in set(manifest["id"]) and len(manifest) < 60
    folders = list_files({"layout": "folders", "videos": str(tmp_path / "linked")})
    assert str(tmp_path / "linked" / "sit") in folders
    with pytest.raises(InputError, match=r"label: a blank at an end is lost .*: 'sit '"):
        read_folders(files(tmp_path / "blank", *names, *(n.replace("sit", "sit ") for n in names)))
