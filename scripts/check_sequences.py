"""Check a user's sequences file against the manifest; apply the policy for items it lacks."""

from job import run

from rnnfv.arrays.sequences import open_sequences
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.usable import apply_policy, compare_ids, summarize


def main(snakemake):
    with open_sequences(snakemake.input.sequences) as sequences:
        sequences.validate()
        items = compare_ids(read_manifest(snakemake.input.listed)["id"].tolist(), sequences.ids)
        extra = len(sequences) - int((items["status"] == "ok").sum())
    print(f"{summarize(items)}; {extra} sequences are not in the manifest and are not used")
    items = apply_policy(items, snakemake.params.on_bad_video, snakemake.input.sequences)
    items.to_csv(snakemake.output.usable, index=False)


run(main, snakemake)
