"""Early fusion: the normalised vectors of a row's members side by side, one linear SVM, tested once; for every seed."""

import json
from contextlib import ExitStack

import numpy as np
import pandas as pd
from job import run

from rnnfv.arrays.hdf5 import open_vectors, weights_label
from rnnfv.data.manifests import read_manifest
from rnnfv.data.splits import items_in_split, split_rows
from rnnfv.experiments.fusion import classify_fused, common_ids, side_by_side


def main(snakemake):
    split, names = int(snakemake.wildcards.split), snakemake.params.names
    manifest = read_manifest(snakemake.input.manifest)
    seeds, predictions = [], []
    for number, seed in enumerate(snakemake.params.seeds):
        paths = snakemake.input.members[number * len(names) : (number + 1) * len(names)]
        with ExitStack() as stack:
            opened = [stack.enter_context(open_vectors(path)) for path in paths]
            members = [(member_ids, values) for member_ids, values, _ in opened]
            without_tracks = max(int(made_by.get("without_tracks", 0)) for _, _, made_by in opened)
            ids = common_ids([member[0] for member in members])
            labels, rows = split_rows(manifest, ids, split)
            vectors = side_by_side(members, ids)
            predicted = classify_fused(vectors, labels, rows, snakemake.params.C)
            dim = vectors.shape[1]
        truth = labels[rows["test"]]
        accuracy = float(np.mean(predicted == truth))
        seeds.append({"seed": seed, "accuracy": accuracy})
        tested = [ids[i] for i in rows["test"]]
        predictions.append(
            pd.DataFrame({"seed": seed, "id": tested, "label": truth, "predicted": predicted})
        )
        print(
            f"seed {seed}: {' + '.join(names)}, {dim} numbers: {100 * accuracy:.2f} % of {len(truth)} test items right"
        )
    pd.concat(predictions).to_csv(snakemake.output.predictions, index=False)
    counts = {part: len(members) for part, members in rows.items()}
    listed = len(items_in_split(manifest, split))
    metrics = {
        "split": split,
        "dim": dim,
        "weights": [weights_label(path) for path in paths],
        "counts": counts,
    }
    metrics |= {
        "n_items": len(ids),
        "n_excluded": listed - len(ids),
        "without_tracks": without_tracks,
        "seeds": seeds,
    }
    with open(snakemake.output.metrics, "w") as file:
        json.dump(metrics, file, indent=1)


run(main, snakemake)
