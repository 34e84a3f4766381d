"""Apply the policy for bad videos: stop, or go on without them and say so."""

import pandas as pd
from job import run

from rnnfv.items import apply_policy


def main(snakemake):
    report = pd.read_csv(snakemake.input.report, keep_default_na=False)
    items = apply_policy(report[["id", "status", "reason"]], snakemake.params.on_bad_video, snakemake.input.report)
    items.to_csv(snakemake.output.usable, index=False)


run(main, snakemake)
