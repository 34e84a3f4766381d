"""Train a network for side experiments on one split; keep its weights at the epoch validation chose and at the last."""

from job import run

from rnnfv.arrays.sequences import load_sequences
from rnnfv.data.manifests import read_manifest
from rnnfv.data.splits import split_rows
from rnnfv.devices import own_gpu
from rnnfv.evaluation.classifier import Grid
from rnnfv.experiments.epoch_choice import learning_curve, train_on_split
from rnnfv.rnn.checkpoint import unfinished
from rnnfv.rnn.network import pick_device
from rnnfv.rnn.settings import RNNSettings


def main(snakemake):
    settings, params, seed = snakemake.params.rnn, snakemake.params, int(snakemake.wildcards.seed)
    sequences = load_sequences(snakemake.input.sequences).thinned(params.stride)
    labels, rows = split_rows(
        read_manifest(snakemake.input.manifest), sequences.ids, int(snakemake.wildcards.split)
    )
    result = train_on_split(
        sequences,
        labels,
        rows,
        RNNSettings(**settings),
        Grid((params.pca,), (0.5,), params.C),
        seed=seed,
        device=pick_device(own_gpu(snakemake.resources.device)),
        network_path=snakemake.output.network,
    )
    learning_curve(result).to_csv(snakemake.output.curve, index=False)
    unfinished(snakemake.output.network).unlink(missing_ok=True)


run(main, snakemake)
