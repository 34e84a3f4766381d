"""Pool the items of one split in every way, classify the vectors, test once; for every seed."""

import pandas as pd
from job import run

from rnnfv.arrays.hdf5 import weights_label, write_json
from rnnfv.experiments.classification import classify, read_split, with_networks


def main(snakemake):
    params, files = snakemake.params, snakemake.input
    place = {**snakemake.wildcards, "split": int(snakemake.wildcards.split)}
    data = read_split(files.sequences, files.manifest, place["split"])
    data = with_networks(data, params.seeds, files.networks, files.choices)
    metrics, predictions = [], []
    for pooling in params.poolings:
        measured, table = classify(data, pooling, params.settings, params.seeds)
        metrics.append({**place, "weights": weights_label(files.sequences), **measured})
        predictions.append(table.assign(**place, pooling=pooling))
    columns = [*place, "pooling", "seed", "id", "label", "predicted"]
    pd.concat(predictions)[columns].to_csv(snakemake.output.predictions, index=False)
    write_json(snakemake.output.metrics, metrics)


run(main, snakemake)
