"""Last steps of the default run, made again of what it left; prints how many items are right.

    PYTHONPATH=. python tests/helpers/default_run.py RESULTS

Of Table 1 the classification of a split, with the networks that were trained. Of Table 5 retrieval
by the mean and by the mixtures that were fitted. What is printed is JSON: method and measure to a
number for every seed.
"""

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import torch

from rnnfv.evaluation.retrieval import evaluate
from rnnfv.experiments.captions import load_parts
from rnnfv.experiments.classification import classify, read_split, with_networks
from rnnfv.experiments.representations import representation
from rnnfv.experiments.retrieval import fit_common_space
from rnnfv.planning.actions import pooling_settings
from rnnfv.planning.sentences import settings_for
from tests.helpers.configurations import configured

CONFIG = configured()
DATA_SET = "actions/synthetic-pairs"
SPLIT = f"{DATA_SET}/efficientnet_lite0/pca/split1"
CAPTIONS = "captions/shapes-outlined"


def classification(results):
    """Right test items of split 1, by every pooling of Table 1."""
    seeds = CONFIG["seeds"]
    data = read_split(results / SPLIT / "sequences.h5", results / DATA_SET / "manifest.csv", 1)
    runs = [results / SPLIT / f"rnn/seed{seed}" for seed in seeds]
    files = ([run / name for run in runs] for name in ("network.pt", "choice.json"))
    data = with_networks(data, seeds, *files)
    for pooling in CONFIG["table1"]["poolings"]:
        measured, _ = classify(data, pooling, pooling_settings(CONFIG), seeds)
        tested = measured["counts"]["test"]
        yield pooling, [round(run["accuracy"] * tested) for run in measured["seeds"]]


def retrieval(results):
    """Queries of the first seed whose answer is among the first 1, 5 or 10."""
    home, words = results / CAPTIONS, results / CAPTIONS / "words/w2v/seed0"
    files = {name: home / f"{name}.csv" for name in ("images", "sentences")}
    files |= {"vectors": home / "efficientnet_lite0/images.h5", "words": words / "table.h5"}
    parts = "train", "val", "test"
    _, (train, val, test) = load_parts(SimpleNamespace(**files), parts, reverse=False)
    counts = {"annotation": len(test.images), "search": len(test.sentences)}
    for model in "MeanVector", "GMM-FV", "MM-ENS":
        settings = settings_for(CONFIG, model, "projection")
        mixtures = {"mixtures": words / "mixtures.h5"}
        represent = representation(settings, 0, train.sentences, **mixtures)
        space, _ = fit_common_space(represent, train, val, settings["eta"], settings["components"])
        found = evaluate(*space.project(test), test.image_of)
        for task, count in counts.items():
            for measure in (f"{task}_r{k}" for k in (1, 5, 10)):
                yield f"{model}, {measure}", [round(found[measure] * count / 100)]


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    with redirect_stdout(sys.stderr):
        right = dict([*classification(folder), *retrieval(folder)])
    print(json.dumps(right))
