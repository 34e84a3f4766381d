"""Confusion matrices and per-class accuracies of a feature's poolings, over splits and seeds."""

from itertools import cycle

from job import run

from rnnfv.data.manifests import read_manifest
from rnnfv.data.usable import read_table
from rnnfv.reporting.confusion import (
    class_accuracies,
    count_confusions,
    draw_confusions,
    list_confusions,
)


def main(snakemake):
    classes = sorted(read_manifest(snakemake.input.manifest)["label"].unique())
    # A file per split and in it per pooling.
    poolings = zip(cycle(snakemake.params.poolings), snakemake.input.predictions, strict=False)
    counts = count_confusions([(name, read_table(path)) for name, path in poolings], classes)
    list_confusions(counts).to_csv(snakemake.output.confusion, index=False)
    class_accuracies(counts).to_csv(snakemake.output.per_class, index=False)
    wildcards = snakemake.wildcards
    title = f"{wildcards.dataset}: {wildcards.feature}, {wildcards.reduction.upper()}"
    draw_confusions(counts, title, snakemake.output.plot)


run(main, snakemake)
