"""Join the image features of all shards in the data set's order; no usable image may be lost."""

import numpy as np
from job import inputs, output

from rnnfv.arrays.hdf5 import open_h5
from rnnfv.arrays.sequences import open_sequences
from rnnfv.arrays.vectors import open_vectors, write_vectors
from rnnfv.data.text_files import read_table
from rnnfv.errors import InputError
from rnnfv.progress import progress


def read_shards(paths):
    """Map name to vector, and the attributes: of shards, sequences of one element each."""
    found = {}
    for path in progress(paths, "files of features"):
        with open_h5(path, []) as file:
            made_by = dict(file.attrs)
        with open_sequences(path) as shard:
            found |= zip(shard.ids, shard.values[:].astype(np.float32), strict=True)
    return found, made_by


def read_own(path):
    """The same, of the user's file of vectors."""
    with open_vectors(path) as (ids, values, made_by):
        found = dict(zip(ids, values[:].astype(np.float32), strict=True))
    return found, {"weights": f"own file {path}", **made_by}


usable, own = read_table(inputs.usable), inputs.own
wanted = list(usable.loc[usable["status"] != "bad", "id"])
found, made_by = read_own(own) if own else read_shards(inputs.shards)
lost = [name for name in wanted if name not in found]
if lost:
    problem = f"{len(lost)} usable images have no features, the first {lost[0]!r}"
    raise InputError(f"{problem}: remove the shards and rerun.")
rows = (found[name][None] for name in wanted)
write_vectors(output.vectors, wanted, rows, len(found[wanted[0]]), made_by)
