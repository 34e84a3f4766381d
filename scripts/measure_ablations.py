"""Accuracy and time of every change that uses this split's networks, for every seed."""

from job import run

from rnnfv.arrays.hdf5 import weights_label, write_json
from rnnfv.arrays.sequences import load_sequences
from rnnfv.devices import own_gpu
from rnnfv.experiments.ablations import measure_changes
from rnnfv.experiments.classification import read_split
from rnnfv.rnn.checkpoint import TrainedNetwork
from rnnfv.rnn.network import pick_device


def main(snakemake):
    params, files = snakemake.params, snakemake.input
    place = {**snakemake.wildcards, "split": int(snakemake.wildcards.split)}
    data = read_split(files.sequences, files.manifest, place["split"], params.changes[0]["stride"])
    compared = load_sequences(files.reference)
    device = pick_device(own_gpu(snakemake.resources.device))
    measured = []
    for network in map(TrainedNetwork.read, files.networks):
        about = [params.changes, params.reference, network, data, compared, params.C, device]
        measured += measure_changes(*about)
    counts = {part: len(members) for part, members in data.rows.items()}
    facts = {**place, "weights": weights_label(files.sequences), "counts": counts}
    write_json(snakemake.output.metrics, {**facts, "changes": measured})


run(main, snakemake)
