"""Write down what a table was made by."""

from pathlib import Path

from job import run

from rnnfv.arrays.hdf5 import config_hash, file_sha256, write_json
from rnnfv.reporting.provenance import made_by


def main(snakemake):
    config = snakemake.params.config
    seeds = {"networks and mixtures": config["seeds"], "validation": config["validation"]["seed"]}
    facts = {
        "table": snakemake.input.table,
        "sha256": file_sha256(snakemake.input.table),
        "config_hash": config_hash(config),
        "seeds": seeds,
        **made_by(Path(__file__).resolve().parent.parent, snakemake.input.features),
        "config": config,
    }
    write_json(snakemake.output.facts, facts)


run(main, snakemake)
