"""Archives and servers that mean harm, or are damaged in any way: told, and nothing left behind."""

import bz2
import gzip
import io
import itertools
import lzma
import os
import random
import stat
import tarfile
import zipfile

import pytest
from helpers.archives_and_server import FOLDER, Served, rar4, rar5, serve, source, zipped

from rnnfv.data.download.budget import Budget
from rnnfv.data.download.downloading import Settings, download
from rnnfv.data.download.fetch import Part
from rnnfv.data.download.unpacking import unpack
from rnnfv.data.download.verify import check_archive, kind_problem, record, recorded
from rnnfv.errors import InputError

ZEROS = bytes(20_000_000)
FILES = {"set/": FOLDER, "set/a.txt": b"a" * 3000, "set/b.txt": bytes(range(256)) * 9}


def row(kind, **changes):
    return source(**({"file": f"one.{kind}", "kind": kind, "take": "", "into": "here/"} | changes))


def put(folder, data, one):
    one.archive(folder).parent.mkdir(parents=True, exist_ok=True)
    one.archive(folder).write_bytes(data)
    return one


def refused(folder, data, one):
    put(folder, data, one)
    with pytest.raises(InputError) as told:
        unpack(one, folder)
    left = [path for path in folder.rglob("*") if path.is_file()]
    assert left == [one.archive(folder)] and not list(folder.glob(".*"))
    return str(told.value)


def tarred(files, mode="w"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as file:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data or b"")
            info.type = tarfile.DIRTYPE if data is None else tarfile.REGTYPE
            file.addfile(info, io.BytesIO(data or b""))
    return buffer.getvalue()


def zip_of(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files:
            file.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["gz", "zip", "tar"])
def test_more_than_announced_is_not_unpacked(tmp_path, kind):
    bombs = {"gz": gzip.compress(ZEROS), "zip": zip_of([("a", ZEROS)])}
    bombs["tar"] = gzip.compress(tarred([("a", ZEROS)]))
    into = "here.bin" if kind == "gz" else "here/"
    message = refused(tmp_path, bombs[kind], row(kind, into=into, unpacked_bytes=1000))
    assert "but about 1.0 kB were expected" in message and "not trustworthy" in message


def test_a_sum_of_small_members_counts_and_so_does_what_is_announced_of_each(tmp_path):
    many = zip_of([(f"a{i}", ZEROS[:1_000_000]) for i in range(9)])
    assert "but about" in refused(tmp_path, many, row("zip", unpacked_bytes=1000))
    lying = zip_of([("a", ZEROS[:100_000])])
    for size in (lying.index(b"PK\x01\x02") + 24, lying.index(b"PK\x03\x04") + 22):
        lying = lying[:size] + (10).to_bytes(4, "little") + lying[size + 4 :]
    assert "damaged" in refused(tmp_path / "2", lying, row("zip"))


def test_without_an_announcement_a_hundred_times_the_packed_size_is_the_limit(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("rnnfv.data.download.budget._UNKNOWN", 3)
    monkeypatch.setattr("rnnfv.data.download.budget._SMALL", 9_000_000)
    message = refused(tmp_path, gzip.compress(ZEROS), row("gz", into="x.bin"))
    assert "is more than 19.0 MB, but it is packed. It is not trustworthy" in message
    known = row("gz", into="x.bin", expected={"bytes": len(ZEROS)})
    assert unpack(put(tmp_path, gzip.compress(ZEROS), known), tmp_path).counts


def test_the_disk_is_not_filled(tmp_path, monkeypatch):
    monkeypatch.setattr("rnnfv.data.download.budget.free_space", lambda folder: 10**6)
    message = refused(tmp_path, gzip.compress(ZEROS), row("gz", into="x.bin"))
    assert "would fill the disk" in message and "make room" in message


def test_bytes_that_are_on_the_disk_already_count_once(tmp_path, monkeypatch):
    monkeypatch.setattr("rnnfv.data.download.budget.free_space", lambda folder: 1000)
    budget = Budget("it", tmp_path, 10**9, written=10**9 - 1000)
    budget.spend(1000)
    budget.give_back(10)
    budget.spend(10)
    with pytest.raises(InputError, match="would fill the disk"):
        budget.spend(1)


def test_a_tar_archive_that_does_not_end(tmp_path, monkeypatch):
    monkeypatch.setattr("rnnfv.data.download.archives._MOST_PADDING", 2)
    endless = gzip.compress(tarred([("a", b"a")]) + ZEROS)
    assert "goes on long after its end" in refused(tmp_path, endless, row("tar"))


def test_a_tar_archive_that_is_cut_between_members_or_has_a_wrong_header(tmp_path):
    data = tarred([("a", b"a" * 3000), ("b", b"b" * 3000)])
    after_a = 512 + 3072
    for i, cut in enumerate((data[:after_a], data[: 2 * after_a])):
        for folder, archive in {"plain": cut, "gzip": gzip.compress(cut)}.items():
            told = refused(tmp_path / folder / str(i), archive, row("tar"))
            assert "is damaged (cut: it has no blocks of zeros at its end)" in told
    put(tmp_path, data[: 2 * after_a + 512], row("tar"))
    assert unpack(row("tar"), tmp_path).left_out == 0
    wrong = data[: after_a + 1] + b"?" + data[after_a + 2 :]
    assert "is damaged (bad checksum)" in refused(tmp_path / "wrong", wrong, row("tar"))


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31m", "a\u202eb", "in\u200bside/a"])
def test_names_that_nobody_sees_are_refused(tmp_path, name):
    for i, (kind, pack) in enumerate({"zip": zip_of, "tar": tarred}.items()):
        told = refused(tmp_path / str(i), pack([("ok", b"1"), (name, b"2")]), row(kind))
        assert f"member {name!a} has characters in its name that cannot be seen" in told
    wanted = row("tar", take="o*", into="ok")  # left out, it does no harm
    put(tmp_path, tarred([("ok", b"1"), (name, b"2")]), wanted)
    assert unpack(wanted, tmp_path).left_out == 1


@pytest.mark.parametrize(
    "names", [("a/A.txt", "a/a.txt"), ("\u00e9", "e\u0301"), ("\u00c9", "e\u0301")]
)
def test_names_that_are_one_name_on_other_disks_are_refused(tmp_path, names):
    for i, (kind, pack) in enumerate({"zip": zip_of, "tar": tarred}.items()):
        told = refused(tmp_path / str(i), pack([(name, b"1") for name in names]), row(kind))
        assert "{!a} and {!a} are one file on many disks".format(*names) in told


@pytest.mark.parametrize("first", ["file", "folder"])
def test_a_file_and_a_folder_of_one_name(tmp_path, first):
    files = [("x", b"a"), ("x/y", b"b")]
    both = files if first == "file" else files[::-1]
    for i, (kind, data) in enumerate({"tar": tarred(both), "zip": zip_of(both)}.items()):
        message = refused(tmp_path / str(i), data, row(kind))
        assert "is in it twice, or is a file and a folder" in message
    again = tarred([("x", b"a"), ("x", None)])
    assert "twice" in refused(tmp_path / "again", again, row("tar"))


@pytest.mark.parametrize("name", ["x" * 300, "\udcff\udcfe", "a/" + "y" * 300])
def test_names_that_no_file_can_have(tmp_path, name):
    data = tarred([("ok", b"a"), (name, b"b")])
    one = put(tmp_path, data, row("tar"))
    try:
        unpack(one, tmp_path)  # bytes that are no UTF-8 are a name here
    except InputError as error:
        assert "cannot be written" in str(error)
        assert not (tmp_path / "here").exists()


@pytest.mark.parametrize("kind", ["zip", "rar", "tar"])
def test_an_archive_that_unpacks_nothing_is_an_error(tmp_path, kind):
    empty = {"zip": zip_of([]), "rar": rar4({"only/": FOLDER}), "tar": tarred([("only", None)])}
    assert "nothing was unpacked: it is empty" in refused(tmp_path, empty[kind], row(kind))
    other = {"zip": zipped(FILES), "rar": rar5(FILES), "tar": tarred([("set/a", b"a")])}
    message = refused(tmp_path / "2", other[kind], row(kind, take="absent/"))
    assert "nothing was unpacked" in message and "are not in 'absent/'" in message


PACKERS = {
    "zip": zipped,
    "rar4": rar4,
    "rar5": rar5,
    "tar": lambda files: tarred([(n, None if d is FOLDER else d) for n, d in files.items()]),
    "tgz": lambda files: gzip.compress(PACKERS["tar"](files)),
}


@pytest.mark.parametrize("packer", PACKERS)
def test_damage_of_every_kind_is_told_or_does_no_harm(tmp_path, packer):
    """Bytes flipped, cut out and put in: a message, or files; never another exception."""
    whole, draw = PACKERS[packer](FILES), random.Random(0)
    kind = {"tgz": "tar", "rar4": "rar", "rar5": "rar"}.get(packer, packer)
    told = 0
    for number in range(60):
        data, place = bytearray(whole), draw.randrange(len(whole))
        if number % 3 == 0:
            data[place] ^= 1 << draw.randrange(8)
        elif number % 3 == 1:
            del data[place : place + draw.randrange(1, 40)]
        else:
            data[place:place] = draw.randbytes(draw.randrange(1, 40))
        folder = tmp_path / str(number)
        one = put(folder, bytes(data), row(kind))
        try:
            unpack(one, folder)
        except InputError as error:
            told += 1
            assert str(one.archive(folder)) in str(error)
            assert not (folder / "here").exists() and not list(folder.glob(".*"))
    assert told > (2 if packer == "tar" else 20)  # a plain tar archive has few checksums


QUICK = Settings(attempts=1, backoff=0.01, timeout=5)


def fetch(folder, body, **changes):
    with serve({"/one.bin": Served(body)}) as (address, _requests):
        return download(source(url=f"{address}/one.bin", **changes), folder, QUICK)


@pytest.mark.parametrize(
    ("body", "changes", "said"),
    [
        (b"", {}, "an empty file"),
        (b"x" * 10, {"about_bytes": 10**6}, "should have about 1000000"),
        (b"x" * 10**6, {"about_bytes": 1000}, "should have about 1000"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", {}, "Git LFS"),
        (b"<?xml version='1.0'?>\n<Error><Code>AccessDenied</Code></Error>", {}, "a web page"),
        (b"no archive at all" * 40, {"kind": "tar", "into": "x/"}, "no tar file"),
    ],
)
def test_a_first_download_that_cannot_be_right_is_not_recorded(tmp_path, body, changes, said):
    with pytest.raises(InputError, match=said):
        fetch(tmp_path, body, **changes)
    assert not list((tmp_path / "downloads").iterdir())
    right = b"r" * (changes.get("about_bytes") or 3000)
    if "kind" not in changes:
        assert fetch(tmp_path, right, **changes).bytes == len(right)


def test_a_download_that_does_not_end(tmp_path, monkeypatch):
    """A server that never says how much there is."""

    class Endless:
        status_code, headers, raw = 200, {}, None

        def __enter__(self):
            self.raw = self
            return self

        def __exit__(self, *_):
            pass

        def stream(self, size, decode_content):
            return itertools.repeat(b"x" * size)

    monkeypatch.setattr("requests.get", lambda url, **_: Endless())
    one = source(url="http://127.0.0.1/one.bin", about_bytes=9_000_000)
    with pytest.raises(InputError, match=r"is more than 19\.0 MB, but about 9\.0 MB were expected"):
        download(one, tmp_path, QUICK)
    assert not list((tmp_path / "downloads").iterdir())
    monkeypatch.setattr("rnnfv.data.download.budget.free_space", lambda folder: 3_000_000)
    with pytest.raises(InputError, match="would fill the disk"):
        download(source(url="http://127.0.0.1/one.bin"), tmp_path, QUICK)


def test_a_record_that_stands_in_the_way_is_named(tmp_path):
    one = source()
    archive = one.archive(tmp_path)
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"right")
    record(archive, "0" * 64)
    with pytest.raises(InputError, match=f"If the first was wrong, remove {recorded(archive)}"):
        check_archive(one, archive, archive)
    for damaged in ("", "abc  one.bin"):
        recorded(archive).write_text(damaged)
        with pytest.raises(InputError, match=r"holds no checksum\. Remove it"):
            check_archive(one, archive, archive)


def test_links_where_a_download_goes_are_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "downloads").mkdir()
    for name in ("one.bin.part", "one.bin.part.json", "one.bin.sha256"):
        (tmp_path / "downloads" / name).symlink_to(victim)
    (tmp_path / "downloads/one.bin.sha256").unlink()
    fetch(tmp_path, b"r" * 3000)
    (tmp_path / ".here.9.unpacking").symlink_to(tmp_path / "downloads")
    unpack(put(tmp_path, zipped(FILES), row("zip")), tmp_path)
    assert victim.read_text() == "precious" and (tmp_path / "downloads/one.bin").exists()


@pytest.mark.parametrize("data", [b"", gzip.compress(b"")], ids=["0 bytes", "of 0 bytes"])
def test_a_packed_file_of_nothing_is_an_error(tmp_path, data):
    one = row("gz", file="a.gz", into="a")
    assert "nothing was unpacked" in refused(tmp_path, data, one)


@pytest.mark.parametrize("pack", [zip_of, tarred], ids=["zip", "tar"])
def test_a_file_without_a_name_is_not_skipped(tmp_path, pack):
    kind = "zip" if pack is zip_of else "tar"
    told = refused(tmp_path, pack([("a", b"1"), (".", b"2")]), row(kind))
    assert "is a file and a folder" in told


PACKINGS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("packings", ["gz", "bz2", "xz", "gz gz", "xz gz", "gz bz2", "gz gz gz"])
def test_a_tar_archive_however_it_is_packed(tmp_path, packings):
    data = tarred([("a", b"a" * 3000)])
    for name in packings.split():
        data = PACKINGS[name](data)
    put(tmp_path, data, row("tar"))
    assert not kind_problem(data[:512], "tar") and not unpack(row("tar"), tmp_path).left_out
    assert (tmp_path / "here/a").read_bytes() == b"a" * 3000
    if len(packings) > 6:
        again = refused(tmp_path / "again", gzip.compress(data), row("tar"))
        assert "packed more than 3 times" in again
    else:
        assert "damaged" in refused(tmp_path / "cut", data[:-5], row("tar"))


def test_packings_that_are_not_read_are_named():
    for start, name in {b"\x28\xb5\x2f\xfd": "zstd", b"7z\xbc\xaf\x27\x1c": "7-Zip"}.items():
        assert f"packed with {name}" in kind_problem(start + bytes(99), "tar")
        assert not kind_problem(start + bytes(99), "file")


def test_what_is_not_wanted_is_not_unpacked_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("rnnfv.data.download.archives._LEAST_LIMIT", 10**6)
    data = gzip.compress(gzip.compress(tarred([("unwanted", ZEROS), ("a", b"a")])))
    said = refused(tmp_path, data, row("tar", take="a", into="a"))
    assert "hundreds of times as large" in said
    monkeypatch.setattr("rnnfv.data.files.MOST_SHORT_READS", 1000)
    zeros = gzip.compress(tarred([("a", b"a")])) + bytes(50_000)
    assert "it goes on and on" in refused(tmp_path / "2", zeros, row("tar"))
    monkeypatch.setattr("rnnfv.data.download.archives._MOST_MEMBERS", 3)
    many = zip_of([(str(i), b"1") for i in range(4)])
    assert "more than 3 members" in refused(tmp_path / "3", many, row("zip"))


@pytest.mark.parametrize("kind", [stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_devices_in_a_zip_archive_are_refused_as_links_are(tmp_path, kind):
    device = zipfile.ZipInfo("device")
    device.create_system, device.external_attr = 3, (kind | 0o644) << 16
    assert "is a link or a device" in refused(tmp_path, zip_of([(device, b"1")]), row("zip"))


def test_the_content_of_a_folder_is_not_dropped(tmp_path):
    put(tmp_path, zip_of([("a/", b"content")]), row("zip"))
    unpack(row("zip"), tmp_path)
    assert (tmp_path / "here/a").read_bytes() == b"content"


@pytest.mark.parametrize("second_name", [False, True])
def test_a_part_with_a_second_name_is_not_gone_on_with(tmp_path, second_name):
    part, note = tmp_path / "one.bin.part", tmp_path / "one.bin.part.json"
    part.write_text("precious")
    note.write_text('{"url": "x", "total": 3000, "validator": ""}')
    if second_name:
        os.link(part, tmp_path / "victim")
    assert Part.of(part).size == (0 if second_name else 8)


@pytest.mark.parametrize(
    "note", ["[]", '{"url": "x"}', '{"url": 1, "total": "x", "validator": ""}']
)
def test_a_part_that_cannot_be_ours_begins_anew(tmp_path, note):
    folder, victim = tmp_path / "downloads", tmp_path / "victim"
    folder.mkdir()
    victim.write_text("precious")
    os.link(victim, folder / "one.bin.part")
    (folder / "one.bin.part.json").write_text(note)
    assert fetch(tmp_path, b"r" * 3000).bytes == 3000
    assert victim.read_text() == "precious"
