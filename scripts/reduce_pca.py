"""PCA of a split's elements, fitted on its training items; then L2. Other items are left out."""

import numpy as np
from job import run

from rnnfv.arrays.hdf5 import provenance, weights_label
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.sequences import open_sequences, write_sequences
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.splits import items_in_split, split_rows
from rnnfv.progress import progress
from rnnfv.reduction.pca import StreamedPCA, write_pca


def main(snakemake):
    manifest, split = read_manifest(snakemake.input.manifest), int(snakemake.wildcards.split)
    with open_sequences(snakemake.input.sequences) as sequences:
        place = {name: i for i, name in enumerate(sequences.ids)}
        ids = [name for name in items_in_split(manifest, split) if name in place]
        _, rows = split_rows(manifest, ids, split)
        train = np.array([place[ids[i]] for i in rows["train"]])
        pca = StreamedPCA(snakemake.params.components).fit(sequences, rows=train)
        print(
            f"{sequences.dim} -> {len(pca.components_)} dimensions, "
            f"fitted on {pca.n_samples_seen_} elements"
        )
        made_by = provenance(
            [snakemake.params.components, split],
            weights=weights_label(snakemake.input.sequences),
            split=split,
        )
        write_pca(snakemake.output.pca, pca, made_by)
        reduced = ((name, l2_normalize(pca.transform(sequences[place[name]]))) for name in ids)
        write_sequences(
            snakemake.output.sequences,
            progress(reduced, "items", len(ids)),
            len(pca.components_),
            np.float32,
            made_by,
        )


run(main, snakemake)
