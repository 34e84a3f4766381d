"""Archives unpacked: whole or not at all, counted, nothing outside; damage is named."""

import errno
import gzip
import io
import os
import tarfile

import pytest
from helpers.archives_and_server import FOLDER, LINK, pairs, rar4, rar5, source, zipped

from rnnfv.data.download.archives import members
from rnnfv.data.download.budget import Budget
from rnnfv.data.download.unpacking import unpack
from rnnfv.errors import InputError

FILES = {
    "set/": FOLDER,
    "set/run/a b.avi": b"a" * 3000,
    "set/run/ü.avi": b"b" * 5,
    "set/sit/c.avi": b"c",
    "notes.txt": b"n",
}


def tarred(files, mode="w:gz"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as file:
        for name, data in pairs(files):
            info = tarfile.TarInfo(name.rstrip("/"))
            if data is FOLDER or data is LINK:
                info.type, info.linkname = (
                    (tarfile.DIRTYPE, "") if data is FOLDER else (tarfile.SYMTYPE, "/etc/hostname")
                )
                file.addfile(info)
            else:
                info.size = len(data)
                file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


PACKERS = {"zip": zipped, "tar": tarred, "rar4": rar4, "rar5": rar5}
packers = pytest.mark.parametrize("packer", PACKERS)


def row(packer, **changes):
    kind = packer.rstrip("45")
    return source(
        **({"file": f"one.{kind}", "kind": kind, "take": "set/", "into": "here/"} | changes)
    )


def put(tmp_path, data, row):
    row.archive(tmp_path).parent.mkdir(parents=True, exist_ok=True)
    row.archive(tmp_path).write_bytes(data)
    return row


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def refuse(tmp_path, match, data, row):
    """Unpacking fails; nothing but the archive is there afterwards, here and next door."""
    put(tmp_path / "data", data, row)
    with pytest.raises(InputError, match=match) as failed:
        unpack(row, tmp_path / "data")
    assert list(tree(tmp_path)) == [f"data/downloads/{row.file}"]
    assert not list((tmp_path / "data").glob(".*")) and not row.target(tmp_path / "data").exists()
    return str(failed.value)


@packers
def test_a_folder_of_an_archive_is_unpacked_and_counted(tmp_path, packer):
    one = put(
        tmp_path,
        PACKERS[packer](FILES),
        row(packer, expected={"*.avi": 3, "run/*.avi": 2, "folders": 2}),
    )
    done = unpack(one, tmp_path)
    expected = {
        name.removeprefix("set/"): data for name, data in FILES.items() if name.endswith(".avi")
    }
    assert tree(tmp_path / "here") == expected
    assert (
        done.counts == {"*.avi": 3, "run/*.avi": 2, "folders": 2}
        and done.left_out == 1
        and not done.found
    )
    assert one.archive(tmp_path).exists() and not list(tmp_path.glob(".*"))


@packers
def test_everything_or_files_by_name(tmp_path, packer):
    unpack(put(tmp_path, PACKERS[packer](FILES), row(packer, take="")), tmp_path)
    assert set(tree(tmp_path / "here")) == {
        name for name, data in FILES.items() if data is not FOLDER
    }
    unpack(row(packer, take="*.avi", into="flat/"), tmp_path)
    assert set(tree(tmp_path / "flat")) == {"a b.avi", "ü.avi", "c.avi"}
    unpack(row(packer, take="n*.txt", into="deep/er.txt"), tmp_path)
    assert (tmp_path / "deep/er.txt").read_bytes() == b"n"
    with pytest.raises(InputError, match=r"3 files match '\*\.avi' \(a b\.avi, .*; one is needed"):
        unpack(row(packer, take="*.avi", into="deep/two.avi"), tmp_path)


@packers
def test_a_second_time_touches_nothing(tmp_path, packer):
    one = put(tmp_path, PACKERS[packer](FILES), row(packer, expected={"*.avi": 3}))
    unpack(one, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert unpack(one, tmp_path).found
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_what_a_user_has_is_counted_and_left_in_peace(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/mine.avi").write_bytes(b"m")
    (tmp_path / "here").symlink_to(tmp_path / "elsewhere")
    done = unpack(row("zip", expected={"*.avi": 3}), tmp_path)  # no archive is there, nor needed
    assert done.found and done.counts == {"*.avi": 1} and done.notes == ["1 *.avi instead of 3"]
    assert tree(tmp_path / "elsewhere") == {"mine.avi": b"m"}


def test_an_empty_folder_is_nothing(tmp_path):
    (tmp_path / "here").mkdir()
    unpack(put(tmp_path, zipped(FILES), row("zip")), tmp_path)
    assert len(tree(tmp_path / "here")) == 3


@packers
def test_wrong_counts_leave_nothing(tmp_path, packer):
    one = row(packer, expected={"*.avi": 4, "*.txt": 0})
    refuse(
        tmp_path,
        r"one\.\w+: not what is expected: 3 \*\.avi instead of 4\. It is incomplete",
        PACKERS[packer](FILES),
        one,
    )


@packers
@pytest.mark.parametrize(
    "name",
    ["../out.avi", "set/../../out.avi", "/tmp/out.avi", "set\\..\\..\\out.avi", "C:\\out.avi"],
)
def test_nothing_is_written_outside(tmp_path, packer, name):
    files = [("set/good.avi", b"g"), (name, b"evil")]
    refuse(tmp_path, "would be written outside", PACKERS[packer](files), row(packer, take=""))


@packers
def test_links_are_refused(tmp_path, packer):
    refuse(
        tmp_path,
        r"one\.\w+: set/link is a link",
        PACKERS[packer]({"set/a.avi": b"a", "set/link": LINK}),
        row(packer),
    )


def test_a_hard_link_and_a_device_are_refused(tmp_path):
    for kind in (tarfile.LNKTYPE, tarfile.FIFOTYPE):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as file:
            info = tarfile.TarInfo("set/x")
            info.type, info.linkname = kind, "/etc/hostname"
            file.addfile(info)
        refuse(tmp_path, "set/x is a link or a device", buffer.getvalue(), row("tar"))


@packers
def test_a_name_that_is_there_twice(tmp_path, packer):
    with pytest.warns(UserWarning, match="Duplicate name") if packer == "zip" else io.BytesIO():
        data = PACKERS[packer]([("set/a.avi", b"1"), ("set/a.avi", b"2")])
    refuse(tmp_path, r"set/a\.avi is in it twice", data, row(packer))


LARGE = {"set/first.avi": os.urandom(3000), "set/second.avi": os.urandom(3000)}


@packers
def test_damage_is_named(tmp_path, packer):
    data = bytearray(PACKERS[packer](LARGE))
    at = (
        bytes(data).find(LARGE["set/second.avi"][1000:1016])
        if packer != "tar"
        else len(data) * 3 // 4
    )
    data[at if at > 0 else len(data) * 3 // 5] ^= 0xFF
    message = refuse(tmp_path, "is damaged", bytes(data), row(packer, expected={"*.avi": 2}))
    assert f"one.{packer.rstrip('45')}" in message and ("second.avi" in message or packer == "tar")


@packers
@pytest.mark.parametrize("share", [0.3, 0.7, 0.97])
def test_half_an_archive_is_no_archive(tmp_path, packer, share):
    data = PACKERS[packer](LARGE)
    one = row(packer, expected={"*.avi": 2})
    refuse(
        tmp_path, r"one\.\w+.*(damaged|not what is expected)", data[: int(share * len(data))], one
    )


@packers
def test_something_else_under_the_name(tmp_path, packer):
    refuse(tmp_path, r"one\.\w+ is damaged", b"this is no archive" * 100, row(packer))


def test_encrypted_members_are_told(tmp_path):
    data = bytearray(zipped({"set/a.avi": b"secret"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the bit that says so
        data[data.find(signature) + offset] |= 1
    refuse(tmp_path, r"set/a\.avi is encrypted", bytes(data), row("zip"))


# Archives in archives, single files, disks


def outer(inner_packer=rar5, **changes):
    inner = {
        "run": {"run/1.avi": b"1", "run/2.avi": b"2" * 500},
        "sit": {"sit/3.avi": b"3"},
    } | changes
    return {
        f"{name}.rar": inner_packer(files) if isinstance(files, dict) else files
        for name, files in inner.items()
    }


@pytest.mark.parametrize("outside", [rar4, rar5])
@pytest.mark.parametrize("inside", [rar4, rar5])
def test_archives_in_an_archive_one_at_a_time(tmp_path, monkeypatch, outside, inside):
    one = row(
        "rar-in-rar",
        kind="rar-in-rar",
        file="all.rar",
        take="",
        expected={"*.avi": 3, "folders": 2},
    )
    put(tmp_path, outside(outer(inside)), one)
    on_disk = []

    def watch(archive, kind):
        on_disk.append(sorted(path.name for path in tmp_path.glob(".*.rar")))
        yield from members(archive, kind)

    monkeypatch.setattr("rnnfv.data.download.unpacking.members", watch)
    given_back = []
    monkeypatch.setattr(Budget, "give_back", lambda self, size: given_back.append(size))
    unpack(one, tmp_path)
    assert given_back == [len(data) for data in outer(inside).values() if data[:4] == b"Rar!"]
    assert tree(tmp_path / "here") == {
        "run/1.avi": b"1",
        "run/2.avi": b"2" * 500,
        "sit/3.avi": b"3",
    }
    assert [len(names) for names in on_disk] == [0, 1, 1] and not list(tmp_path.glob(".*"))


def test_an_inner_archive_that_is_damaged_is_named(tmp_path):
    one = row("rar-in-rar", kind="rar-in-rar", file="all.rar", take="")
    half = rar5({"sit/3.avi": os.urandom(500)})[:300]
    message = refuse(tmp_path, r"all\.rar, in it sit\.rar.*3\.avi", rar4(outer(sit=half)), one)
    assert ".unpacking" not in message
    refuse(tmp_path, "would be written outside", rar4(outer(sit={"../../3.avi": b"3"})), one)


def test_a_compressed_file(tmp_path):
    one = source(
        file="one.bin.gz", kind="gz", into="words/one.bin", expected={"bytes": 9, "lines": 2}
    )
    unpack(put(tmp_path, gzip.compress(b"one\ntwo\n\n"[:9]), one_with(one, lines=3)), tmp_path)
    assert (tmp_path / "words/one.bin").read_bytes() == b"one\ntwo\n\n"
    damaged = bytearray(gzip.compress(os.urandom(2000)))
    damaged[1000] ^= 0xFF
    refuse(tmp_path / "two", r"one\.bin\.gz: member one\.bin is damaged", bytes(damaged), one)


def one_with(one, **expected):
    return source(**(vars(one) | {"expected": one.expected | expected}))


def test_a_single_file_is_moved(tmp_path, monkeypatch):
    one = source(into="weights/one.bin", expected={"bytes": 3})
    refuse(tmp_path / "two", "2 bytes instead of 3", b"ab", one)
    unpack(put(tmp_path, b"abc", one), tmp_path)
    assert tree(tmp_path / "weights") == {"one.bin": b"abc"} and not one.archive(tmp_path).exists()
    other = source(name="other", file="other.bin", into="weights/other.bin")
    put(tmp_path, b"xyz", other)
    replace = os.replace

    def from_another_disk(a, b):
        if str(a) == str(other.archive(tmp_path)):
            raise OSError(errno.EXDEV, "another disk")
        replace(a, b)

    monkeypatch.setattr(os, "replace", from_another_disk)
    unpack(other, tmp_path)
    assert (
        tree(tmp_path / "weights") == {"one.bin": b"abc", "other.bin": b"xyz"}
        and not other.archive(tmp_path).exists()
    )


def test_an_archive_can_be_removed_afterwards(tmp_path):
    one = put(tmp_path, zipped(FILES), row("zip"))
    unpack(one, tmp_path, keep_archive=False)
    assert not one.archive(tmp_path).exists() and len(tree(tmp_path / "here")) == 3
    bad = put(tmp_path, zipped(FILES), row("zip", into="there/", expected={"*.avi": 9}))
    with pytest.raises(InputError):
        unpack(bad, tmp_path, keep_archive=False)
    assert bad.archive(tmp_path).exists()


def test_the_archive_must_be_there(tmp_path):
    with pytest.raises(InputError, match=r"one\.zip: no such file\. Get it: snakemake data_ones"):
        unpack(row("zip"), tmp_path)


def test_no_space_is_told_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr("rnnfv.data.download.budget.free_space", lambda folder: 10**6)
    refuse(
        tmp_path,
        r"what is in one\.zip needs 5\.0 GB and 1\.0 MB are free",
        zipped(FILES),
        row("zip", unpacked_bytes=5 * 10**9),
    )


@packers
def test_a_disk_that_fills_up_is_told(tmp_path, packer, monkeypatch):
    class Full(io.FileIO):
        def write(self, block):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(
        "rnnfv.data.download.unpacking.open", lambda path, mode: Full(path, mode), raising=False
    )
    refuse(tmp_path, "the disk of .* is full", PACKERS[packer](LARGE), row(packer))


def test_what_a_killed_job_left_is_removed(tmp_path):
    (tmp_path / ".here.123.unpacking").mkdir()
    (tmp_path / ".here.123.unpacking/half.avi").write_bytes(b"h")
    unpack(put(tmp_path, zipped(FILES), row("zip")), tmp_path)
    assert not list(tmp_path.glob(".*"))
