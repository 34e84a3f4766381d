"""Join the feature shards of a data set in the manifest's order; no usable item may be lost."""

from contextlib import ExitStack

import h5py
import numpy as np
from job import run

from rnnfv.arrays.sequences import open_sequences, write_sequences
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.usable import read_table
from rnnfv.errors import InputError


def main(snakemake):
    items = read_table(snakemake.input.usable).set_index("id")
    with h5py.File(snakemake.input.shards[0]) as file:
        made_by = dict(file.attrs)
    where = {}
    for path in snakemake.input.shards:
        with open_sequences(path) as shard:
            where |= {name: (path, i) for i, name in enumerate(shard.ids)}
    wanted = [
        name
        for name in read_manifest(snakemake.input.listed)["id"]
        if items.loc[name, "status"] != "bad"
    ]
    lost = [name for name in wanted if name not in where]
    if lost:
        raise InputError(
            f"{len(lost)} usable videos have no features, the first {lost[0]!r}: "
            "remove the shards and rerun."
        )

    with (
        ExitStack() as stack
    ):  # the shards deal out the manifest's items in turn: all open, each is read front to back
        shards = {
            path: stack.enter_context(open_sequences(path)) for path in snakemake.input.shards
        }
        joined = ((name, shards[where[name][0]][where[name][1]]) for name in wanted)
        dim = shards[snakemake.input.shards[0]].dim
        write_sequences(snakemake.output.sequences, joined, dim, np.float16, made_by)


run(main, snakemake)
