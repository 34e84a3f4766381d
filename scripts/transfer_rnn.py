"""RNN Fisher vectors of one data set by a network, and the PCA it needs, trained on another data set."""

import torch
from job import run

from rnnfv.errors import InputError
from rnnfv.fisher import FisherVectors
from rnnfv.manifests import read_manifest
from rnnfv.normalize import l2_normalize
from rnnfv.pca import read_pca
from rnnfv.progress import progress
from rnnfv.rnn import pick_device
from rnnfv.sequences import Sequences, open_sequences
from rnnfv.splits import items_in_split
from rnnfv.storage import provenance, weights_label, write_vectors
from rnnfv.training import RNNSettings


def main(snakemake):
    seed, source = int(snakemake.wildcards.seed), snakemake.params.trained_on
    stored = torch.load(snakemake.input.network, weights_only=True)
    with open_sequences(snakemake.input.sequences) as sequences:
        place = {name: i for i, name in enumerate(sequences.ids)}
        wanted = items_in_split(read_manifest(snakemake.input.manifest), int(snakemake.wildcards.split))
        items = sequences.select([place[name] for name in wanted if name in place])
    if snakemake.input.pca:
        pca = read_pca(snakemake.input.pca)
        if items.dim != pca.n_features_in_:
            raise InputError(
                f"{snakemake.input.sequences}: elements have {items.dim} dimensions, but the PCA of {source} was fitted on "
                f"{pca.n_features_in_}: use features of the same network for both data sets."
            )
        items = Sequences(items.ids, items.offsets, l2_normalize(pca.transform(items.values)))
    settings = RNNSettings(**stored["settings"])
    size = stored["weights"]["output.weight"].shape[0]
    if items.dim != size:
        raise InputError(f"elements have {items.dim} dimensions after reduction, but the RNN of {source} predicts {size}.")
    network = settings.build(items.dim, seed)
    network.load_state_dict(stored["weights"])
    vectors = FisherVectors(network, items, device=pick_device(snakemake.resources.device))
    made_by = provenance(
        stored["settings"],
        ["torch"],
        pooling="rnn-fv",
        seed=seed,
        weights=f"{weights_label(snakemake.input.sequences)}; RNN trained on {source}",
    )
    write_vectors(snakemake.output.vectors, items.ids, progress(vectors.rows(), "blocks"), vectors.shape[1], made_by)


run(main, snakemake)
