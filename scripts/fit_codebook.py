"""Codebooks of a split for every seed: a PCA and a Gaussian mixture of each descriptor."""

import numpy as np
from job import run

from rnnfv.arrays.hdf5 import provenance, weights_label
from rnnfv.data.manifests import read_manifest
from rnnfv.data.splits import split_rows
from rnnfv.data.usable import read_table, usable_in_split
from rnnfv.features.trajectories.files import TrackShards
from rnnfv.pooling.trajectories import TrajectoryFisherVector, write_codebook


def main(snakemake):
    settings, seeds = snakemake.params.settings, snakemake.params.seeds
    manifest, split = read_manifest(snakemake.input.manifest), int(snakemake.wildcards.split)
    ids = usable_in_split(manifest, split, read_table(snakemake.input.usable))
    _, rows = split_rows(manifest, ids, split)
    training = [ids[i] for i in rows["train"]]
    made = f"Fisher vectors of {settings['components']} Gaussians"
    label = f"{weights_label(snakemake.input.tracks[0])}; {made}"
    for seed, path in zip(seeds, snakemake.output.codebooks, strict=True):
        with TrackShards(snakemake.input.tracks) as tracks:
            generator = np.random.default_rng(seed)
            drawn = tracks.sample(training, settings["max_samples"], generator)
            total = sum(map(tracks.count, training))
        print(f"{sum(map(len, drawn))} of {total} tracks of {len(training)} training videos")
        encoder = TrajectoryFisherVector(
            settings["components"],
            max_samples=settings["max_samples"],
            max_iter=settings["max_iter"],
            length=settings["length"],
            root=settings["root"],
            random_state=seed,
        ).fit(drawn)
        facts = {"seed": seed, "split": split, "weights": label}
        write_codebook(path, encoder, provenance(settings, ["scikit-learn"], **facts))


run(main, snakemake)
