"""Retrieval of a table's test items by every model and combination, seed and protocol."""

import json
from pathlib import Path

from job import run

from rnnfv.data.usable import read_table
from rnnfv.experiments.retrieval import evaluate_methods


def main(snakemake):
    inputs, params = snakemake.input, snakemake.params
    wanted = params.methods, params.seeded, params.seeds, params.protocols
    records = evaluate_methods(inputs.projected, read_table(inputs.partners), *wanted)
    Path(snakemake.output.metrics).write_text(json.dumps(records))


run(main, snakemake)
