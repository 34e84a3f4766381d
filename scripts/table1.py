"""Table 1: accuracies of every data set, feature and pooling, as CSV, Markdown and LaTeX."""

import json
from pathlib import Path

import pandas as pd
from job import run

from rnnfv.data.usable import read_table, summarize
from rnnfv.reporting.table1 import latex, markdown, order_columns, table1_row

CAPTION = "Table 1: action recognition by pooling, mean accuracy over splits ± standard deviation over splits, in per cent"


def main(snakemake):
    published = pd.read_csv(snakemake.input.published)
    rows, items = snakemake.params.rows, [read_table(path) for path in snakemake.input.usable]
    metrics = {}
    for path in snakemake.input.metrics:
        *_, dataset, feature, reduction, _, pooling, _ = Path(path).parts
        metrics.setdefault((dataset, feature, reduction, pooling), []).append(
            json.loads(Path(path).read_text())
        )
    table = order_columns(
        [
            table1_row(row, metrics[tuple(row.values())], item, published)
            for row, item in zip(rows, items, strict=True)
        ]
    )
    notes = [f"{row['dataset']}: {summarize(item)}" for row, item in zip(rows, items, strict=True)]
    notes += [
        f"{feature}: {weights}"
        for feature, weights in zip(table["feature"], table["weights"], strict=True)
    ]
    notes += [
        f"{name}: no row, since features.{name}.weights is not set"
        for name in snakemake.params.missing
    ]
    notes.append(
        "published: the paper's cells of this table are not known to us, so none is printed"
    )
    for name in snakemake.params.synthetic:
        notes.append(
            f"{name}: synthetic, drawn by rule; it shows that the method works, not how well on real video"
        )
    notes = list(dict.fromkeys(notes))
    table.to_csv(snakemake.output.csv, index=False, float_format="%.2f")
    Path(snakemake.output.md).write_text(markdown(table, CAPTION, notes))
    Path(snakemake.output.tex).write_text(latex(table, CAPTION, notes))


run(main, snakemake)
