"""Facts about all tables in one file: what they share once, and what is each table's own."""

from job import run

from rnnfv.arrays.hdf5 import write_json
from rnnfv.reporting.accuracies import read_json
from rnnfv.reporting.provenance import shared_facts


def main(snakemake):
    facts = map(read_json, snakemake.input.facts)
    write_json(snakemake.output.facts, shared_facts(facts))


run(main, snakemake)
