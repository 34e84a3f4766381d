"""GMM Fisher vectors, with the number of Gaussians that validation accuracy chooses."""

import json
import logging

from job import run

from rnnfv.arrays.hdf5 import provenance, weights_label, write_vectors
from rnnfv.arrays.sequences import load_sequences
from rnnfv.data.manifests import read_manifest
from rnnfv.data.splits import split_rows
from rnnfv.errors import InputError
from rnnfv.evaluation.classifier import Grid, choose
from rnnfv.pooling.gmm import GMMFisherVector


def main(snakemake):
    gmm, seed = snakemake.params.gmm, int(snakemake.wildcards.seed)
    sequences = load_sequences(snakemake.input.sequences)
    labels, rows = split_rows(
        read_manifest(snakemake.input.manifest), sequences.ids, int(snakemake.wildcards.split)
    )
    train = sequences.select(rows["train"])
    grid = Grid(tuple(gmm["pca"]), tuple(gmm["alpha"]), snakemake.params.C)
    best = None
    for k in gmm["components"]:
        if k > len(train.values):
            logging.warning(
                "%d Gaussians need as many elements; the training items have %d",
                k,
                len(train.values),
            )
            continue
        model = GMMFisherVector(
            k, max_samples=gmm["max_samples"], max_iter=gmm["max_iter"], random_state=seed
        ).fit(train)
        choice = choose(model.transform(sequences), labels, rows["train"], rows["val"], grid)
        logging.info("K %d: validation accuracy %.1f %%", k, 100 * choice.accuracy)
        if best is None or choice.accuracy > best[0].accuracy:
            best = choice, k, model
    if best is None:
        raise InputError(
            f"gmm.components: all of {gmm['components']} are more than the training items have elements."
        )
    choice, k, model = best
    vectors = model.transform(sequences)
    made_by = provenance(
        gmm,
        ["scikit-learn"],
        pooling="gmm-fv",
        seed=seed,
        weights=weights_label(snakemake.input.sequences),
    )
    write_vectors(
        snakemake.output.vectors, sequences.ids, iter([vectors]), vectors.shape[1], made_by
    )
    with open(snakemake.output.choice, "w") as file:
        json.dump({"seed": seed, "K": k, "val_accuracy": choice.accuracy}, file)


run(main, snakemake)
