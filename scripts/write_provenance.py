"""Write down what a table was made by."""

import json
from pathlib import Path

from job import run

from rnnfv.arrays.hdf5 import atomic_path, config_hash, file_sha256
from rnnfv.reporting.provenance import made_by


def main(snakemake):
    config = snakemake.params.config
    facts = {
        "table": snakemake.input.table,
        "sha256": file_sha256(snakemake.input.table),
        "config_hash": config_hash(config),
        "seeds": {
            "networks and mixtures": config["seeds"],
            "validation": config["validation"]["seed"],
        },
        **made_by(Path(__file__).resolve().parent.parent, snakemake.input.features),
        "config": config,
    }
    with atomic_path(snakemake.output.facts) as temporary:
        temporary.write_text(json.dumps(facts, indent=2) + "\n")


run(main, snakemake)
