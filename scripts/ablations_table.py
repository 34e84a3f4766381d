"""The side experiments on action recognition, as CSV, Markdown, LaTeX and a picture."""

from job import inputs, output, params

from rnnfv.data.text_files import read_table
from rnnfv.reporting.ablations import ablation_notes, ablation_table, ablation_texts, read_runs
from rnnfv.reporting.accuracies import read_metrics
from rnnfv.reporting.plots import ablation_bars
from rnnfv.reporting.render import write_table

runs = read_runs(read_metrics(inputs.metrics))
items = dict(zip(params.features, map(read_table, inputs.usable), strict=True))
table = ablation_table(params.changes, params.dataset, runs, items)
notes = ablation_notes(table, items, params.synthetic, params.drawn)
write_table(table, ablation_texts(table, notes), output)
ablation_bars(table, f"Side experiments, {params.dataset}", output.plot)
