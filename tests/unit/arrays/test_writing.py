"""Writing: whole or not at all, a full disk in words, nobody's link followed, nothing left."""

import errno
import fcntl
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rnnfv.arrays.writing import (
    DiskError,
    alone,
    atomic_path,
    disk_problem,
    remove_all_stale,
    write_json,
)
from rnnfv.errors import system_problem

WRITERS = """
import resource, sys
from pathlib import Path
import numpy as np
from PIL import Image
from rnnfv.arrays.writing import write_json
from rnnfv.arrays.vectors import write_vectors
from rnnfv.arrays.sequences import write_sequences
from rnnfv.arrays.writing import DiskError, atomic_path
from rnnfv.features.words.vector_files import write_word2vec
from rnnfv.rnn.checkpoint import write_checkpoint

noise = np.random.default_rng(0).normal(size=(2000, 60)).astype(np.float32)


def picture(path):
    with atomic_path(path) as temporary:
        Image.fromarray(noise.view(np.uint8)).save(temporary, format="png")


writers = {
    "sequences.h5": lambda path: write_sequences(path, [("a", noise), ("b", noise)], 60),
    "vectors.h5": lambda path: write_vectors(path, list(map(str, range(2000))), [noise], 60),
    "network.pt": lambda path: write_checkpoint(path, {"weights": noise.tolist()}),
    "words.bin": lambda path: write_word2vec(path, list(map(str, range(2000))), noise),
    "facts.json": lambda path: write_json(path, noise.tolist()),
    "picture.png": picture,
}
for folder in map(Path, sys.argv[1:]):
    for name, write in writers.items():
        try:
            write(folder / name)
            print(name, "was written")
        except DiskError as error:
            print(error)
    print(sorted(path.name for path in folder.iterdir()))
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
"""


def test_a_full_disk_and_a_limit_are_said_in_words(tmp_path):
    """By every writer, in a process of its own, which must end well: HDF5 crashed at its end."""
    disk, limited = tmp_path / "disk", tmp_path / "limited"
    disk.mkdir()
    limited.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)]
    if os.getuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk needs the right to mount one")
    try:
        command = [sys.executable, "-c", WRITERS, str(disk), str(limited)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=os.getcwd())
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 14 and lines[6] == lines[13] == "[]"  # nothing is left behind
    for line in lines[:6]:
        assert f"the disk of {disk} is full (needs more than " in line, line
        assert line.endswith("make room and run the same command again."), line
    for line in lines[7:13]:
        assert "ulimit" in line and "needs more than" in line, line


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "is full (needs more than 5.0 GB): make room"),
        (errno.EDQUOT, "your quota"),
        (errno.EIO, "Input/output error"),
        (errno.ENOLCK, "No locks available"),
        (errno.EROFS, "Read-only file system"),
    ],
)
def test_every_trouble_of_a_disk_has_its_words(tmp_path, number, said):
    message = str(disk_problem(OSError(number, "x"), tmp_path / "a.h5", 5 * 10**9))
    assert said in message and str(tmp_path / "a.h5") in message and "same command" in message
    with pytest.raises(DiskError, match=r"a\.h5"), atomic_path(tmp_path / "a.h5"):
        raise OSError(number, "x")
    assert not list(tmp_path.iterdir())


def test_errors_that_are_not_the_disks_stay_as_they_are(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "a.txt"):
        (tmp_path / "input").read_text()
    (tmp_path / "file").touch()
    with pytest.raises(DiskError, match="cannot be written"), atomic_path(tmp_path / "file/a.txt"):
        pass
    with pytest.raises(DiskError, match="too long"), atomic_path(tmp_path / ("x" * 300)):
        pass
    with atomic_path(tmp_path / ("ä" * 120)) as temporary:  # 240 bytes, and room for no more
        temporary.write_text("whole")


def test_what_killed_jobs_left_is_removed_and_what_is_being_written_is_not(tmp_path):
    killed = """
import os, sys
from rnnfv.arrays.writing import atomic_path
with atomic_path(sys.argv[1]) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), 9)
"""
    target = tmp_path / "deep" / "a.h5"
    subprocess.run([sys.executable, "-c", killed, str(target)], cwd=os.getcwd())
    [left] = target.parent.iterdir()
    assert left.read_text() == "half"
    write_json(target, 1)  # the same file again
    assert [path.name for path in target.parent.iterdir()] == ["a.h5"]
    (tmp_path / "deep" / ".b.h5.4711.part").write_text("of another file")
    with atomic_path(tmp_path / "c.h5") as temporary:
        assert [path.name for path in remove_all_stale(tmp_path)] == [".b.h5.4711.part"]
        assert temporary.exists()
    assert (tmp_path / "c.h5").exists()


def test_a_planted_link_is_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    with atomic_path(tmp_path / "a.json") as temporary:
        name = temporary.name
    (tmp_path / name).symlink_to(victim)
    write_json(tmp_path / "a.json", 1)
    remove_all_stale(tmp_path)
    assert victim.read_text() == "precious" and (tmp_path / "a.json").read_text() == "1\n"


def test_files_have_the_users_permissions(tmp_path):
    write_json(tmp_path / "a.json", 1)
    (tmp_path / "plain").touch()
    assert (tmp_path / "a.json").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_writers_of_one_file_do_not_disturb_each_other(tmp_path):
    def write(number):
        for _ in range(50):
            write_json(tmp_path / "a.json", [number] * 1000)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_file_system_without_locks_will_do(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    write_json(tmp_path / "a.json", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_what_is_no_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/null")
    for path in (tmp_path / "pipe", tmp_path / "device", tmp_path):
        with pytest.raises(DiskError, match="this is no file, and is not replaced"):
            write_json(path, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["device", "pipe"]


def test_who_works_alone_is_waited_for(tmp_path):
    target, order = tmp_path / "new" / "data", []

    def work(number):
        with alone(target):
            order.append(number)
            time.sleep(0.01)
            order.append(number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    assert order[::2] == order[1::2] and not list(target.parent.iterdir())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "not enough memory. Give it more"),
        (MemoryError("Unable to allocate 74.5 GiB"), r"memory \(Unable to allocate 74.5 GiB\)"),
        (RuntimeError("CUDA out of memory. Tried"), "memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "memory"),
        (FileNotFoundError(2, "No such file or directory", "/a/b"), "^/a/b: No such file"),
        (OSError(errno.EMFILE, "Too many open files"), "^the output: Too many open files"),
        (RuntimeError("something else"), None),
        (OSError("without a number"), None),
        (KeyError("memory"), None),
    ],
)
def test_what_the_system_refuses_has_its_words(error, said):
    found = system_problem(error)
    assert re.search(said, str(found)) if said else found is None
