"""Early fusion: a row's members side by side, one linear SVM; for all splits and seeds."""

import pandas as pd
from job import inputs, output, params, wildcards

from rnnfv.arrays.writing import write_json
from rnnfv.data.manifests.table import read_manifest
from rnnfv.experiments.fusion import fuse

paths = iter(inputs.members)
manifest = read_manifest(inputs.manifest)
metrics, predictions = [], []
for split in params.splits:
    members = {seed: [next(paths) for _ in params.names] for seed in params.seeds}
    measured, table = fuse(members, manifest, split, params.C)
    metrics.append({**wildcards, "split": split, **measured})
    predictions.append(table.assign(split=split))
columns = ["split", "seed", "id", "label", "predicted"]
pd.concat(predictions)[columns].to_csv(output.predictions, index=False)
write_json(output.metrics, metrics)
