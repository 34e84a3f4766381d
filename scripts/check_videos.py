"""Apply the policy for bad videos, or images: stop, or go on without them and say so."""

import shutil
from pathlib import Path

from job import run

from rnnfv.data.usable import apply_policy, read_table
from rnnfv.errors import InputError


def main(snakemake):
    report = read_table(snakemake.input.report)
    kept = Path(snakemake.input.report).with_name(snakemake.params.listed_in)
    report[report["status"] == "bad"].to_csv(kept, index=False)
    shards = sorted(
        kept.parent.glob("*-of-*.csv")
    )  # those of trajectories are there; of frames they are temporary
    try:
        items = apply_policy(
            report[["id", "status", "reason"]], snakemake.params.on_bad_video, kept
        )
    except InputError:
        Path(
            snakemake.input.report
        ).unlink()  # so that the next run decodes again, and sees what was repaired
        for shard in shards:  # shards without bad videos need not be done again
            if (read_table(shard)["status"] == "bad").any():
                shard.unlink()
        raise
    for unfinished in kept.parent.parent.glob(
        "tracks/*.unfinished"
    ):  # kept for another attempt, which is not needed
        shutil.rmtree(unfinished)
    items.to_csv(snakemake.output.usable, index=False)


run(main, snakemake)
