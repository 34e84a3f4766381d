"""Kills of running jobs: ``kill -9`` in every script, go on, and compare all bytes with a calm run.

    python tests/slow/kill.py --folder /tmp/kills

Not part of the tests: it takes half an hour. It makes the small configuration of the tests twice,
once undisturbed. The other run is killed, with all its jobs, at a random moment of a job of every
script; then it is unlocked and started again.
"""

import argparse
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from helpers.archives_and_server import write_sources, zipped  # noqa: E402
from helpers.captions import DEFAULT, write_captions  # noqa: E402
from helpers.workflow import everything  # noqa: E402

from rnnfv.arrays.sequences import write_sequences  # noqa: E402
from rnnfv.data.manifests.table import write_manifest  # noqa: E402
from rnnfv.data.synthetic.actions.dataset import dataset_manifest, render_clips  # noqa: E402

TARGETS = ["all_tables", "data", "results/ablations.csv", "results/actions/tiny/preview.png"]
TARGETS += ["results/captions/shapes/preview.png", "results/models/table3/cca+MM-ENS.rnnfv"]
TARGETS += ["results/models/table1/tiny-efficientnet_lite0-pca-rnn-fv-split1.rnnfv"]

SCRIPT = re.compile(r"\.snakemake/scripts/tmp\w+\.(\w+)\.py")
TARGETS = ["all_tables", "data", "results/ablations.csv", "results/actions/tiny/preview.png"]
TARGETS += ["results/captions/shapes/preview.png", "results/models/table3/cca+MM-ENS.rnnfv"]
TARGETS += ["results/models/table1/tiny-efficientnet_lite0-pca-rnn-fv-split1.rnnfv"]

EVENT = re.compile(r"^(?:(?:local)?rule (\w+):|Finished jobid)", re.MULTILINE)
"""The beginning of a job, which has a rule, or the end of one."""


def start(folder, *arguments):
    """A run of the workflow in ``folder``, in a session of its own, which can be killed whole."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", folder, "--cores", "1", "--configfile", folder / "mine.yaml"]
    with open(folder / "printed.txt", "w") as printed:
        streams = {"stdout": printed, "stderr": printed}
        return subprocess.Popen(
            [*map(str, [*command, *arguments])], start_new_session=True, **streams
        )


def running(process):
    """The script of the job that a run is at, and its process; None between jobs."""
    try:
        for child in psutil.Process(process.pid).children(recursive=True):
            if found := SCRIPT.search(" ".join(child.cmdline())):
                return found[1], child.pid
    except psutil.Error:
        pass  # it has just ended
    return None


def jobs_of(process):
    """The job that a run is at while it goes on, and the seconds since it was first seen."""
    job, since = None, 0.0
    while process.poll() is None:
        if (now := running(process)) != job:
            job, since = now, time.monotonic()
        if job:
            yield job, time.monotonic() - since
        time.sleep(0.02)


def durations(process):
    """The seconds that the shortest job of every script takes, until the run ends."""
    shortest = {}
    for (script, _), seconds in dict(jobs_of(process)).items():
        shortest[script] = min(shortest.get(script, seconds), seconds)
    return shortest


def kill_in_a_script(process, left, draw):
    """Kill a run in one of the scripts ``left``, at any moment of a job; None: there was none."""
    moments = {script: draw.uniform(0, 0.9) * seconds for script, seconds in left.items()}
    for (script, _), seconds in jobs_of(process):
        if script in left and seconds >= moments[script]:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return script
    return None


def digests(folder):
    """SHA-256 of every file below ``results``, by path."""
    files = (path for path in sorted((folder / "results").rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def configuration():
    """The tests' configuration, with videos, sequences, pictures and an archive beside it."""
    drawn = {"layout": "synthetic", "style": "flat", "pictures": 60, "shards": 1}
    pictures = {"captions": "shapes", "feature": "efficientnet_lite0", "words": "w2v"}
    combinations = dict.fromkeys(DEFAULT) | {"cca + MM-ENS": None}
    retrieval = pictures | {"models": ["MeanVector"], "combinations": combinations}
    settings = everything(table4=retrieval, table5=retrieval)
    videos = {"layout": "folders", "videos": "data/videos", "splits": [1], "shards": 1}
    sequences = {"layout": "manifest", "manifest": "data/own.csv", "splits": [1]}
    settings["datasets"] |= {"mine": videos, "own": sequences | {"sequences": {"p": "data/p.h5"}}}
    settings["table1"]["datasets"] = ["tiny", "mine", "own"]
    settings["captions"] |= {"shapes": drawn}
    settings["corpora"] |= {"wiki": {"format": "gensim_wikipedia", "sentences": 300}}
    return settings | {
        "data": {"root": "data", "sources": "data/sources.csv", "groups": ["things"]}
    }


def prepared(folder):
    """The folder with the configuration and its data in it."""
    data, rng = folder / "data", np.random.default_rng(0)
    write_captions(data, rng)
    clips = dataset_manifest("loops", 4, 1, 0)
    clips = clips[clips["label"].isin(sorted(set(clips["label"]))[:2])]
    render_clips("loops", clips["id"], data / "videos", 0)
    write_manifest(data / "own.csv", clips.drop(columns=["path", "split2", "split3"]))
    write_sequences(data / "p.h5", ((name, rng.normal(size=(9, 25))) for name in clips["id"]), 25)
    (data / "downloads").mkdir()
    (data / "downloads" / "things.zip").write_bytes(zipped({"a.txt": b"a"}))
    row = dict.fromkeys(("name", "group"), "things") | {"file": "things.zip", "kind": "zip"}
    row |= {"into": "things/", "gated": "yes", "instructions": "It is there."}
    write_sources(data / "sources.csv", [row])
    (folder / "mine.yaml").write_text(yaml.safe_dump(configuration()))
    return folder


def main():
    """Kill, compare and report; the exit status is 1 where a byte differs or a part is left."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="where to work; not there yet")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("targets", nargs="*", default=TARGETS)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    calm, disturbed = (prepared(options.folder / name) for name in ("calm", "disturbed"))
    run = start(calm, "--notemp", *options.targets)
    left, killed = durations(run), []
    if run.wait():
        raise SystemExit(f"{calm}/printed.txt: the run failed")
    while left:
        again = start(disturbed, "--notemp", *options.targets)
        script = kill_in_a_script(again, left, draw)
        if script is None:
            break
        killed.append(script)
        del left[script]
        print(f"{script}: killed", flush=True)
        shutil.rmtree(disturbed / ".snakemake" / "locks")  # as snakemake --unlock
    if start(disturbed, "--notemp", *options.targets).wait():
        raise SystemExit(f"{disturbed}/printed.txt: the run failed")
    wanted, found = digests(calm), digests(disturbed)
    different = [name for name in sorted({*wanted, *found}) if wanted.get(name) != found.get(name)]
    print(f"{len(killed)} kills, not reached: {', '.join(left) or 'no script'}")
    print(f"{len(wanted)} files compared:", "different or left over" if different else "all agree")
    print("\n".join(different))
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
