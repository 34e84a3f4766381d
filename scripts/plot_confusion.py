"""Confusion matrices and per-class accuracies of a feature's poolings, summed over splits and seeds."""

from pathlib import Path

import numpy as np
import pandas as pd
from job import run
from sklearn.metrics import confusion_matrix

from rnnfv.data.manifests import read_manifest
from rnnfv.data.usable import read_table
from rnnfv.reporting.plots import confusion_matrices


def main(snakemake):
    classes = sorted(read_manifest(snakemake.input.manifest)["label"].unique())
    predictions: dict[str, list[pd.DataFrame]] = {}
    for path in snakemake.input.predictions:
        predictions.setdefault(Path(path).parent.name, []).append(read_table(path))
    counts, tidy, per_class = {}, [], []
    for pooling, parts in predictions.items():
        table = pd.concat(parts)
        matrix = counts[pooling] = confusion_matrix(
            table["label"], table["predicted"], labels=classes
        )
        for i, j in np.argwhere(matrix):
            tidy.append(
                {
                    "pooling": pooling,
                    "label": classes[i],
                    "predicted": classes[j],
                    "count": matrix[i, j],
                }
            )
        accuracy = 100 * np.diag(matrix) / np.maximum(matrix.sum(axis=1), 1)
        per_class += [
            {"pooling": pooling, "label": name, "accuracy": value, "n": n}
            for name, value, n in zip(classes, accuracy, matrix.sum(axis=1), strict=True)
        ]
    pd.DataFrame(tidy).to_csv(snakemake.output.confusion, index=False)
    pd.DataFrame(per_class).to_csv(snakemake.output.per_class, index=False)
    title = f"{snakemake.wildcards.dataset}, {snakemake.wildcards.feature}"
    confusion_matrices(counts, classes, title, snakemake.output.plot)


run(main, snakemake)
