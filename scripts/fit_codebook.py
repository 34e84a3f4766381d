"""PCA and Gaussian mixture of every descriptor, fitted on tracks drawn from the training videos of one split."""

import numpy as np
from job import run

from rnnfv.arrays.hdf5 import provenance, weights_label
from rnnfv.data.manifests import read_manifest
from rnnfv.data.splits import items_in_split, split_rows
from rnnfv.data.usable import read_table
from rnnfv.features.trajectories.files import TrackShards
from rnnfv.pooling.trajectories import TrajectoryFisherVector, write_codebook


def main(snakemake):
    settings, seed, split = (
        snakemake.params.settings,
        int(snakemake.wildcards.seed),
        int(snakemake.wildcards.split),
    )
    manifest, items = (
        read_manifest(snakemake.input.manifest),
        read_table(snakemake.input.usable).set_index("id"),
    )
    ids = [name for name in items_in_split(manifest, split) if items.loc[name, "status"] != "bad"]
    _, rows = split_rows(manifest, ids, split)
    with TrackShards(snakemake.input.tracks) as tracks:
        training = [ids[i] for i in rows["train"]]
        drawn = tracks.sample(training, settings["max_samples"], np.random.default_rng(seed))
        print(
            f"{sum(map(len, drawn))} of {sum(map(tracks.count, training))} tracks of {len(training)} training videos"
        )
    encoder = TrajectoryFisherVector(
        settings["components"],
        max_samples=settings["max_samples"],
        max_iter=settings["max_iter"],
        length=settings["length"],
        root=settings["root"],
        random_state=seed,
    ).fit(drawn)
    label = f"{weights_label(snakemake.input.tracks[0])}; Fisher vectors of {settings['components']} Gaussians"
    made_by = provenance(settings, ["scikit-learn"], seed=seed, split=split, weights=label)
    write_codebook(snakemake.output.codebook, encoder, made_by)


run(main, snakemake)
