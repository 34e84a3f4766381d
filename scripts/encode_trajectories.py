"""Normalised Fisher vectors of the tracks of a split's videos, every seed; zero without tracks."""

from itertools import islice

import h5py
import numpy as np
from job import run

from rnnfv.arrays.hdf5 import provenance, write_vectors
from rnnfv.data.manifests import read_manifest
from rnnfv.data.usable import read_table, usable_in_split
from rnnfv.features.trajectories.files import TrackShards
from rnnfv.pooling.trajectories import read_codebook
from rnnfv.progress import progress

ROWS = 64  # as a chunk of the file has: else every chunk is read and written again for each row


def stacked(vectors, rows):
    """Blocks of so many vectors."""
    while block := list(islice(vectors, rows)):
        yield np.stack(block)


def main(snakemake):
    manifest, split = read_manifest(snakemake.input.manifest), int(snakemake.wildcards.split)
    ids = usable_in_split(manifest, split, read_table(snakemake.input.usable))
    codebooks = snakemake.input.codebooks
    for codebook, path in zip(codebooks, snakemake.output.vectors, strict=True):
        encoder = read_codebook(codebook).set_params(alpha=snakemake.params.alpha)
        with h5py.File(codebook) as file:
            facts = {"weights": file.attrs["weights"], "seed": int(file.attrs["seed"])}
        with TrackShards(snakemake.input.tracks) as tracks:
            empty = sum(tracks.count(name) == 0 for name in ids)
            print(f"{len(ids)} videos, {empty} of them without tracks; {encoder.dim} dimensions")
            vectors = encoder.vectors(tracks.read(name) for name in ids)
            shown = progress(vectors, "videos", len(ids))
            blocks = stacked(shown, ROWS)
            facts |= {"split": split, "without_tracks": empty}
            made_by = provenance(encoder.get_params(), ["scikit-learn"], **facts)
            # float16 rounds unit vectors by 0.05 % and halves 5.8 GB at the size of UCF101
            write_vectors(path, ids, blocks, encoder.dim, made_by, dtype="float16")


run(main, snakemake)
