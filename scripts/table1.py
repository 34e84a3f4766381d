"""Table 1: accuracies of every data set, feature and pooling, as CSV, Markdown and LaTeX."""

from job import inputs, output, params

from rnnfv.data.text_files import read_table
from rnnfv.reporting.accuracies import attach, read_metrics, read_published, remarks
from rnnfv.reporting.bars import table1_bars
from rnnfv.reporting.render import write_table
from rnnfv.reporting.table1 import IDENTITY, table1, table1_notes, table1_texts

items = [read_table(path) for path in inputs.usable]
metrics = read_metrics(inputs.metrics, IDENTITY)
rows = attach(params.rows, metrics, IDENTITY)
table = table1(rows, items, read_published(inputs.published))
told = params.drawn + remarks(inputs.notes, metrics)
notes = table1_notes(table, rows, items, params.missing, params.synthetic, told)
write_table(table, table1_texts(table, notes), output)
table1_bars(table, output.png)
