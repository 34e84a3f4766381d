"""Run a feature network over one shard of images; report on each image."""

from pathlib import Path

import numpy as np
from job import run

from rnnfv.arrays.hdf5 import provenance
from rnnfv.arrays.sequences import write_sequences
from rnnfv.data.usable import in_shard, read_table
from rnnfv.devices import own_gpu
from rnnfv.errors import InputError
from rnnfv.features.media.images import read_shard, report_table
from rnnfv.features.networks.extraction import extract
from rnnfv.features.networks.registry import create_network
from rnnfv.planning.actions import network_options
from rnnfv.progress import progress


def main(snakemake):
    settings, feature = dict(snakemake.params.settings), snakemake.wildcards.feature
    folder = Path(snakemake.input.pictures or snakemake.params.folder or "")
    if not folder.is_dir():
        raise InputError(
            f"captions.{snakemake.wildcards.captions}.images: {folder} is no folder. "
            "Set it to the images' folder."
        )
    images = in_shard(read_table(snakemake.input.listed), snakemake.wildcards.scatteritem)
    network = create_network(
        settings["network"],
        key=f"features.{feature}",
        device=own_gpu(snakemake.resources.device),
        **network_options(settings),
    )
    reports = []
    names = list(zip(images["image"], images["path"], strict=True))
    frames = progress(read_shard(folder, names, network.geometry, reports), "images", len(names))
    made_by = provenance(
        settings,
        ["torch", "pillow"],
        network=settings["network"],
        weights=network.weights_label,
        weights_sha256=network.weights_sha256,
    )
    features = extract(network, frames, settings["batch_size"])
    write_sequences(snakemake.output.features, features, network.dim, np.float32, made_by)
    report_table(reports).to_csv(snakemake.output.report, index=False)


run(main, snakemake)
