"""Choose the normalisation on validation, retrain on training + validation, test once; for every seed."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from job import run

from rnnfv.arrays.hdf5 import open_vectors, weights_label
from rnnfv.data.manifests import read_manifest
from rnnfv.data.splits import split_rows
from rnnfv.evaluation.classifier import Choice, Grid, choose, predict_once


def main(snakemake):
    settings, split = snakemake.params.grid, int(snakemake.wildcards.split)
    grid = Grid(tuple(settings["pca"]), tuple(settings["alpha"]), settings["C"])
    manifest = read_manifest(snakemake.input.manifest)
    earlier = [json.loads(Path(path).read_text()) for path in snakemake.input.choices] or [
        {}
    ] * len(snakemake.input.vectors)
    seeds, predictions = [], []
    for path, before in zip(snakemake.input.vectors, earlier, strict=True):
        with open_vectors(path) as (ids, values, made_by):
            labels, rows = split_rows(manifest, ids, split)
            if snakemake.wildcards.pooling == "rnn-fv":
                choice = Choice(
                    before["pca"], before["alpha"], before["val_accuracy"]
                )  # chosen with the epoch
            else:
                choice = choose(values, labels, rows["train"], rows["val"], grid)
            predicted = predict_once(values, labels, rows, choice, grid.C)
            dim = values.shape[1]
        truth, seed = labels[rows["test"]], int(made_by.get("seed", 0))
        chosen = {key: before[key] for key in ("epoch", "K") if key in before}
        chosen |= {"pca": choice.pca, "alpha": choice.alpha}
        accuracy = float(np.mean(predicted == truth))
        seeds.append(
            {"seed": seed, "accuracy": accuracy, "val_accuracy": choice.accuracy, "chosen": chosen}
        )
        tested = [ids[i] for i in rows["test"]]
        predictions.append(
            pd.DataFrame({"seed": seed, "id": tested, "label": truth, "predicted": predicted})
        )
        print(
            f"seed {seed}: {100 * accuracy:.2f} % of {len(truth)} test items right; chosen: {chosen}"
        )
    pd.concat(predictions).to_csv(snakemake.output.predictions, index=False)
    counts = {part: len(members) for part, members in rows.items()}
    metrics = {
        "split": split,
        "dim": dim,
        "weights": weights_label(path),
        "counts": counts,
        "seeds": seeds,
    }
    with open(snakemake.output.metrics, "w") as file:
        json.dump(metrics, file, indent=1)


run(main, snakemake)
