"""Train a network for side experiments on one split; keep its weights at the epoch validation chose and at the last."""

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
from rnnfv.rnn.network import pick_device
from rnnfv.rnn.training import RNNSettings


def main(snakemake):
    settings, params, seed = snakemake.params.rnn, snakemake.params, int(snakemake.wildcards.seed)
    sequences = load_sequences(snakemake.input.sequences).thinned(params.stride)
    labels, rows = split_rows(
        read_manifest(snakemake.input.manifest), sequences.ids, int(snakemake.wildcards.split)
    )
    network_path = Path(snakemake.output.network)
    state_path = network_path.with_name(
        "unfinished.pt"
    )  # not an output, so it survives when the job is killed
    result = train_on_split(
        sequences,
        labels,
        rows,
        RNNSettings(**settings),
        Grid((params.pca,), (0.5,), params.C),
        seed=seed,
        device=pick_device(own_gpu(snakemake.resources.device)),
        state_path=state_path,
    )
    pd.DataFrame(result.curve).drop(columns="score").to_csv(snakemake.output.curve, index=False)
    made_by = provenance(
        [settings, params.stride], ["torch"], seed=seed, epoch=result.best["epoch"]
    )
    epochs = {"best": result.best["epoch"], "last": result.curve[-1]["epoch"]}
    weights = {"best": result.weights, "last": result.last_weights}
    with atomic_path(network_path) as temporary:
        torch.save(
            {"weights": weights, "epochs": epochs, "settings": settings, "made_by": made_by},
            temporary,
        )
    state_path.unlink(missing_ok=True)


run(main, snakemake)
