"""Normalised RNN-FVs of one data set by networks that were trained on another; for every seed."""

from job import inputs, output, params, wildcards

from rnnfv.arrays.provenance import weights_label
from rnnfv.data.manifests.table import read_manifest
from rnnfv.experiments.classification import grid_of
from rnnfv.experiments.fusion import projected_split, transferred, write_normalized
from rnnfv.rnn.checkpoint import TrainedNetwork

source = wildcards.donor
manifest, split = read_manifest(inputs.manifest), int(wildcards.split)
pca, items = inputs.pca or None, inputs.usable
data = projected_split(inputs.sequences, manifest, split, pca, items)
grid = grid_of(params.settings, "rnn")
weights = f"{weights_label(inputs.sequences)}; RNN trained on {source}"
seeds = params.seeds
for seed, network, path in zip(seeds, inputs.networks, output.vectors, strict=True):
    pooled = transferred(TrainedNetwork.read(network), data.sequences, source)
    made_by = {"pooling": "rnn-fv", "seed": seed, "weights": weights}
    write_normalized(path, pooled, data, grid, made_by)
