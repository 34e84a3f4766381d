"""Join the image features of all shards in the data set's order; apply the policy for images that cannot be used."""

import numpy as np
import pandas as pd
from job import run

from rnnfv.items import apply_policy, compare_ids, read_table, summarize
from rnnfv.progress import progress
from rnnfv.storage import open_vectors, write_vectors


def main(snakemake):
    names = list(read_table(snakemake.input.images)["image"])
    found = {}
    for path in progress(snakemake.input.shards, "files of features"):
        with open_vectors(path) as (ids, values, made_by):
            wanted = set(names) & set(ids)
            found |= {name: row for name, row in zip(ids, values[:].astype(np.float32), strict=True) if name in wanted}
    if snakemake.input.reports:
        usable = pd.concat([read_table(path) for path in snakemake.input.reports]).set_index("id").loc[names].reset_index()
    else:
        usable = compare_ids(names, list(found), "no vector with this id")
    usable.to_csv(snakemake.params.usable, index=False)
    print(summarize(usable))
    apply_policy(usable, snakemake.params.on_bad, snakemake.params.usable)
    kept = [name for name, status in zip(usable["id"], usable["status"], strict=True) if status != "bad"]
    made_by.setdefault("weights", f"own file {snakemake.params.own}")
    write_vectors(snakemake.output.vectors, kept, (found[name][None] for name in kept), len(found[kept[0]]), made_by)


run(main, snakemake)
