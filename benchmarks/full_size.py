"""The workflow itself at the paper's size, on synthetic features: what every rule really takes.

    python benchmarks/full_size.py ucf101                  # hours
    python benchmarks/full_size.py flickr30k               # more hours
    python benchmarks/full_size.py ucf101 --scale 0.1      # a tenth of the clips and classes
    python benchmarks/full_size.py ucf101 --report         # what has been measured so far

ucf101 is one split of Table 1 with every pooling and ten epochs, flickr30k one model with three
etas; all else is as in config/paper.yaml. Inputs are written once. Stop a run when you like: the
same command goes on. It ends with the time on the wall, the CPU's and the peak memory of every
rule, beside what a dry run would forecast for the full size, and the ratio of both. Of a rule that
was stopped it is what followed.
"""

import argparse
import csv
import os
import subprocess
import sys
from pathlib import Path

import full_size_data as data
import yaml
from snakemake.utils import update_config, validate

from rnnfv.planning.forecast import Job, hours, read_costs, read_sizes

ROOT = Path(__file__).resolve().parents[1]
EPOCHS, MEMORY = 10, 20_000
LINE = "{:20} {:>9} {:>9} {:>8} {:>13} {:>6}"
SHARED = {"device": "cpu", "seeds": [0]}
UCF101 = {
    "datasets": {
        "UCF101-size": {
            "layout": "manifest",
            "manifest": "manifest.csv",
            "sequences": {"synthetic": "features.h5"},
            "splits": [1],
        }
    },
    "table1": {
        "datasets": ["UCF101-size"],
        "poolings": ["mean", "gmm-fv", "rnn-fv", "rnn-hidden", "rnn-fv-untrained"],
    },
    "rnn": {"epochs": EPOCHS, "patience": 0},
}
FLICKR30K = {
    "captions": {
        "Flickr30k-size": {
            "layout": "files",
            "captions": "captions.token",
            "splits": {part: f"{part}.txt" for part in data.IMAGES},
            "vectors": {"synthetic": "images.h5"},
        }
    },
    "words": {"synthetic": {"path": "words.bin"}},
    "sentences": {"eta": [0.0001, 0.001, 0.01], "epochs": EPOCHS, "evaluate_every": EPOCHS},
}
RUNS = {"ucf101": UCF101, "flickr30k": FLICKR30K}
TARGETS = {
    "ucf101": "results/table1.csv",
    "flickr30k": "results/captions/Flickr30k-size/synthetic/synthetic/w2v/seed0/projected.h5",
}
# Wildcards of the paper's configuration, whose data sets have sizes that a forecast knows.
SIZED = {
    "ucf101": {"dataset": "UCF101", "feature": "vgg19"},
    "flickr30k": {
        "captions": "Flickr30k",
        "feature": "vgg19",
        "words": "GoogleNews",
        "model": "w2v",
    },
}


def prepare(name, folder, scale, lists):
    """Write the inputs, unless they are there, and the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "own.yaml").write_text(yaml.safe_dump(SHARED | RUNS[name]))
    if name == "ucf101" and not (folder / "manifest.csv").is_file():
        data.make_videos(folder, scale, lists)
    if name == "flickr30k" and not (folder / "captions.token").is_file():
        data.make_captions(folder, scale)


def snakemake(name, folder, *options, **settings):
    """Call Snakemake in the folder, on one core and one thread."""
    command = ["snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder]
    command += ["--configfile", ROOT / "config" / "paper.yaml", folder / "own.yaml"]
    command += ["--cores", 1, "--resources", f"mem_mb={MEMORY}", *options, "--", TARGETS[name]]
    one = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    return subprocess.run([str(part) for part in command], env=os.environ | one, **settings)


def measured(name, folder):
    """Yield ``rule, seconds, CPU seconds, peak in MB`` of what is done; every rule has one job."""
    done = snakemake(name, folder, "--summary", capture_output=True, text=True, check=True)
    rows = csv.DictReader(done.stdout.splitlines(), delimiter="\t")
    for rule, log in {row["rule"]: row["log-file(s)"] for row in rows}.items():
        path = (folder / log).with_suffix(".tsv")
        if path.is_file():
            yield rule, *map(float, path.read_text().splitlines()[1].split("\t"))


def forecast_of(name):
    """Maps a rule to the CPU seconds that are forecast for a job of it; None where unknown."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    for settings in yaml.safe_load((ROOT / "config" / "paper.yaml").read_text()), RUNS[name]:
        update_config(config, settings)
    validate(config, str(ROOT / "config" / "schema.yaml"))
    costs = read_costs(ROOT / "data" / "costs.csv")
    sizes = read_sizes(ROOT / "data" / "sizes.csv")

    def seconds(rule):
        found = hours(Job(rule, "", SIZED[name]), config, costs, sizes)
        return found and 3600 * found[0]

    return seconds


def report(name, folder):
    """Print a line for every rule that has run."""
    forecast = forecast_of(name)
    print(f"\n{name}: {data.counts(folder)}; forecasts are for the full size\n")
    print(LINE.format("rule", "wall s", "CPU s", "peak GB", "forecast CPU", "ratio"))
    for rule, wall, cpu, peak in measured(name, folder):
        expected = forecast(rule)
        cells = f"{wall:,.0f}", f"{cpu:,.0f}", f"{peak / 1000:.1f}"
        known = (f"{expected:,.0f}", f"{cpu / expected:.2f}") if expected else ("", "")
        print(LINE.format(rule, *cells, *known).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=RUNS, metavar="|".join(RUNS))
    parser.add_argument("--scale", type=float, default=1, help="share of clips or images")
    parser.add_argument("--lists", type=Path, help="folder of UCF101's official lists")
    parser.add_argument("--folder", type=Path, default=Path("results/full_size"), help="where")
    parser.add_argument("--report", action="store_true", help="only print what was measured")
    options = parser.parse_args()
    folder = (options.folder / f"{options.name}-{options.scale:g}").resolve()
    code = 0
    if options.report and not folder.is_dir():
        parser.error(f"{folder}: nothing has run there")
    if not options.report:
        prepare(options.name, folder, options.scale, options.lists)
        code = snakemake(options.name, folder).returncode
    report(options.name, folder)
    sys.exit(code)


if __name__ == "__main__":
    main()
