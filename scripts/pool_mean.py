"""Mean pooling."""

from job import run

from rnnfv.arrays.hdf5 import provenance, weights_label, write_vectors
from rnnfv.arrays.sequences import load_sequences
from rnnfv.pooling.mean import MeanPooling


def main(snakemake):
    sequences = load_sequences(snakemake.input.sequences)
    vectors = MeanPooling().fit_transform(sequences)
    made_by = provenance({}, pooling="mean", weights=weights_label(snakemake.input.sequences))
    write_vectors(
        snakemake.output.vectors, sequences.ids, iter([vectors]), vectors.shape[1], made_by
    )


run(main, snakemake)
