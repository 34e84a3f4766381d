"""Retrieval of a table's test items by every model and combination, seed and protocol."""

from job import inputs, output, params

from rnnfv.arrays.writing import write_json
from rnnfv.data.text_files import read_table
from rnnfv.experiments.retrieval import evaluate_methods

wanted = params.methods, params.seeded, params.seeds, params.protocols
records = evaluate_methods(inputs.projected, read_table(inputs.partners), *wanted)
write_json(output.metrics, records)
