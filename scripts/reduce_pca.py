"""PCA of a split's elements, fitted on its training items; then L2. Other items are left out."""

import numpy as np
from job import inputs, output, params, wildcards

from rnnfv.arrays.provenance import provenance, weights_label
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.splits import split_rows
from rnnfv.experiments.classification import open_split, write_reduced
from rnnfv.reduction.pca import StreamedPCA

components = params.components
manifest, split = read_manifest(inputs.manifest), int(wildcards.split)
about = {"weights": weights_label(inputs.sequences), "split": split}
made_by = provenance([components, split], **about)
with open_split(inputs.sequences, manifest, split, inputs.usable) as (sequences, place):
    _, rows = split_rows(manifest, list(place), split)
    train = np.array(list(place.values()))[rows["train"]]
    pca = StreamedPCA(components).fit(sequences, rows=train)
    dim = len(pca.components_)
    print(f"{sequences.dim} -> {dim} dimensions, fitted on {pca.n_samples_seen_} elements")
    pca.save(output.pca, made_by)
    write_reduced(output.sequences, (sequences, place), pca.transform, dim, made_by)
