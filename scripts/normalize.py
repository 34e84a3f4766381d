"""Normalise the vectors of one representation as its classifier would, for fusion: PCA, power, L2, chosen on validation."""

import json
from pathlib import Path

import numpy as np
from job import run

from rnnfv.arrays.hdf5 import open_vectors, provenance, write_vectors
from rnnfv.data.manifests import read_manifest
from rnnfv.data.splits import split_rows
from rnnfv.evaluation.classifier import Choice, Grid, choose, representations


def main(snakemake):
    settings, split = snakemake.params.grid, int(snakemake.wildcards.split)
    grid = Grid(tuple(settings["pca"]), tuple(settings["alpha"]), settings["C"])
    with open_vectors(snakemake.input.vectors) as (ids, values, made_by):
        labels, rows = split_rows(read_manifest(snakemake.input.manifest), ids, split)
        if snakemake.input.get("choice"):
            before = json.loads(Path(snakemake.input.choice).read_text())
            choice = Choice(
                before["pca"], before["alpha"], before["val_accuracy"]
            )  # chosen with the epoch
        else:
            choice = choose(values, labels, rows["train"], rows["val"], grid)
        # PCA stays fitted on training items, as it was when the choice was made.
        fitted = np.concatenate([rows["train"], rows["val"]])
        point = Grid((choice.pca,), (choice.alpha,), grid.C)
        [(_, _, vectors)] = representations(values, rows["train"], fitted, point)
    print(
        f"pca {choice.pca}, alpha {choice.alpha}: validation accuracy {100 * choice.accuracy:.1f} %"
    )
    about = {key: made_by[key] for key in ("weights", "seed", "pooling") if key in made_by}
    chosen = {"pca": choice.pca, "alpha": choice.alpha}
    write_vectors(
        snakemake.output.vectors,
        ids,
        iter([vectors]),
        vectors.shape[1],
        provenance(settings, **about, **chosen),
    )


run(main, snakemake)
