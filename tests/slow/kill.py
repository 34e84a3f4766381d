"""Kills of running jobs: ``kill -9`` in every rule, go on, and compare all bytes with a calm run.

    python tests/slow/kill.py --folder /tmp/kills

Not part of the tests: it takes half an hour. It makes the small configuration of the tests. Then,
rule by rule, its jobs are made anew, killed at a random moment, unlocked and started again.
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
import pandas as pd
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


def start(folder, *arguments):
    """A run of the workflow in ``folder``, in a session of its own, which can be killed whole."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", folder, "--cores", "1", "--configfile", folder / "mine.yaml"]
    command = [*map(str, command), "--notemp", *arguments]
    settings = {"start_new_session": True, "env": {**os.environ, "CI": "1"}}
    with open(folder / "printed.txt", "w") as printed:
        return subprocess.Popen(command, stdout=printed, stderr=printed, **settings)


def seconds_until(process, folder, pattern):
    """The seconds until a run prints ``pattern``; None where it ends without."""
    began = time.monotonic()
    while not re.search(pattern, (folder / "printed.txt").read_text(), re.MULTILINE):
        if process.poll() is not None:
            return None
        time.sleep(0.02)
    return time.monotonic() - began


def killed(folder, rule, arguments, shares):
    """Whether a run was killed in a job of ``rule``, after one of these ``shares`` of its time.

    Raises:
        SystemExit: an undisturbed run of the rule, or the one after a kill, fails.
    """
    again, begins = [*arguments, "--until", rule], rf"^(Job \d+:|(local)?rule {rule}:)"
    calm = start(folder, *again, "--forcerun", rule)
    known = seconds_until(calm, folder, begins) is not None
    seconds = seconds_until(calm, folder, "^Finished jobid") if known else None
    failed = calm.wait()
    if not known:
        return False  # not in this configuration
    if failed or seconds is None:
        raise SystemExit(f"{folder}/printed.txt: {rule} failed by itself")
    for share in shares:
        run = start(folder, *again, "--forcerun", rule)
        seconds_until(run, folder, begins)
        time.sleep(share * seconds)
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            shutil.rmtree(folder / ".snakemake" / "locks", ignore_errors=True)  # snakemake --unlock
            if start(folder, *again).wait():
                raise SystemExit(f"{folder}/printed.txt: {rule} failed after a kill")
            return True
    return False


def digests(folder):
    """SHA-256 of every file below ``results``, by path, without the times that ablations take."""
    files = (path for path in sorted((folder / "results").rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(untimed(path)).hexdigest()
        for path in files
    }


def untimed(path):
    """The bytes of a file; of the side experiments' those of all but the measured times."""
    content = path.read_bytes()
    if "ablations" in path.parts:
        return re.sub(rb'"time": [\d.]+', b"", content)
    if path.stem == "ablations":  # whose other files are drawn from its CSV
        return pd.read_csv(path.with_suffix(".csv")).drop(columns="time").to_csv().encode()
    return content


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
    # Of fewer pixels, the features of a plain picture are zeros alone.
    settings["features"]["efficientnet_lite0"]["size"] = 96
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
    """Kill, compare and report; the exit status is 1 where a byte differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="where to work; goes on there")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--rules", nargs="*", help="only these")
    parser.add_argument("--targets", nargs="*", default=TARGETS)
    options = parser.parse_args()
    folder, draw = options.folder, random.Random(options.seed)
    if not folder.exists():
        prepared(folder)
    if start(folder, *options.targets).wait():
        raise SystemExit(f"{folder}/printed.txt: the run failed")
    texts = [path.read_text() for path in sorted((ROOT / "rules").glob("*.smk"))]
    rules = re.findall(r"^(?:use )?rule .*?(\w+)(?: with)?:", "".join(texts), re.M)
    # The picture of the README is drawn from the default data, which takes too long here.
    rules = options.rules or [rule for rule in rules if rule != "draw_order"]
    wanted, different = digests(folder), set()
    for rule in rules:
        reached = killed(folder, rule, options.targets, (draw.uniform(0.5, 0.95), 0.5, 0.2))
        found = digests(folder)
        # What is absent is temporary, and no target needs it any more.
        wrong = {name for name in found if wanted.get(name, found[name]) != found[name]}
        wanted |= {name: found[name] for name in wrong}
        different |= wrong
        print(f"{rule}: {'killed' if reached else 'not reached'}, {sorted(wrong)}", flush=True)
    if start(folder, *options.targets).wait():
        raise SystemExit(f"{folder}/printed.txt: the run failed after the kills")
    print(f"{len(wanted)} files compared, {len(different)} differ")
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
