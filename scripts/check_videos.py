"""Apply the policy for bad videos, or images: stop, or go on without them and say so."""

from pathlib import Path

from job import run

from rnnfv.errors import InputError
from rnnfv.items import apply_policy, read_table


def main(snakemake):
    report = read_table(snakemake.input.report)
    kept = Path(snakemake.input.report).with_name(snakemake.params.listed_in)
    report[report["status"] == "bad"].to_csv(kept, index=False)
    try:
        items = apply_policy(report[["id", "status", "reason"]], snakemake.params.on_bad_video, kept)
    except InputError:
        Path(snakemake.input.report).unlink()  # so that the next run decodes again, and sees what was repaired
        raise
    items.to_csv(snakemake.output.usable, index=False)


run(main, snakemake)
