"""Table 2: fused representations, transfer, and published results, as CSV, Markdown and LaTeX."""

from job import inputs, output, params

from rnnfv.reporting.accuracies import attach, read_metrics, read_published, remarks
from rnnfv.reporting.bars import table2_bars
from rnnfv.reporting.render import write_table
from rnnfv.reporting.table2 import IDENTITY, table2, table2_notes, table2_texts

metrics = read_metrics(inputs.metrics, IDENTITY)
rows = attach(params.rows, metrics, IDENTITY)
table = table2(rows, read_published(inputs.published))
told = params.drawn + remarks(inputs.notes, metrics)
notes = table2_notes(rows, params.missing, params.synthetic, told)
write_table(table, table2_texts(table, notes), output)
table2_bars(table, output.png)
