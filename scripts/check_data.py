"""Say what data is there, what is missing, on what machine, and what to do next."""

from job import params, snakemake

from rnnfv.arrays.writing import atomic_path
from rnnfv.planning.sources import data_report

text = data_report(snakemake.config, params.options)
print(text)
with atomic_path(params.report) as path:
    path.write_text(text, encoding="utf-8")
