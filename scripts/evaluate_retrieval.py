"""Retrieval of a table's test items by every model and every combination of models, for every seed and protocol."""

import json
from pathlib import Path

import numpy as np
from job import run

from rnnfv.errors import InputError
from rnnfv.items import read_table
from rnnfv.progress import progress
from rnnfv.retrieval import combine, evaluate_protocol, order_accuracy
from rnnfv.retrieval_data import read_projected


def read_models(paths):
    """Map model and seed to projected test items; all have the same items in the same order."""
    found = {}
    for path in paths:
        model, seed = Path(path).parts[-3], int(Path(path).parts[-2].removeprefix("seed"))
        found[model, seed] = read_projected(path)
        first = next(iter(found.values()))
        if (found[model, seed].images, found[model, seed].sentences) != (first.images, first.sentences):
            raise InputError(f"{path}: other test items than the first model's. Remove it and run again.")
    return found


def main(snakemake):
    methods = snakemake.params.methods  # name: its models
    projected = read_models(snakemake.input.projected)
    first = next(iter(projected.values()))
    partners = read_table(snakemake.input.partners).set_index("image")["partner"].to_dict()
    place = {name: i for i, name in enumerate(first.images)}
    partner = np.array([place.get(partners.get(name, ""), -1) for name in first.images])
    records = []
    for method, members in progress(methods.items(), "methods", len(methods)):
        seeds = sorted({seed for model, seed in projected if model in members and model in snakemake.params.seeded})
        for seed in seeds or [0]:
            used = [projected[model, seed if model in snakemake.params.seeded else 0] for model in members]
            images, sentences = combine([(items.image_vectors, items.sentence_vectors) for items in used])
            about = {"method": method, "members": members, "seed": seed}
            if (partner >= 0).any():
                about["order_accuracy"] = order_accuracy(images, sentences, first.image_of, partner)
            for protocol in snakemake.params.protocols:
                records.append(about | evaluate_protocol(images, sentences, first.image_of, protocol))
    Path(snakemake.output.metrics).write_text(json.dumps(records))


run(main, snakemake)
