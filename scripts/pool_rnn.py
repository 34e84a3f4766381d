"""Pool every item with the network: RNN-FV, hidden activations (control), RNN-FV of the untrained network (control)."""

from dataclasses import asdict

from job import run

from rnnfv.arrays.hdf5 import provenance, weights_label, write_vectors
from rnnfv.arrays.sequences import load_sequences
from rnnfv.devices import own_gpu
from rnnfv.progress import progress
from rnnfv.rnn.checkpoint import TrainedNetwork
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.network import pick_device


def main(snakemake):
    device, seed = pick_device(own_gpu(snakemake.resources.device)), int(snakemake.wildcards.seed)
    stored = TrainedNetwork.read(snakemake.input.network)
    sequences = load_sequences(snakemake.input.sequences)
    untrained, trained = stored.network("untrained"), stored.network()
    for pooling, path in zip(snakemake.params.poolings, snakemake.output.vectors, strict=True):
        network = untrained if pooling == "rnn-fv-untrained" else trained
        vectors = FisherVectors(network, sequences, device=device)
        made_by = provenance(
            asdict(stored.settings),
            ["torch"],
            pooling=pooling,
            seed=seed,
            weights=weights_label(snakemake.input.sequences),
        )
        if pooling == "rnn-hidden":
            hidden = vectors.mean_hidden()
            write_vectors(path, sequences.ids, iter([hidden]), hidden.shape[1], made_by)
        else:
            write_vectors(
                path, sequences.ids, progress(vectors.rows(), "blocks"), vectors.shape[1], made_by
            )


run(main, snakemake)
