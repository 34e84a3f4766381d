"""Downloads from a server on this machine: whole, checked, continued where they broke off, from
whichever address works."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.archives_and_server import Served, serve, sha256, source, write_sources

from rnnfv.data.download import budget, verify
from rnnfv.data.download.downloading import Settings, download
from rnnfv.data.download.sources import read_sources
from rnnfv.errors import InputError

ROOT = Path(__file__).resolve().parents[3]
BODY = random.Random(0).randbytes(700_000)
QUICK = Settings(attempts=3, backoff=0.01, timeout=5)


def get(files, tmp_path, settings=QUICK, **row):
    """Download /one.bin of a server that has ``files``; return the receipt and the requests."""
    with serve(files) as (address, requests):
        row["mirrors"] = tuple(address + path for path in row.get("mirrors", ()))
        receipt = download(source(url=f"{address}/one.bin", **row), tmp_path, settings)
    return receipt, requests


def refuse(files, tmp_path, match, **row):
    with pytest.raises(InputError, match=match) as failed:
        get(files, tmp_path, **row)
    assert not (tmp_path / "downloads/one.bin").exists()  # nothing under the real name
    return str(failed.value)


def test_a_download_is_whole_checked_and_recorded(tmp_path):
    row = {"bytes": len(BODY), "checksums": {"sha256": sha256(BODY)}}
    receipt, requests = get({"/one.bin": Served(BODY)}, tmp_path, **row)
    folder = tmp_path / "downloads"
    assert (folder / "one.bin").read_bytes() == BODY and receipt.bytes == len(BODY)
    assert (receipt.sha256, receipt.checked) == (sha256(BODY), "published sha256")
    assert receipt.origin.endswith("/one.bin") and len(requests) == 1
    assert {path.name for path in folder.iterdir()} == {"one.bin", "one.bin.sha256"}
    command = ["sha256sum", "--check", "one.bin.sha256"]
    assert subprocess.run(command, cwd=folder, capture_output=True).returncode == 0


def test_a_second_download_asks_nobody_and_touches_nothing(tmp_path):
    get({"/one.bin": Served(BODY)}, tmp_path)
    archive = tmp_path / "downloads/one.bin"
    before = archive.stat().st_mtime_ns
    receipt, requests = get({}, tmp_path)
    assert requests == [] and receipt.origin == "found in place"
    assert archive.stat().st_mtime_ns == before


def test_a_broken_connection_is_continued(tmp_path):
    served = Served(BODY, cuts=[200_000, 300_000])
    _, requests = get({"/one.bin": served}, tmp_path, bytes=len(BODY))
    assert (tmp_path / "downloads/one.bin").read_bytes() == BODY
    assert requests == [
        ("/one.bin", None, None),
        ("/one.bin", "bytes=200000-", '"1"'),
        ("/one.bin", "bytes=500000-", '"1"'),
    ]


def test_progress_resets_the_count_of_failures(tmp_path):
    served = Served(BODY, cuts=[100_000] * 6)  # more breaks than attempts, each after something new
    get({"/one.bin": served}, tmp_path)
    assert (tmp_path / "downloads/one.bin").read_bytes() == BODY


def test_a_file_that_changed_meanwhile_starts_anew(tmp_path):
    served = Served(BODY, cuts=[200_000, 0, 0])
    with serve({"/one.bin": served}) as (address, requests):
        row = source(url=f"{address}/one.bin")
        said = f"ended after 200000 of {len(BODY)} bytes|IncompleteRead"
        with pytest.raises(InputError, match=said):
            download(row, tmp_path, QUICK)
        assert (tmp_path / "downloads/one.bin.part").stat().st_size == 200_000
        served.body, served.etag = BODY[::-1], '"2"'
        download(row, tmp_path, QUICK)
    assert requests[-1] == ("/one.bin", "bytes=200000-", '"1"')
    assert (tmp_path / "downloads/one.bin").read_bytes() == BODY[::-1]


def test_a_server_without_ranges_sends_all_again(tmp_path):
    served = Served(BODY, ranges=False, cuts=[200_000])
    _, requests = get({"/one.bin": served}, tmp_path)
    assert len(requests) == 2 and (tmp_path / "downloads/one.bin").read_bytes() == BODY


def test_without_checksum_and_validator_nothing_is_joined(tmp_path):
    served = Served(BODY, etag="", cuts=[200_000])
    _, requests = get({"/one.bin": served}, tmp_path)
    assert [asked for _, asked, _ in requests] == [None, None]
    assert (tmp_path / "downloads/one.bin").read_bytes() == BODY


def test_a_killed_download_goes_on(tmp_path):
    served = Served(BODY, slow=0.2)
    code = (
        "import sys; sys.path.insert(0, sys.argv[3]); "
        "from helpers.archives_and_server import source; "
        "from rnnfv.data.download.downloading import download; "
        "download(source(url=sys.argv[1]), sys.argv[2])"
    )
    with serve({"/one.bin": served}) as (address, requests):
        row = source(url=f"{address}/one.bin")
        command = [sys.executable, "-c", code, row.url, str(tmp_path), str(ROOT / "tests")]
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
        part = tmp_path / "downloads/one.bin.part"
        deadline = time.monotonic() + 30
        while not (part.exists() and part.stat().st_size > 0) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        size = part.stat().st_size
        assert 0 < size < len(BODY) and not (tmp_path / "downloads/one.bin").exists()
        served.slow = 0.0
        download(row, tmp_path, QUICK)
    assert requests[-1] == ("/one.bin", f"bytes={size}-", '"1"')
    assert (tmp_path / "downloads/one.bin").read_bytes() == BODY


def test_a_part_that_was_whole_needs_only_its_name(tmp_path):
    with serve({"/one.bin": Served(BODY)}) as (address, requests):
        row = source(url=f"{address}/one.bin")
        folder = tmp_path / "downloads"
        folder.mkdir()
        (folder / "one.bin.part").write_bytes(BODY)
        known = {"url": row.url, "total": len(BODY), "validator": '"1"'}
        (folder / "one.bin.part.json").write_text(json.dumps(known))
        download(row, tmp_path, QUICK)
        assert requests == []


@pytest.mark.parametrize("errors", [[404], [403], [500, 503, 500], [429, 500, 502]], ids=str)
def test_the_mirror_helps_and_says_so(tmp_path, errors):
    tries = len(errors)
    files = {"/one.bin": Served(b"", errors=errors), "/copy": Served(BODY)}
    receipt, requests = get(files, tmp_path, mirrors=("/copy",), bytes=len(BODY))
    assert receipt.origin.endswith("/copy")
    assert (tmp_path / "downloads/one.bin").read_bytes() == BODY
    assert [path for path, _, _ in requests] == ["/one.bin"] * tries + ["/copy"]


def test_mirrors_first(tmp_path):
    files = {"/one.bin": Served(BODY), "/copy": Served(BODY)}
    _, requests = get(files, tmp_path, Settings(mirrors_first=True), mirrors=("/copy",))
    assert [path for path, _, _ in requests] == ["/copy"]


def test_with_a_checksum_a_mirror_goes_on_where_another_stopped(tmp_path):
    first, other = Served(BODY, cuts=[200_000, 0, 0, 0]), Served(BODY, etag='"other"')
    files = {"/one.bin": first, "/copy": other}
    _, requests = get(files, tmp_path, mirrors=("/copy",), checksums={"sha256": sha256(BODY)})
    assert requests[-1] == ("/copy", "bytes=200000-", None)
    assert (tmp_path / "downloads/one.bin").read_bytes() == BODY


def test_joined_bytes_that_do_not_fit_are_fetched_once_more_from_the_start(tmp_path):
    files = {"/one.bin": Served(BODY[::-1], cuts=[200_000, 0, 0, 0]), "/copy": Served(BODY)}
    _, requests = get(files, tmp_path, mirrors=("/copy",), checksums={"sha256": sha256(BODY)})
    assert requests[-2:] == [("/copy", "bytes=200000-", None), ("/copy", None, None)]
    assert (tmp_path / "downloads/one.bin").read_bytes() == BODY


def test_a_wrong_checksum_says_both_values(tmp_path):
    files, wrong = {"/one.bin": Served(BODY)}, {"sha256": "0" * 64}
    message = refuse(files, tmp_path, "its sha256 is", checksums=wrong)
    assert sha256(BODY) in message and "0" * 64 in message and "/one.bin" in message
    assert not (tmp_path / "downloads/one.bin.part").exists()  # wrong bytes are not continued
    message = refuse(files, tmp_path, "its md5 is", checksums={"md5": "0" * 32})
    assert hashlib.md5(BODY).hexdigest() in message


def test_a_recorded_checksum_is_verified_later(tmp_path):
    receipt, _ = get({"/one.bin": Served(BODY)}, tmp_path)
    assert receipt.checked.startswith("nothing")
    receipt, _ = get({}, tmp_path)
    assert receipt.checked == "sha256 recorded at the first download"
    (tmp_path / "downloads/one.bin").write_bytes(BODY[::-1])
    said = f"its sha256 is {sha256(BODY[::-1])}, but {sha256(BODY)} is recorded"
    with pytest.raises(InputError, match=said):
        get({}, tmp_path)
    (tmp_path / "downloads/one.bin").unlink()
    refuse({"/one.bin": Served(BODY[::-1])}, tmp_path, "is recorded at the first download")


PAGE = b"\n<!DOCTYPE html><html><body>Please log in</body></html>"


def test_a_web_page_is_no_archive(tmp_path):
    message = refuse({"/one.bin": Served(PAGE)}, tmp_path, "a web page")
    assert "put it at" in message
    said_to_be = Served(BODY, kind="text/html; charset=utf-8")  # by the server
    refuse({"/one.bin": said_to_be}, tmp_path, "a web page")


def test_a_wrong_file_is_known_by_its_first_bytes_and_not_fetched(tmp_path):
    started = time.monotonic()
    refuse({"/one.bin": Served(PAGE + bytes(10_000_000), slow=0.5)}, tmp_path, "a web page")
    assert time.monotonic() - started < 20  # all of it would take more than a minute


@pytest.mark.parametrize("kind", ["rar", "zip", "gz", "rar-in-rar"])
def test_first_bytes_tell_other_files(tmp_path, kind):
    said = f"no {kind.split('-')[0]} file: it begins with"
    refuse({"/one.bin": Served(BODY)}, tmp_path, said, kind=kind)


def test_a_file_of_another_size_is_not_fetched(tmp_path):
    message = refuse({"/one.bin": Served(BODY)}, tmp_path, "should have 99", bytes=99)
    assert f"{len(BODY)} bytes" in message and not (tmp_path / "downloads/one.bin.part").exists()


def test_a_length_that_is_not_kept(tmp_path):
    files = {"/one.bin": Served(BODY, length=len(BODY) + 5, ranges=False), "/copy": Served(BODY)}
    receipt, _ = get(files, tmp_path, mirrors=("/copy",))
    assert receipt.origin.endswith("/copy")


def test_no_space_is_told_before_the_first_byte(tmp_path, monkeypatch):
    monkeypatch.setattr(budget, "free_space", lambda folder: 1000)
    with serve({"/one.bin": Served(BODY), "/copy": Served(BODY)}) as (address, requests):
        addresses = {"url": f"{address}/one.bin", "mirrors": (f"{address}/copy",)}
        known = source(bytes=len(BODY), unpacked_bytes=5, **addresses)
        said = r"one\.bin, with what is unpacked from it, needs 700 kB and 1\.0 kB are free"
        with pytest.raises(InputError, match=said):
            download(known, tmp_path, QUICK)
        assert requests == []
        unknown = source(**addresses)  # of its size: the server tells
        with pytest.raises(InputError, match=r"needs 700 kB .* 699 kB are missing"):
            download(unknown, tmp_path, QUICK)
        assert len(requests) == 1
    assert list((tmp_path / "downloads").iterdir()) == []


def test_gated_data_gives_the_instructions_and_what_was_put_there_is_checked(tmp_path):
    told, checksums = "Ask at https://example.org/form.", {"sha256": sha256(BODY)}
    row = source(gated=True, instructions=told, checksums=checksums)
    with pytest.raises(InputError, match=f"not for automatic download. {told}"):
        download(row, tmp_path, QUICK)
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads/one.bin").write_bytes(BODY[:-1])
    with pytest.raises(InputError, match="its sha256 is"):
        download(row, tmp_path, QUICK)
    assert (tmp_path / "downloads/one.bin").exists()  # the user's file is not ours to delete
    (tmp_path / "downloads/one.bin").write_bytes(BODY)
    assert download(row, tmp_path, QUICK).checked == "published sha256"


def test_a_certificate_may_go_unchecked_only_where_a_checksum_is_published(tmp_path):
    files = {"/one.bin": Served(BODY)}
    lenient = Settings(unverified_hosts=["127.0.0.1"], attempts=1)
    with pytest.raises(InputError, match=r"no checksum of one\.bin is published"):
        get(files, tmp_path, lenient)
    get(files, tmp_path, lenient, checksums={"sha256": sha256(BODY)})


def test_nobody_there(tmp_path):
    addresses = {"url": "http://127.0.0.1:9/one.bin", "mirrors": ("gopher://old/one.bin",)}
    row = source(instructions="Or ask us.", **addresses)
    said = r"(?s)127\.0\.0\.1:9/one\.bin: ConnectionError.*gopher.*not an address.*Or ask us"
    with pytest.raises(InputError, match=said):
        download(row, tmp_path, Settings(attempts=2, backoff=0.01))


# The table

ROW = {"name": "a", "group": "g", "file": "a.zip", "url": "http://x/a.zip", "kind": "zip"}
ROW |= {"into": "a/", "gated": "no"}


def test_the_table_is_complete_and_well_formed():
    sources = read_sources(ROOT / "data" / "sources.csv")
    groups = {row.group for row in sources.values()}
    known = "ucf101 hmdb51 flickr8k flickr30k coco karpathy words leipzig vgg19 c3d"
    assert groups >= set(known.split())
    for name, row in sources.items():
        assert row.evidence and row.licence, name
        assert row.gated or row.mirrors or "No mirror" in row.instructions, name
        assert all(address.startswith(("http://", "https://")) for address in row.addresses), name
        assert row.expected or row.kind == "file", name
        assert row.checksums or row.gated or "checksum: none is published" in row.unverified, name
        assert row.bytes or "size" in row.unverified, name
        assert not row.gated or ("https://" in row.instructions and "Put" in row.instructions), name
    targets = [row.into for row in sources.values()]
    assert len(set(targets)) == len(targets)
    assert len({row.file for row in sources.values()}) == len(sources)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("kind", "7z", "kind '7z' is not one of"),
        ("bytes", "6.9 GB", "line 2, bytes: '6.9 GB' is not a whole number"),
        ("checksums", "sha256:12", "sha256:12 is no md5, sha1 or sha256"),
        ("expected", "*.avi", r"'\*.avi' is not pattern=number"),
        ("into", "../elsewhere/", "leaves the data folder"),
        ("file", "a/b.zip", "not a plain file name"),
        ("url", "", "no address, and not gated"),
        ("gated", "maybe", "not yes or no"),
        ("gated", "yes", "gated, but no instructions"),
        ("name", "Two words", "lower-case letters"),
        ("group", "", "group is empty"),
    ],
)
def test_a_wrong_row_is_told(tmp_path, column, value, message):
    write_sources(tmp_path / "sources.csv", [ROW | {column: value}])
    with pytest.raises(InputError, match=message):
        read_sources(tmp_path / "sources.csv")


def test_names_are_there_once(tmp_path):
    write_sources(tmp_path / "sources.csv", [ROW, ROW])
    with pytest.raises(InputError, match="'a' is there twice"):
        read_sources(tmp_path / "sources.csv")


def test_pages_are_known_by_their_beginning():
    for page in (
        b"<html>",
        b"  <!doctype HTML>",
        b"<?xml version='1.0'?>\n<html xmlns=''>",
        b"<!-- x --><HTML>",
    ):
        assert "web page" in verify.kind_problem(page, "file")
    assert verify.kind_problem(b"\x80\x02}q\x00", "file") == ""
    assert verify.kind_problem(b"PK\x03\x04", "zip") == ""
