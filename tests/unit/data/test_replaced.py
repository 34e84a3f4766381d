"""Files that were replaced are noticed, and nothing else is."""

import os
import time

import pytest

from rnnfv.data.replaced import identities, keep, since


def run(folder, mark):
    """Stand in for the job; its parameter is ``mark``."""
    keep(folder / "seen.json", mark, identities([folder / "a", folder / "b"]))


@pytest.fixture
def folder(tmp_path):
    for name in "ab":
        (tmp_path / name).write_text(name)
    return tmp_path


def test_nothing_to_be_done_until_something_is_replaced(folder):
    seen = folder / "seen.json"
    assert since(seen) == ""
    run(folder, since(seen))
    assert since(seen) == ""
    for replace in (
        lambda: (folder / "a").write_text("longer"),
        lambda: os.utime(folder / "b", ns=(1, 1)),  # as by cp -p: an older file
        lambda: (folder / "b").unlink(),
        lambda: (folder / "b").write_text("again"),
    ):
        before = since(seen)
        replace()
        mark = since(seen)
        assert mark not in ("", before)
        assert since(seen) == mark  # the same in every process that plans
        run(folder, mark)
        assert since(seen) == mark


def test_what_was_kept_is_damaged(folder):
    (folder / "seen.json").write_text("{")
    assert since(folder / "seen.json") == ""
    keep(folder / "none.json", "", {})
    assert not (folder / "none.json").exists()
    keep(folder / "seen.json", "mark", {})  # of an earlier run, which did read something
    assert since(folder / "seen.json") == "mark"


def test_a_name_that_is_spelled_otherwise_on_disk(folder):
    (folder / "e\u0301").write_text("x")
    keep(folder / "seen.json", "", identities([folder / "\u00e9"]))
    assert since(folder / "seen.json") == ""
    (folder / "e\u0301").write_text("xx")
    assert since(folder / "seen.json") != ""


def test_13320_files_cost_nothing(tmp_path):
    paths = [tmp_path / f"{i}.avi" for i in range(13_320)]
    for path in paths:
        path.touch()
    keep(tmp_path / "seen.json", "", identities(paths))
    start = time.process_time()
    assert since(tmp_path / "seen.json") == ""
    assert time.process_time() - start < 3
