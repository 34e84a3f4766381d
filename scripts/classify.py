"""Pool the items of one split in every way, classify the vectors, test once; for every seed."""

import pandas as pd
from job import inputs, output, params, wildcards

from rnnfv.arrays.provenance import weights_label
from rnnfv.arrays.writing import write_json
from rnnfv.experiments.classification import classify, read_split, with_networks

place = {**wildcards, "split": int(wildcards.split)}
data = read_split(inputs.sequences, inputs.manifest, place["split"], folds=params.folds)
data = with_networks(data, params.seeds, inputs.networks, inputs.choices)
metrics, predictions = [], []
for pooling in params.poolings:
    measured, table = classify(data, pooling, params.settings, params.seeds)
    metrics.append({**place, "weights": weights_label(inputs.sequences), **measured})
    predictions.append(table.assign(**place, pooling=pooling))
columns = [*place, "pooling", "seed", "id", "label", "predicted"]
pd.concat(predictions)[columns].to_csv(output.predictions, index=False)
write_json(output.metrics, metrics)
