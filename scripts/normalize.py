"""Normalise the vectors of one pooling as its classifier would, for fusion; for every seed."""

from job import run

from rnnfv.arrays.hdf5 import weights_label
from rnnfv.evaluation.poolings import POOLINGS
from rnnfv.experiments.classification import grid_of, read_split, with_networks
from rnnfv.experiments.fusion import write_normalized


def main(snakemake):
    params, files = snakemake.params, snakemake.input
    data = read_split(files.sequences, files.manifest, int(snakemake.wildcards.split))
    data = with_networks(data, params.seeds, files.networks, files.choices)
    name, weights = snakemake.wildcards.pooling, weights_label(files.sequences)
    pooling = POOLINGS[name]
    grid = grid_of(params.settings, pooling.section)
    for seed, path in zip(params.seeds, snakemake.output.vectors, strict=True):
        pooled = pooling.pool(data, params.settings[pooling.section], grid, seed)
        made_by = {"pooling": name, "seed": seed, "weights": weights}
        write_normalized(path, pooled, data, grid, made_by)


run(main, snakemake)
