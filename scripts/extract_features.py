"""Run one feature network over one shard of frames."""

import numpy as np
from job import run

from rnnfv.arrays.hdf5 import provenance
from rnnfv.arrays.sequences import write_sequences
from rnnfv.devices import own_gpu
from rnnfv.features.media.frames import iterate_frames
from rnnfv.features.networks.extraction import extract
from rnnfv.features.networks.registry import create_network, describe_network
from rnnfv.planning.actions import network_options
from rnnfv.progress import progress


def main(snakemake):
    settings, feature = dict(snakemake.params.settings), snakemake.wildcards.feature
    key, options = f"features.{feature}", network_options(settings)
    planned = describe_network(settings["network"], key=key, **options)
    if hasattr(planned, "device"):  # a network without weights needs none
        options = {"device": own_gpu(snakemake.resources.device), **options}
    network = create_network(settings["network"], key=key, **options)
    features = extract(network, iterate_frames(snakemake.input.frames), settings["batch_size"])
    made_by = provenance(
        settings,
        ["torch"],
        network=settings["network"],
        weights=network.weights_label,
        weights_sha256=network.weights_sha256,
    )
    # float16 rounds features by at most 0.05 %, and halves what paper-scale features take on disk.
    write_sequences(
        snakemake.output.sequences, progress(features, "videos"), network.dim, np.float16, made_by
    )


run(main, snakemake)
