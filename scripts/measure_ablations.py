"""Accuracy and time of every change that uses this network; the reference's extraction is timed beside."""

import json

from job import run

from rnnfv.arrays.hdf5 import weights_label
from rnnfv.arrays.sequences import load_sequences
from rnnfv.data.manifests import read_manifest
from rnnfv.data.splits import split_rows
from rnnfv.devices import own_gpu
from rnnfv.experiments.ablations import extraction, measure, represent, scaled, time_ratio
from rnnfv.planning.ablations import extraction_key
from rnnfv.rnn.checkpoint import TrainedNetwork
from rnnfv.rnn.network import pick_device
from rnnfv.rnn.settings import RNNSettings


def main(snakemake):
    seed, device = int(snakemake.wildcards.seed), pick_device(own_gpu(snakemake.resources.device))
    changes, reference = snakemake.params.changes, snakemake.params.reference
    sequences = load_sequences(snakemake.input.sequences).thinned(changes[0]["stride"])
    labels, rows = split_rows(
        read_manifest(snakemake.input.manifest), sequences.ids, int(snakemake.wildcards.split)
    )
    stored = TrainedNetwork.read(snakemake.input.network)
    compared = load_sequences(snakemake.input.reference)

    def extracted(change, built, elements):
        return extraction(
            built, elements, change["pooling"], change["layers"], change["scaling"], device
        )

    # Which weights the network has does not matter to the time it takes.
    ordinary = extracted(
        reference, RNNSettings(**reference["rnn"]).build(compared.dim, seed), compared
    )
    times = {extraction_key(reference): 1.0}
    measured = []
    for change in changes:
        built, key = stored.network(change["epoch"]), extraction_key(change)
        if key not in times:
            times[key] = time_ratio(extracted(change, built, sequences), ordinary)
        source = scaled(
            represent(built, sequences, change["pooling"], change["layers"], device),
            change["scaling"],
            rows["train"],
        )
        accuracies = measure(
            source, labels, rows, change["pca"], change["alpha"], change["l2"], snakemake.params.C
        )
        epoch = stored.epochs.get(change["epoch"], 0)
        measured.append(
            {"change": change["name"], **accuracies, "epoch": epoch, "time": times[key]}
        )
        print(
            f"{change['name']}: {100 * accuracies['accuracy']:.2f} % of {len(rows['test'])} test items right"
        )
    counts = {part: len(members) for part, members in rows.items()}
    metrics = {
        "seed": seed,
        "weights": weights_label(snakemake.input.sequences),
        "counts": counts,
        "changes": measured,
    }
    with open(snakemake.output.metrics, "w") as file:
        json.dump(metrics, file, indent=1)


run(main, snakemake)
