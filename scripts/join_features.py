"""Join the feature shards of a data set in the manifest's order; no usable item may be lost."""

from contextlib import ExitStack

import numpy as np
from job import inputs, output

from rnnfv.arrays.hdf5 import open_h5
from rnnfv.arrays.sequences import open_sequences, write_sequences
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.text_files import read_table
from rnnfv.errors import InputError

items = read_table(inputs.usable)
bad = set(items.loc[items["status"] == "bad", "id"])
wanted = [name for name in read_manifest(inputs.listed)["id"] if name not in bad]
with open_h5(inputs.shards[0], ["ids"]) as file:
    made_by = dict(file.attrs)
# The shards deal out the manifest's items in turn: all open, each is read front to back.
with ExitStack() as stack:
    shards = [stack.enter_context(open_sequences(path)) for path in inputs.shards]
    where = {name: (shard, i) for shard in shards for i, name in enumerate(shard.ids)}
    lost = [name for name in wanted if name not in where]
    if lost:
        problem = f"{len(lost)} usable videos have no features, the first {lost[0]!r}"
        raise InputError(f"{problem}: remove the shards and rerun.")
    joined = ((name, where[name][0][where[name][1]]) for name in wanted)
    write_sequences(output.sequences, joined, shards[0].dim, np.float16, made_by)
