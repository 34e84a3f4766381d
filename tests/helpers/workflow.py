"""Run the workflow as a user would: in a folder of its own, with a small configuration."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import yaml

from helpers.captions import captioned
from helpers.forked_jobs import LIBRARIES, forked_jobs

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(LIBRARIES)
ROOT = Path(__file__).resolve().parents[2]
POOLINGS = ["mean", "gmm-fv", "rnn-fv", "rnn-hidden", "rnn-fv-untrained", "copy-fv"]
WITHOUT_SEED = ["mean", "copy-fv"]
PCA_ONLY = {"reductions": ["pca"]}
SMALL = {
    "seeds": [0],
    "pca": {"components": 20},
    "gmm": {"components": [1, 2]},
    "rnn": {
        "epochs": 2,
        "n_fc": 16,
        "n_lstm": 16,
        "pca": [10, 20],
        "alpha": [0.5],
        "batch_size": 16,
        "scale": ["none", "unit"],
    },
}


def snakemake(
    folder,
    config=None,
    *arguments,
    targets=("results/table1.csv",),
    cores=2,
    snakefile=ROOT / "Snakefile",
    forked=True,
):
    """Run the workflow in ``folder`` with ``config`` over the default one.

    Args:
        folder: where results go.
        config: keys over the default configuration; None for none. They are written to
            ``mine.yaml``; for a dry run elsewhere, since others may look at the folder, too.
        arguments: more of the command line.
        targets: files or rules to make.
        cores: jobs at a time.
        snakefile: the workflow.
        forked: jobs start as forks, too; see :mod:`helpers.forked_jobs`.

    Returns:
        The finished run, with ``returncode``, ``stdout`` and ``stderr``.
    """
    command = ["--snakefile", snakefile, "--directory", folder, "--cores", cores]
    command += [*targets, *arguments]
    with tempfile.TemporaryDirectory() as name:
        if config is not None:
            settings = (Path(name) if "--dry-run" in arguments else folder) / "mine.yaml"
            settings.write_text(yaml.safe_dump(config))
            command += ["--configfile", settings]
        return run_snakemake(command, folder, forked)


def run_snakemake(command, folder, forked=True):
    """Run Snakemake with arguments, as a fork of a process that has imported it already."""
    command = [str(part) for part in command]
    with tempfile.TemporaryDirectory() as name:
        printed = [Path(name) / "stdout", Path(name) / "stderr"]
        # CI: Snakemake's own messages, whose lines tests look for
        options = (command, folder, {**os.environ, "CI": "1"}, printed, forked)
        process = _SERVER.Process(target=_run_snakemake, args=options)
        process.start()
        process.join()
        texts = [path.read_text() for path in printed]
    return subprocess.CompletedProcess(command, process.exitcode, *texts)


def _run_snakemake(command, folder, environment, printed, forked):
    """Be the command ``snakemake`` in a process of its own."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for descriptor, path in zip((1, 2), printed, strict=True):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o644), descriptor)
    sys.argv = ["snakemake", *command]
    from snakemake.cli import main

    with forked_jobs() if forked else nullcontext():
        main(command)


def succeed(folder, config=None, *arguments, **options):
    done = snakemake(folder, config, *arguments, **options)
    assert done.returncode == 0, done.stderr[-6000:]
    return done.stdout + done.stderr


def tiny(**changes):
    """A configuration of the smallest synthetic data set."""
    settings = {
        "layout": "synthetic",
        "recipe": "loops",
        "scenes": 6,
        "clips_per_class": 1,
        "shards": 2,
    }
    return (
        SMALL
        | {
            "datasets": {"tiny": settings},
            "features": {
                "efficientnet_lite0": {"network": "efficientnet_lite0", "every": 8, "size": 32}
            },
            "table1": {
                "datasets": ["tiny"],
                "features": ["vgg19", "efficientnet_lite0"],
                "poolings": POOLINGS,
            }
            | PCA_ONLY,
        }
        | changes
    )


IDT = {
    "short_side": 72,
    "length": 6,
    "scales": 2,
    "volume": 24,
    "flow": "dis",
    "warped_flow": "compose",
    "components": 2,
    "max_samples": 3000,
}


def fused(**changes):
    """The smallest configuration with all of Table 2: two data sets and a transfer."""
    pairs = {"layout": "synthetic", "recipe": "pairs", "scenes": 3, "clips_per_class": 1}
    settings = tiny(trajectories={"idt": IDT})
    settings["datasets"]["tiny"] |= {"splits": [1, 2]}
    settings["datasets"]["pairs"] = pairs | {"shards": 1, "splits": [1]}
    lite0 = {"feature": "efficientnet_lite0"}
    representations = {
        "PCA": lite0,
        "mean": lite0 | {"pooling": "mean"},
        "GMM": lite0 | {"pooling": "gmm-fv"},
        "iDT": {"trajectories": "idt"},
        "moved": lite0 | {"trained_on": "pairs"},
    }
    rows = {
        "RNN-FV": ["PCA"],
        "mean": ["mean"],
        "GMM": ["GMM"],
        "iDT": ["iDT"],
        "RNN-FV + GMM + iDT": ["PCA", "GMM", "iDT"],
        "moved": ["moved"],
    }
    default = yaml.safe_load((ROOT / "config.yaml").read_text())["table2"]["rows"]
    rows = dict.fromkeys(default) | rows  # null takes a default row away
    table = {"datasets": ["tiny"], "representations": representations, "rows": rows}
    return settings | {"table2": table} | changes


def everything(**changes):
    """One configuration of Tables 1 to 3 and of the side experiments, for one run of all."""
    shared = {"dataset": "tiny", "feature": "efficientnet_lite0", "pca": 10, "splits": [1]}
    other = {"name": "other network", "n_lstm": 8, "stride": 2}
    rows = [{"name": "reference"}, {"name": "hidden", "pooling": "hidden"}, other]
    ablations = shared | {"changes": rows}
    return fused(ablations=ablations, keep_vectors=True) | captioned() | changes


def planned(folder, config, target="results/table1.csv"):
    """The rules that would run."""
    text = succeed(folder, config, "--dry-run", targets=[target])
    if "Nothing to be done" in text:
        return set()
    table = text.split("Job stats:")[1].split("total")[0]
    return {line.split()[0] for line in table.splitlines()[3:] if line.strip()}
