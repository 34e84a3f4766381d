"""The side experiments on action recognition, as CSV, Markdown, LaTeX and a picture."""

from job import inputs, output, params

from rnnfv.data.text_files import read_table
from rnnfv.reporting.ablations import ablation_notes, ablation_table, ablation_texts, read_runs
from rnnfv.reporting.accuracies import read_metrics, remarks
from rnnfv.reporting.bars import ablation_bars
from rnnfv.reporting.render import write_table

metrics = read_metrics(inputs.metrics, ("changes",))
runs = read_runs(metrics)
items = dict(zip(params.features, map(read_table, inputs.usable), strict=True))
table = ablation_table(params.changes, params.dataset, runs, items)
told = params.drawn + remarks(inputs.notes, metrics)
notes = ablation_notes(table, items, params.synthetic, told)
write_table(table, ablation_texts(table, notes), output)
ablation_bars(table, f"Side experiments, {params.dataset}", output.png)
