"""Confusion matrices and per-class accuracies of a feature's poolings, over splits and seeds."""

import pandas as pd
from job import run

from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.usable import read_table
from rnnfv.reporting import confusion


def main(snakemake):
    classes = sorted(read_manifest(snakemake.input.manifest)["label"].unique())
    predictions = pd.concat(map(read_table, snakemake.input.predictions))
    counts = confusion.count_confusions(predictions, classes)
    confusion.list_confusions(counts).to_csv(snakemake.output.confusion, index=False)
    confusion.class_accuracies(counts).to_csv(snakemake.output.per_class, index=False)
    wildcards = snakemake.wildcards
    title = f"{wildcards.dataset}: {wildcards.feature}, {wildcards.reduction.upper()}"
    confusion.draw_confusions(counts, title, snakemake.output.plot)


run(main, snakemake)
