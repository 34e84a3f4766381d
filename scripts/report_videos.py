"""Join the decoding reports of all shards of a data set."""

import pandas as pd
from job import run

from rnnfv.data.usable import read_table, summarize


def main(snakemake):
    report = pd.concat([read_table(path) for path in snakemake.input.reports])
    report = report.sort_values("id")
    print(summarize(report))
    report.to_csv(snakemake.output.report, index=False)


run(main, snakemake)
