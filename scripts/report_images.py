"""The report on all images of a data set: from the shards, or which of them the user's features lack."""

import pandas as pd
from job import run

from rnnfv.arrays.hdf5 import open_vectors
from rnnfv.data.usable import compare_ids, read_table, summarize


def main(snakemake):
    names = list(read_table(snakemake.input.listed)["image"])
    if snakemake.input.own:
        with open_vectors(snakemake.input.own) as (ids, _, _):
            report = compare_ids(names, ids, "no vector with this id")
    else:
        report = (
            pd.concat([read_table(path) for path in snakemake.input.reports])
            .set_index("id")
            .loc[names]
            .reset_index()
        )
    print(summarize(report))
    report.to_csv(snakemake.output.report, index=False)


run(main, snakemake)
