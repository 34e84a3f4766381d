"""Tables 3, 4 and 5 and the side experiments on sentences: CSV, Markdown and LaTeX."""

from job import inputs, output, params, wildcards

from rnnfv.arrays.intermediates import read_json
from rnnfv.data.text_files import read_table
from rnnfv.reporting import retrieval
from rnnfv.reporting.accuracies import read_metrics, read_published
from rnnfv.reporting.bars import recall_bars
from rnnfv.reporting.published import of_datasets, published_rows
from rnnfv.reporting.render import write_table
from rnnfv.reporting.retrieval_texts import retrieval_texts

chosen = retrieval.by_model(read_json(path, ("model", "seed")) for path in inputs.choices)
metrics = read_metrics([inputs.metrics], ("method", "protocol"))
table = retrieval.retrieval_table(params.captions, params.labels, params.protocols, metrics, chosen)
images, coverage = read_table(inputs.usable), read_json(inputs.coverage, ["test"])["test"]
notes = retrieval.retrieval_notes(params.captions, images, coverage, chosen, params.synthetic)
notes += read_json(inputs.notes)
number, caption = retrieval.retrieval_caption(wildcards.table, params.captions)
known = of_datasets(read_published(inputs.published), [params.captions])
published = published_rows(known, number)
texts = retrieval_texts(table, published, caption, notes)
write_table(table, texts, output, "%.4g")
recall_bars(table, caption, output.png)
