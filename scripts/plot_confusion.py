"""Confusion matrices and per-class accuracies of a feature's poolings, over splits and seeds."""

import pandas as pd
from job import inputs, output, wildcards

from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.text_files import read_table
from rnnfv.reporting import confusion
from rnnfv.reporting.names import in_words

classes = sorted(read_manifest(inputs.manifest)["label"].unique())
predictions = pd.concat(map(read_table, inputs.predictions))
counts = confusion.count_confusions(predictions, classes)
confusion.list_confusions(counts).to_csv(output.confusion, index=False)
confusion.class_accuracies(counts).to_csv(output.per_class, index=False)
confusion.draw_confusions(counts, in_words(wildcards), output.plot)
