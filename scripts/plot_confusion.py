"""Confusion matrices and per-class accuracies of a feature's poolings, over splits and seeds."""

from itertools import cycle

import pandas as pd
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
    tables = map(read_table, snakemake.input.predictions)
    # A file per split and in it per pooling, unless the files say what they are of.
    poolings = cycle(snakemake.params.get("poolings", [""]))
    named = [
        pd.DataFrame({"pooling": name} | dict(t)) for t, name in zip(tables, poolings, strict=False)
    ]
    counts = count_confusions(pd.concat(named), classes)
    list_confusions(counts).to_csv(snakemake.output.confusion, index=False)
    class_accuracies(counts).to_csv(snakemake.output.per_class, index=False)
    wildcards = snakemake.wildcards
    title = f"{wildcards.dataset}: {wildcards.feature}, {wildcards.reduction.upper()}"
    draw_confusions(counts, title, snakemake.output.plot)


run(main, snakemake)
