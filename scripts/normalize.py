"""Normalise the vectors of one pooling as its classifier would, for fusion; for every seed."""

from job import inputs, output, params, wildcards

from rnnfv.arrays.provenance import weights_label
from rnnfv.evaluation.table_poolings import POOLINGS
from rnnfv.experiments.classification import grid_of, read_split, with_networks
from rnnfv.experiments.fusion import write_normalized

split = int(wildcards.split)
data = read_split(inputs.sequences, inputs.manifest, split, folds=params.folds)
data = with_networks(data, params.seeds, inputs.networks, inputs.choices)
name, weights = wildcards.pooling, weights_label(inputs.sequences)
pooling = POOLINGS[name]
grid = grid_of(params.settings, pooling.section)
for seed, path in zip(params.seeds, output.vectors, strict=True):
    pooled = pooling.pool(data, params.settings[pooling.section], grid, seed)
    made_by = {"pooling": name, "seed": seed, "weights": weights}
    write_normalized(path, pooled, data, grid, made_by)
