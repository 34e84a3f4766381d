"""Train the next-element network on one split; validate the RNN-FV after every epoch and keep the best epoch."""

import json
from pathlib import Path

import pandas as pd
import torch
from job import run

from rnnfv.arrays.hdf5 import atomic_path, provenance
from rnnfv.arrays.sequences import load_sequences
from rnnfv.data.manifests import read_manifest
from rnnfv.data.splits import split_rows
from rnnfv.devices import own_gpu
from rnnfv.evaluation.classifier import Grid
from rnnfv.experiments.epoch_choice import train_on_split
from rnnfv.reporting.plots import learning_curve
from rnnfv.rnn.network import pick_device
from rnnfv.rnn.training import RNNSettings


def main(snakemake):
    settings = dict(snakemake.params.rnn)
    grid = Grid(tuple(settings.pop("pca")), tuple(settings.pop("alpha")), snakemake.params.C)
    seed, device = int(snakemake.wildcards.seed), pick_device(own_gpu(snakemake.resources.device))
    sequences = load_sequences(snakemake.input.sequences)
    labels, rows = split_rows(
        read_manifest(snakemake.input.manifest), sequences.ids, int(snakemake.wildcards.split)
    )
    network_path = Path(snakemake.output.network)
    state_path = network_path.with_name(
        "unfinished.pt"
    )  # not an output, so it survives when the job is killed
    network_settings = RNNSettings(**settings)
    result = train_on_split(
        sequences,
        labels,
        rows,
        network_settings,
        grid,
        seed=seed,
        device=device,
        state_path=state_path,
    )
    best = {key: result.best[key] for key in ("epoch", "pca", "alpha", "val_loss", "val_accuracy")}
    curve = pd.DataFrame(result.curve).drop(columns="score")
    curve.to_csv(snakemake.output.curve, index=False)
    wildcards = snakemake.wildcards
    title = f"{wildcards.dataset}, {wildcards.feature}, split {wildcards.split}, seed {seed}"
    learning_curve(curve, best["epoch"], title, snakemake.output.plot)
    with atomic_path(network_path) as temporary:
        made_by = provenance(settings, ["torch"], seed=seed, epoch=best["epoch"])
        torch.save({"weights": result.weights, "settings": settings, "made_by": made_by}, temporary)
    with open(snakemake.output.choice, "w") as file:
        json.dump({"seed": seed, **best}, file)
    state_path.unlink(missing_ok=True)


run(main, snakemake)
