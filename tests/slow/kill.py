"""Kills of running jobs: ``kill -9`` in every rule, go on, and compare all bytes with a calm run.

    python tests/slow/kill.py --folder /tmp/kills

Not part of the tests: it takes half an hour. It makes the small configuration of the tests twice,
once undisturbed. The other run is killed, with all its jobs, at a random moment of a job of every
rule; then it is unlocked and started again.
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
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from helpers.archives_and_server import write_sources, zipped  # noqa: E402
from helpers.captions import DEFAULT, write_captions  # noqa: E402
from helpers.workflow import everything  # noqa: E402

from rnnfv.arrays.sequences import write_sequences  # noqa: E402
from rnnfv.data.manifests.table import write_manifest  # noqa: E402
from rnnfv.data.synthetic.actions.dataset import dataset_manifest, render_clips  # noqa: E402

MODELS = ["table1/tiny/efficientnet_lite0/pca-rnn-fv-split1", "table3/cca+MM-ENS"]
MODELS += ["table2/tiny/rnn-fv-gmm-idt-split1", "table2/tiny/moved-split2"]
TARGETS = ["all_tables", "data", "all_provenance", "results/ablations.csv"]
TARGETS += [f"results/{name}/preview.png" for name in ("actions/tiny", "captions/shapes")]
TARGETS += [f"results/models/{name}.rnnfv" for name in MODELS]

EVENT = re.compile(r"^(?:(?:local)?rule (\w+):|Finished jobid)", re.MULTILINE)
"""The beginning of a job, which has a rule, or the end of one."""


def start(folder, *arguments):
    """A run of the workflow in ``folder``, in a session of its own, which can be killed whole."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", folder, "--cores", "1", "--configfile", folder / "mine.yaml"]
    command = [*map(str, command), "--notemp", *arguments]
    settings = {"start_new_session": True, "env": {**os.environ, "CI": "1"}}
    with open(folder / "printed.txt", "w") as printed:
        return subprocess.Popen(command, stdout=printed, stderr=printed, **settings)


def jobs_of(process, folder):
    """(number, rule, seconds) of the job that a run is at, again and again while it goes on."""
    number, since = 0, 0.0
    while process.poll() is None:
        events = EVENT.findall((folder / "printed.txt").read_text())
        if len(events) != number:
            number, since = len(events), time.monotonic()
        if events and events[-1]:
            yield number, events[-1], time.monotonic() - since
        time.sleep(0.05)


def durations(process, folder):
    """The seconds that the shortest job of every rule takes, until the run ends."""
    jobs = {(number, rule): seconds for number, rule, seconds in jobs_of(process, folder)}
    shortest = {}
    for (_, rule), seconds in jobs.items():
        shortest[rule] = min(shortest.get(rule, seconds), seconds)
    return shortest


def kill_in_a_rule(process, folder, left, draw):
    """Kill a run in a job of one of the rules ``left``; None: there was none.

    The moment is a random one of the second half, since a job first starts Python and imports.
    """
    moments = {rule: draw.uniform(0.5, 0.95) * seconds for rule, seconds in left.items()}
    for _, rule, seconds in jobs_of(process, folder):
        if rule in left and seconds >= moments[rule]:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return rule
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
    settings["transfer"] = {"captions": "shapes", "words": "w2v", "model": "MM-ENS"}
    by_cca = {"feature": "efficientnet_lite0", "reduction": "cca", "pooling": "mean"}
    settings["table2"]["representations"]["CCA"] = by_cca
    settings["table2"]["rows"]["CCA"] = ["CCA"]
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
    run = start(calm, *options.targets)
    left, killed = durations(run, calm), []
    if run.wait():
        raise SystemExit(f"{calm}/printed.txt: the run failed")
    forced, tries = [], 3
    while left and tries:
        again = start(disturbed, *options.targets, *forced)
        if rule := kill_in_a_rule(again, disturbed, left, draw):
            killed.append(rule)
            del left[rule]
            print(f"{rule}: killed", flush=True)
            shutil.rmtree(disturbed / ".snakemake" / "locks")  # as snakemake --unlock
        else:  # jobs took less time than in the calm run
            forced, tries = ["--forcerun", *left], tries - 1
    if start(disturbed, *options.targets).wait():
        raise SystemExit(f"{disturbed}/printed.txt: the run failed")
    wanted, found = digests(calm), digests(disturbed)
    different = [name for name in sorted({*wanted, *found}) if wanted.get(name) != found.get(name)]
    print(f"{len(killed)} rules killed, not reached: {', '.join(left) or 'none of the run'}")
    print(f"{len(wanted)} files compared:", "different or left over" if different else "all agree")
    print("\n".join(different))
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
