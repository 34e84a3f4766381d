"""RNN Fisher vectors of one data set by a network, and the PCA it needs, trained on another data set."""

from dataclasses import asdict

import numpy as np
from job import run

from rnnfv.arrays.hdf5 import provenance, weights_label, write_vectors
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.sequences import Sequences, open_sequences
from rnnfv.data.manifests import read_manifest
from rnnfv.data.splits import items_in_split
from rnnfv.devices import own_gpu
from rnnfv.errors import InputError
from rnnfv.progress import progress
from rnnfv.reduction.pca import read_pca
from rnnfv.rnn.checkpoint import TrainedNetwork
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.network import pick_device


def main(snakemake):
    seed, source = int(snakemake.wildcards.seed), snakemake.params.trained_on
    stored = TrainedNetwork.read(snakemake.input.network)
    with open_sequences(snakemake.input.sequences) as sequences:
        place = {name: i for i, name in enumerate(sequences.ids)}
        wanted = items_in_split(
            read_manifest(snakemake.input.manifest), int(snakemake.wildcards.split)
        )
        ids = [name for name in wanted if name in place]
        pca = read_pca(snakemake.input.pca) if snakemake.input.pca else None
        if pca is not None and sequences.dim != pca.n_features_in_:
            raise InputError(
                f"{snakemake.input.sequences}: elements have {sequences.dim} dimensions, but the PCA of {source} was fitted "
                f"on {pca.n_features_in_}: use features of the same network for both data sets."
            )
        read = (sequences[place[name]] for name in ids)
        parts = [
            x if pca is None else l2_normalize(pca.transform(x))
            for x in progress(read, "items", len(ids))
        ]
    items = Sequences(
        ids, np.concatenate([[0], np.cumsum([len(x) for x in parts])]), np.concatenate(parts)
    )
    if items.dim != stored.n_features:
        raise InputError(
            f"elements have {items.dim} dimensions after reduction, but the RNN of {source} predicts {stored.n_features}."
        )
    vectors = FisherVectors(
        stored.network(), items, device=pick_device(own_gpu(snakemake.resources.device))
    )
    made_by = provenance(
        asdict(stored.settings),
        ["torch"],
        pooling="rnn-fv",
        seed=seed,
        weights=f"{weights_label(snakemake.input.sequences)}; RNN trained on {source}",
    )
    write_vectors(
        snakemake.output.vectors,
        items.ids,
        progress(vectors.rows(), "blocks"),
        vectors.shape[1],
        made_by,
    )


run(main, snakemake)
