"""Facts about all tables in one file: what they share once, and what is each table's own."""

from job import inputs, output

from rnnfv.arrays.intermediates import read_json
from rnnfv.arrays.writing import write_json
from rnnfv.reporting.provenance import shared_facts

write_json(output.facts, shared_facts(map(read_json, inputs.facts)))
