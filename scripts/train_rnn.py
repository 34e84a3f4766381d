"""Train the next-element network on one split; validate the RNN-FV after every epoch and keep the best epoch."""

import json

from job import run

from rnnfv.arrays.sequences import load_sequences
from rnnfv.data.manifests import read_manifest
from rnnfv.data.splits import split_rows
from rnnfv.devices import own_gpu
from rnnfv.evaluation.classifier import Grid
from rnnfv.experiments.epoch_choice import learning_curve, train_on_split
from rnnfv.reporting.plots import accuracy_curve
from rnnfv.rnn.checkpoint import unfinished
from rnnfv.rnn.network import pick_device
from rnnfv.rnn.settings import RNNSettings


def main(snakemake):
    settings = dict(snakemake.params.rnn)
    grid = Grid(tuple(settings.pop("pca")), tuple(settings.pop("alpha")), snakemake.params.C)
    seed, device = int(snakemake.wildcards.seed), pick_device(own_gpu(snakemake.resources.device))
    sequences = load_sequences(snakemake.input.sequences)
    labels, rows = split_rows(
        read_manifest(snakemake.input.manifest), sequences.ids, int(snakemake.wildcards.split)
    )
    result = train_on_split(
        sequences,
        labels,
        rows,
        RNNSettings(**settings),
        grid,
        seed=seed,
        device=device,
        network_path=snakemake.output.network,
    )
    best = {key: result.best[key] for key in ("epoch", "pca", "alpha", "val_loss", "val_accuracy")}
    curve = learning_curve(result)
    curve.to_csv(snakemake.output.curve, index=False)
    wildcards = snakemake.wildcards
    title = f"{wildcards.dataset}, {wildcards.feature}, split {wildcards.split}, seed {seed}"
    accuracy_curve(curve, best["epoch"], title, snakemake.output.plot)
    with open(snakemake.output.choice, "w") as file:
        json.dump({"seed": seed, **best}, file)
    unfinished(snakemake.output.network).unlink(missing_ok=True)


run(main, snakemake)
