"""Confusion matrices and per-class accuracies of a feature's poolings, over splits and seeds."""

import pandas as pd
from job import run

from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.usable import read_table
from rnnfv.reporting.confusion import (
    class_accuracies,
    count_confusions,
    draw_confusions,
    list_confusions,
)


def main(snakemake):
    classes = sorted(read_manifest(snakemake.input.manifest)["label"].unique())
    predictions = pd.concat(map(read_table, snakemake.input.predictions))
    counts = count_confusions(predictions, classes)
    list_confusions(counts).to_csv(snakemake.output.confusion, index=False)
    class_accuracies(counts).to_csv(snakemake.output.per_class, index=False)
    wildcards = snakemake.wildcards
    title = f"{wildcards.dataset}: {wildcards.feature}, {wildcards.reduction.upper()}"
    draw_confusions(counts, title, snakemake.output.plot)


run(main, snakemake)
