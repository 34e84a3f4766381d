"""Tables 3, 4 and 5 and the side experiments on sentences: CSV, Markdown and LaTeX."""

from job import run

from rnnfv.data.usable import read_table
from rnnfv.reporting import retrieval
from rnnfv.reporting.accuracies import read_json, read_published
from rnnfv.reporting.published import published_rows
from rnnfv.reporting.render import write_table


def main(snakemake):
    params, source = snakemake.params, snakemake.input
    chosen = retrieval.by_model(map(read_json, source.choices))
    table = retrieval.retrieval_table(
        params.captions, params.labels, params.protocols, read_json(source.metrics), chosen
    )
    images, coverage = read_table(source.usable), read_json(source.coverage)["test"]
    notes = retrieval.retrieval_notes(params.captions, images, coverage, chosen, params.synthetic)
    number, caption = retrieval.retrieval_caption(snakemake.wildcards.table, params.captions)
    published = published_rows(read_published(source.published), number)
    texts = retrieval.retrieval_texts(table, published, caption, notes)
    write_table(table, texts, snakemake.output, "%.4g")


run(main, snakemake)
