"""Facts about all tables in one file: what they share once, and what is each table's own."""

import json
from pathlib import Path

from job import run

from rnnfv.arrays.hdf5 import atomic_path
from rnnfv.reporting.provenance import shared_facts


def main(snakemake):
    facts = [json.loads(Path(path).read_text()) for path in snakemake.input.facts]
    with atomic_path(snakemake.output.facts) as temporary:
        temporary.write_text(json.dumps(shared_facts(facts), indent=2) + "\n")


run(main, snakemake)
