"""Table 2: fused representations, transfer, and published results, as CSV, Markdown and LaTeX."""

import json
from pathlib import Path

import pandas as pd
from job import run

from rnnfv.reporting.table2 import latex, markdown, notes_on_tracks, table2

CAPTION = "Table 2: action recognition by early fusion, mean accuracy over splits ± standard deviation over splits, in per cent"


def main(snakemake):
    metrics = {}
    for path in snakemake.input.metrics:
        *_, dataset, _, row, _, _ = Path(path).parts
        metrics.setdefault((dataset, row), []).append(json.loads(Path(path).read_text()))
    published = pd.read_csv(snakemake.input.published)
    rows = [row | {"metrics": metrics[row["dataset"], row["row"]]} for row in snakemake.params.rows]
    table = table2(rows, published)
    notes = [note for row in rows for note in notes_on_tracks(row)] + list(snakemake.params.missing)
    for name in snakemake.params.synthetic:
        notes.append(
            f"{name}: synthetic, drawn by rule; it shows that the method works, not how well on real video"
        )
    table.to_csv(snakemake.output.csv, index=False, float_format="%.2f")
    Path(snakemake.output.md).write_text(markdown(table, CAPTION, notes))
    Path(snakemake.output.tex).write_text(latex(table, CAPTION, notes))


run(main, snakemake)
