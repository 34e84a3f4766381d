"""Normalised RNN-FVs of one data set by networks that were trained on another; for every seed."""

from job import run

from rnnfv.arrays.hdf5 import weights_label
from rnnfv.data.manifests.table import read_manifest
from rnnfv.experiments.classification import grid_of
from rnnfv.experiments.fusion import projected_split, transferred, write_normalized
from rnnfv.rnn.checkpoint import TrainedNetwork


def main(snakemake):
    files, source = snakemake.input, snakemake.wildcards.donor
    manifest, split = read_manifest(files.manifest), int(snakemake.wildcards.split)
    data = projected_split(files.sequences, manifest, split, files.pca or None)
    grid = grid_of(snakemake.params.settings, "rnn")
    weights = f"{weights_label(files.sequences)}; RNN trained on {source}"
    seeds = snakemake.params.seeds
    for seed, network, path in zip(seeds, files.networks, snakemake.output.vectors, strict=True):
        pooled = transferred(TrainedNetwork.read(network), data.sequences, source)
        made_by = {"pooling": "rnn-fv", "seed": seed, "weights": weights}
        write_normalized(path, pooled, data, grid, made_by)


run(main, snakemake)
