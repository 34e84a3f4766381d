"""Retrieval of a table's test items by every model and every combination of models, for every seed and protocol."""

import json
from pathlib import Path

import numpy as np
from job import run

from rnnfv.data.usable import read_table
from rnnfv.errors import InputError
from rnnfv.evaluation.retrieval import combine, evaluate_protocol, order_accuracy
from rnnfv.experiments.retrieval_data import read_projected
from rnnfv.progress import progress


def files_by_model(paths):
    """Map model to seed to file."""
    files = {}
    for path in map(Path, paths):
        files.setdefault(path.parts[-3], {})[int(path.parts[-2].removeprefix("seed"))] = path
    return files


def read_seed(files, seed):
    """Map model to its projected items for a seed; a model without randomness has only one file."""
    found = {}
    for model, by_seed in files.items():
        found[model] = read_projected(by_seed.get(seed) or next(iter(by_seed.values())))
        first = next(iter(found.values()))
        if (found[model].images, found[model].sentences) != (first.images, first.sentences):
            raise InputError(
                f"{by_seed}: other test items than the first model's. Remove these files and run again."
            )
    return found


def partner_rows(images, table):
    """Of every image the row of the one with the same words in another order, -1 for none: (m,) int."""
    partners, place = (
        table.set_index("image")["partner"].to_dict(),
        {name: i for i, name in enumerate(images)},
    )
    return np.array([place.get(partners.get(name, ""), -1) for name in images])


def main(snakemake):
    files, seeded = files_by_model(snakemake.input.projected), set(snakemake.params.seeded)
    records = []
    for (
        seed
    ) in snakemake.params.seeds:  # one at a time: at COCO's size a model takes half a gigabyte
        projected = read_seed(files, seed)
        first = next(iter(projected.values()))
        partner = partner_rows(first.images, read_table(snakemake.input.partners))
        for method, members in progress(snakemake.params.methods.items(), f"methods, seed {seed}"):
            if seed != snakemake.params.seeds[0] and not seeded & set(members):
                continue
            images, sentences = combine(
                [(projected[m].image_vectors, projected[m].sentence_vectors) for m in members]
            )
            about = {
                "method": method,
                "members": members,
                "seed": seed if seeded & set(members) else None,
            }
            if (partner >= 0).any():
                about["order_accuracy"] = order_accuracy(images, sentences, first.image_of, partner)
            for protocol in snakemake.params.protocols:
                records.append(
                    about | evaluate_protocol(images, sentences, first.image_of, protocol)
                )
    Path(snakemake.output.metrics).write_text(json.dumps(records))


run(main, snakemake)
