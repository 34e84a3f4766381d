"""Write down what a table was made by."""

from pathlib import Path

from job import inputs, output, params

from rnnfv.arrays.provenance import config_hash, file_sha256
from rnnfv.arrays.writing import write_json
from rnnfv.reporting.provenance import made_by

config = params.config
seeds = {"networks and mixtures": config["seeds"], "validation": config["validation"]["seed"]}
facts = {
    "table": inputs.table,
    "sha256": file_sha256(inputs.table),
    "config_hash": config_hash(config),
    "seeds": seeds,
    **made_by(Path(__file__).resolve().parent.parent, inputs.features),
    "config": config,
}
write_json(output.facts, facts)
