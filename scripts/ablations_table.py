"""The side experiments on action recognition, as CSV, Markdown, LaTeX and a picture."""

from job import run

from rnnfv.data.usable import read_table
from rnnfv.reporting.ablations import ablation_notes, ablation_table, ablation_texts, read_runs
from rnnfv.reporting.accuracies import read_metrics
from rnnfv.reporting.plots import ablation_bars
from rnnfv.reporting.render import write_table


def main(snakemake):
    params, source = snakemake.params, snakemake.input
    runs = read_runs(read_metrics(source.metrics))
    items = dict(zip(params.features, map(read_table, source.usable), strict=True))
    table = ablation_table(params.changes, params.dataset, runs, items)
    notes = ablation_notes(table, items, params.synthetic)
    write_table(table, ablation_texts(table, notes), snakemake.output)
    ablation_bars(table, f"Side experiments, {params.dataset}", snakemake.output.plot)


run(main, snakemake)
