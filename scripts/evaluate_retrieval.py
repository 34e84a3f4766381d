"""Retrieval of a table's test items by every model and combination, seed and protocol."""

from job import run

from rnnfv.arrays.hdf5 import write_json
from rnnfv.data.usable import read_table
from rnnfv.experiments.retrieval import evaluate_methods


def main(snakemake):
    inputs, params = snakemake.input, snakemake.params
    wanted = params.methods, params.seeded, params.seeds, params.protocols
    records = evaluate_methods(inputs.projected, read_table(inputs.partners), *wanted)
    write_json(snakemake.output.metrics, records)


run(main, snakemake)
