"""Fisher vectors of the tracks of every video of one split, normalised; videos without tracks are zero."""

from itertools import islice

import h5py
import numpy as np
from job import run

from rnnfv.arrays.hdf5 import provenance, write_vectors
from rnnfv.data.manifests import read_manifest
from rnnfv.data.splits import items_in_split
from rnnfv.data.usable import read_table
from rnnfv.features.trajectories.files import TrackShards
from rnnfv.pooling.trajectories import read_codebook
from rnnfv.progress import progress

ROWS = 64


def batched(items, size):
    """Lists of ``size`` items, the last one shorter."""
    items = iter(items)
    while batch := list(islice(items, size)):
        yield batch


def main(snakemake):
    encoder = read_codebook(snakemake.input.codebook).set_params(alpha=snakemake.params.alpha)
    with h5py.File(snakemake.input.codebook) as file:
        label, seed = file.attrs["weights"], int(file.attrs["seed"])
    manifest, items = (
        read_manifest(snakemake.input.manifest),
        read_table(snakemake.input.usable).set_index("id"),
    )
    split = int(snakemake.wildcards.split)
    ids = [name for name in items_in_split(manifest, split) if items.loc[name, "status"] != "bad"]
    with TrackShards(snakemake.input.tracks) as tracks:
        empty = sum(tracks.count(name) == 0 for name in ids)
        print(f"{len(ids)} videos, {empty} of them without tracks; {encoder.dim} numbers each")
        vectors = encoder.vectors(tracks.read(name) for name in ids)
        # As many rows at a time as a chunk of the file has: else every chunk would be read and written again for each row.
        blocks = map(np.stack, batched(progress(vectors, "videos", len(ids)), ROWS))
        made_by = provenance(
            encoder.get_params(),
            ["scikit-learn"],
            seed=seed,
            split=split,
            weights=label,
            without_tracks=empty,
        )
        # Numbers of unit vectors: float16 rounds them by 0.05 % and halves 5.8 GB at the size of UCF101.
        write_vectors(snakemake.output.vectors, ids, blocks, encoder.dim, made_by, dtype="float16")


run(main, snakemake)
