"""Run one feature network over one shard of frames."""

import numpy as np
from job import run
from loaded_network import load_network

from rnnfv.arrays.sequences import write_sequences
from rnnfv.features.media.frames import iterate_frames
from rnnfv.features.networks.extraction import extract
from rnnfv.progress import progress


def main(snakemake):
    network, made_by = load_network(snakemake, "torch")
    frames = iterate_frames(snakemake.input.frames)
    features = progress(extract(network, frames, snakemake.params.settings["batch_size"]), "videos")
    # float16 rounds features by at most 0.05 %, and halves what paper-scale features take on disk.
    write_sequences(snakemake.output.sequences, features, network.dim, np.float16, made_by)


run(main, snakemake)
