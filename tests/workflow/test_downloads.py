"""From a table of sources to manifests, without the internet: `data`, `check`, and data sets that
ask for their archives."""

import json
import shutil
import time
from pathlib import Path

import pytest
from helpers.archives_and_server import (
    FOLDER,
    LINK,
    Served,
    rar4,
    rar5,
    serve,
    sha256,
    write_sources,
    zipped,
)
from helpers.configurations import configured, ready_made
from helpers.workflow import snakemake, succeed, tiny

from rnnfv.data.download.reporting import report as write_report
from rnnfv.data.download.reporting import state_of
from rnnfv.data.download.sources import needed_by, read_sources
from rnnfv.errors import InputError
from rnnfv.planning.sources import configured_files, sources_needed, tables_of_files

ROOT = Path(__file__).resolve().parents[2]
CLASSES = ("ApplyEyeMakeup", "BenchPress")
PAPER = {"ucf101", "hmdb51", "c3d", "flickr8k", "flickr30k", "coco", "karpathy", "words", "leipzig"}
LISTS, SPLITS = "ucfTrainTestlist/", "testTrainMulti_7030_splits/"
MANIFESTS = ["results/actions/UCF101/listed.csv", "results/actions/HMDB51/listed.csv"]


@pytest.fixture
def clips(request):
    """Two clips of two classes of UCF101: real ones where there are, else bytes."""
    names = [f"v_{label}_g01_c0{i}.avi" for label in CLASSES for i in (1, 2)]
    try:
        folder = request.getfixturevalue("real_data") / "ucf101_sample"
        return {name: (folder / name).read_bytes() for name in names}
    except pytest.skip.Exception:
        return {name: name.encode() * 1000 for name in names}


@pytest.fixture
def world(clips, tmp_path):
    """A server with archives of the shape of UCF101's and HMDB51's, and a table that names them."""
    paths = {name: f"{name.split('_')[1]}/{name}" for name in clips}
    videos = {"UCF-101/": FOLDER} | {f"UCF-101/{paths[name]}": clips[name] for name in clips}
    train, test = ([paths[name] for name in clips if f"c0{i}" in name] for i in (1, 2))
    lists = {
        "classInd": [f"{i} {name}" for i, name in enumerate(CLASSES, 1)],
        "trainlist01": [f"{path} {i}" for i, path in enumerate(train, 1)],
        "testlist01": test,
    }
    lists = {f"{LISTS}{name}.txt": "\n".join(lines).encode() for name, lines in lists.items()}
    inner, splits = {}, {}
    for name in ("cartwheel", "pour"):
        one, two = (f"{film}_{name}_u_nm_np1_fr_med_0.avi" for film in ("One", "Two"))
        inner[f"{name}.rar"] = rar4({f"{name}/{clip}": clip.encode() * 99 for clip in (one, two)})
        splits[f"{SPLITS}{name}_test_split1.txt"] = f"{one} 1 \n{two} 2 \n".encode()
    rows = [
        ("ucf101_videos", "UCF101.rar", "rar", "UCF-101/", "UCF-101/", "*.avi=4 folders=2"),
        ("ucf101_lists", "lists.zip", "zip", LISTS, LISTS, "*.txt=3"),
        ("hmdb51_videos", "hmdb51_org.rar", "rar-in-rar", "", "hmdb51/", "*.avi=4 folders=2"),
        ("hmdb51_lists", "splits.rar", "rar", SPLITS, SPLITS, "*.txt=2"),
    ]
    bodies = rar4(videos), zipped(lists), rar5(inner), rar5(splits)
    served = {f"/{row[1]}": Served(body) for row, body in zip(rows, bodies, strict=True)}
    with serve(served) as (address, requests):
        table = []
        for values, body in zip(rows, bodies, strict=True):
            row = dict(
                zip(("name", "file", "kind", "take", "into", "expected"), values, strict=True)
            )
            row |= {"group": row["name"].split("_")[0], "url": f"{address}/{row['file']}"}
            row |= {"gated": "no", "checksums": f"sha256:{sha256(body)}", "bytes": len(body)}
            table.append(row | dict.fromkeys(("licence", "evidence"), "made by a test"))
        write_sources(tmp_path / "sources.csv", table)
        yield served, requests, table


def config(**data):
    """Data sets that ask for their archives."""
    common = {"splits": [1], "check_counts": False, "shards": 1}
    ucf = {"layout": "ucf101", "videos": "data/UCF-101", "lists": f"data/{LISTS}"}
    hmdb = {"layout": "hmdb51", "videos": "data/hmdb51", "lists": f"data/{SPLITS}"}
    ucf, hmdb = ucf | {"source": "ucf101"}, hmdb | {"source": ["hmdb51"]}
    return tiny(
        datasets={"UCF101": ucf | common, "HMDB51": hmdb | common},
        table1=tiny()["table1"] | {"datasets": ["UCF101", "HMDB51"]},
        data={"sources": "sources.csv", "backoff": 0.01, "attempts": 2} | data,
    )


def files(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def next_command(printed):
    [command] = [line for line in printed.splitlines() if line.startswith("Next: ")]
    return command.removeprefix("Next: ")


@pytest.mark.slow
def test_archives_become_manifests_and_a_second_run_touches_nothing(world, tmp_path, clips):
    served, requests, _ = world
    started = time.monotonic()
    printed = succeed(tmp_path, config(), targets=["check"])
    assert time.monotonic() - started < 30
    report = (tmp_path / "results/check.txt").read_text()
    assert report in printed
    first = next(line for line in report.splitlines() if line.startswith("*"))
    assert first.split()[1:4] == ["ucf101_videos", "ucf101", "MISSING"]
    assert "made by a test" in first and "4 of 4 are missing" in report
    assert all(fact in report for fact in ("disk free at data", "cores", "GPU"))
    assert next_command(report).startswith("snakemake data --snakefile ")
    assert next_command(report).endswith(f" --configfile {tmp_path}/mine.yaml")
    planned = succeed(tmp_path, config(), "--dry-run")  # all of Table 1, with nothing there
    assert "downloading hmdb51_videos" in planned and "table1" in planned
    assert not (tmp_path / "data").exists()

    served["/UCF101.rar"].cuts = [5000]  # and goes on
    succeed(tmp_path, config(), targets=MANIFESTS, forked=False)
    ucf = (tmp_path / MANIFESTS[0]).read_text().splitlines()
    path = "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi"
    assert ucf[1] == f"{path},{path},ApplyEyeMakeup,ApplyEyeMakeup_g01,train"
    assert len(ucf) == 5 and len((tmp_path / MANIFESTS[1]).read_text().splitlines()) == 5
    for name, data in clips.items():
        assert (tmp_path / "data/UCF-101" / name.split("_")[1] / name).read_bytes() == data
    assert len(list((tmp_path / "data/hmdb51").glob("*/*.avi"))) == 4
    assert ("/UCF101.rar", "bytes=5000-", '"1"') in requests
    marker = json.loads((tmp_path / "data/.unpacked/hmdb51_videos.json").read_text())
    assert marker["counts"] == {"*.avi": 4, "folders": 2}
    assert marker["archive"]["checked"] == "published sha256"

    before, asked = files(tmp_path / "data"), len(requests)
    targets = [*MANIFESTS, "data", "data_ucf101"]
    assert "Nothing to be done" in succeed(tmp_path, config(), targets=targets)
    assert files(tmp_path / "data") == before
    forced = ["--forcerun", "download"]
    succeed(tmp_path, config(), *forced, targets=["data_hmdb51", "check"])
    after = files(tmp_path / "data")
    assert len(requests) == asked  # all is in place: nothing is fetched
    changed = {path.name for path in after if after[path] != before.get(path)}
    assert changed == {"hmdb51_videos.json", "hmdb51_lists.json"}
    report = (tmp_path / "results/check.txt").read_text()
    assert "MISSING" not in report and "All that this configuration asks for is there." in report
    assert next_command(report).startswith("snakemake results/table1.csv --snakefile ")
    assert next_command(report).endswith(f" --configfile {tmp_path}/mine.yaml")
    shutil.rmtree(tmp_path / "data/UCF-101")
    sources = read_sources(tmp_path / "sources.csv")
    states = {name: state_of(row, tmp_path / "data") for name, row in sources.items()}
    commands = {"data": "get it", "tables": "go on"}
    text = write_report(sources.values(), states, list(sources), tmp_path / "data", commands)
    assert "1 of 4 are missing" in text and "Next: get it --forcerun download\n" in text


@pytest.mark.slow
def test_what_a_user_has_is_left_in_peace(world, tmp_path):
    _, requests, _ = world
    mine = tmp_path / "data/UCF-101/ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    before = mine.stat().st_mtime_ns
    succeed(tmp_path, config(groups=["ucf101"], keep_archives=False), targets=["data"])
    assert [path for path, _, _ in requests] == ["/lists.zip"]
    assert mine.read_bytes() == b"mine" and mine.stat().st_mtime_ns == before
    marker = json.loads((tmp_path / "data/.unpacked/ucf101_videos.json").read_text())
    assert marker["found"] and marker["notes"] == ["1 *.avi instead of 4", "1 folders instead of 2"]
    [left] = (tmp_path / "data/downloads").iterdir()
    assert left.name == "lists.zip.sha256"  # the archive is gone
    row = read_sources(tmp_path / "sources.csv")["ucf101_videos"]
    state = state_of(row, tmp_path / "data")
    assert state == "there, but 1 *.avi instead of 4; 1 folders instead of 2"


def test_check_of_the_default_run_needs_nothing(tmp_path):
    printed = succeed(tmp_path, targets=["check"])
    assert "This configuration needs no download." in printed
    here = f"--snakefile {ROOT}/Snakefile --directory {tmp_path}"
    assert next_command(printed) == f"snakemake results/table1.csv {here}"


@pytest.mark.slow
def test_gated_and_partial_sources_are_shown_and_stop_with_instructions(world, tmp_path):
    served, _, table = world
    told = "Ask at https://example.org/form. Put it at data/downloads."
    table[1] |= {"gated": "yes", "url": "", "instructions": told}
    write_sources(tmp_path / "sources.csv", table)
    served["/UCF101.rar"].cuts = [len(served["/UCF101.rar"].body) // 2, 0]
    done = snakemake(tmp_path, config(), "--keep-going", targets=["data_ucf101"])
    assert done.returncode != 0
    by_hand = "lists.zip is not for automatic download. Ask at https://example.org/form."
    assert f"ucf101_lists: {by_hand}" in done.stderr
    assert "ucf101_videos: UCF101.rar could not be had from any of its addresses" in done.stderr
    assert "Traceback" not in done.stderr
    report = succeed(tmp_path, config(), targets=["check"])
    assert "50 % downloaded" in report and "MISSING, by hand" in report
    assert "By hand, ucf101_lists: Ask at https://example.org/form." in report


def test_an_archive_with_a_link_stops_with_a_message(world, tmp_path):
    served, _, table = world
    evil = rar4({"UCF-101/a.avi": b"a", "UCF-101/link": LINK})
    served["/UCF101.rar"].body = evil
    table[0] |= {"checksums": "", "bytes": len(evil)}
    write_sources(tmp_path / "sources.csv", table)
    done = snakemake(tmp_path, config(), targets=["data_ucf101"])
    assert done.returncode != 0 and "UCF-101/link is a link" in done.stderr
    assert not (tmp_path / "data/UCF-101").exists()


def test_a_wrong_configuration_is_told(world, tmp_path):
    done = snakemake(tmp_path, config(groups=["ucf102"]), "--dry-run")
    message = "'ucf102' is no group of the table of sources; there are hmdb51, ucf101"
    assert f"Configuration: data.groups: {message}" in done.stderr + done.stdout
    assert done.returncode != 0
    settings = {
        "datasets": {"x": {"source": ["nothing"]}},
        "captions": {},
        "data": {"root": "data"},
    }
    with pytest.raises(InputError, match=r"datasets\.x\.source: 'nothing' is no group"):
        sources_needed(settings, read_sources(tmp_path / "sources.csv"))
    with pytest.raises(InputError, match=r"absent\.csv: no such file\. Check data\.sources"):
        read_sources(tmp_path / "absent.csv")


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (["paper"], PAPER | {"vgg19_caffe"}),
        (["paper", "paper-torchvision"], PAPER | {"vgg19"}),
        ([], set()),
    ],
)
def test_ready_made_configurations_and_the_table_agree(names, groups):
    """Every path of theirs is made by a source, and `data` gets just these groups."""
    settings = configured(*map(ready_made, names))
    sources = read_sources(ROOT / "data" / "sources.csv")
    assert {sources[name].group for name in sources_needed(settings, sources)} == groups
    for path in configured_files(settings):
        assert needed_by([path], sources.values(), "data"), path


@pytest.mark.parametrize(
    ("names", "tables"),
    [([], ["table1"]), (["paper"], [f"table{number}" for number in range(1, 6)])],
)
def test_the_next_command_is_for_the_tables_of_real_data(names, tables):
    settings = configured(*map(ready_made, names))
    found = [path for path in tables_of_files(settings) if "ablations" not in path]
    assert found == [f"results/{table}.csv" for table in tables]
