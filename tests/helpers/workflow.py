"""Run the workflow as a user would: in a folder of its own, with a small configuration."""

import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
POOLINGS = ["mean", "gmm-fv", "rnn-fv", "rnn-hidden", "rnn-fv-untrained"]
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
    },
}


def snakemake(folder, config=None, *arguments, targets=("results/table1.csv",), cores=2):
    """Run the workflow in ``folder`` with ``config`` over the default one; return the finished process."""
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        ROOT / "Snakefile",
        "--directory",
        folder,
    ]
    command += ["--cores", str(cores), *targets, *arguments]
    if config is not None:
        (folder / "mine.yaml").write_text(yaml.safe_dump(config))
        command += ["--configfile", folder / "mine.yaml"]
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, cwd=folder, check=False
    )


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


def planned(folder, config, target="results/table1.csv"):
    """Which rules would run."""
    text = succeed(folder, config, "--dry-run", targets=[target])
    if "Nothing to be done" in text:
        return set()
    table = text.split("Job stats:")[1].split("total")[0]
    return {line.split()[0] for line in table.splitlines()[3:] if line.strip()}
