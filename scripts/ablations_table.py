"""The side experiments on action recognition, as CSV, Markdown, LaTeX and a picture."""

import json
from pathlib import Path

from job import run

from rnnfv.data.usable import read_table, summarize
from rnnfv.reporting.ablations import ablation_latex, ablation_markdown, ablation_row
from rnnfv.reporting.plots import ablation_bars
from rnnfv.reporting.table1 import order_columns


def read_runs(paths):
    """Map (feature, training, change) to what was measured: a list per split, with an entry per seed."""
    runs = {}
    for path in paths:
        _, _, _, feature, _, split, _, training, _, _ = Path(path).parts
        metrics = json.loads(Path(path).read_text())
        for measured in metrics["changes"]:
            splits = runs.setdefault((feature, training, measured["change"]), {})
            splits.setdefault(split, []).append({**measured, "weights": metrics["weights"]})
    return {key: list(splits.values()) for key, splits in runs.items()}


def main(snakemake):
    params, runs = snakemake.params, read_runs(snakemake.input.metrics)
    items = dict(zip(params.features, map(read_table, snakemake.input.usable), strict=True))
    found = [
        runs[change["feature"], change["training"], change["name"]] for change in params.changes
    ]
    table = order_columns(
        [
            ablation_row(
                change, params.dataset, params.splits, run, found[0], items[change["feature"]]
            )
            for change, run in zip(params.changes, found, strict=True)
        ]
    )
    caption = f"Side experiments on {params.dataset}: accuracy in per cent, mean over splits ± standard deviation over splits"
    notes = [
        "gain: difference from the reference on the same splits and seeds, ± over splits; each row differs from it in "
        "what its name says alone",
        "validation: of an SVM trained on training items; choose by this column. Nothing was chosen on test items",
        "numbers: of the vector before PCA; time: of extracting vectors, as a multiple of the reference's, which is timed "
        "in the same process in turn (medians of three); 1.0 where nothing about extraction differs",
        *(f"{feature}: {summarize(table)}" for feature, table in items.items()),
        *dict.fromkeys(
            f"{name}: {weights}"
            for name, weights in zip(table["feature"], table["weights"], strict=True)
        ),
    ]
    if params.synthetic:
        notes.append(
            f"{params.dataset}: synthetic, drawn by rule; it shows that the method works, not how well on real video"
        )
    table.to_csv(snakemake.output.csv, index=False, float_format="%.2f")
    Path(snakemake.output.md).write_text(ablation_markdown(table, caption, notes))
    Path(snakemake.output.tex).write_text(ablation_latex(table, caption, notes))
    title = f"Side experiments, {params.dataset}"
    ablation_bars(
        list(table["change"]),
        table["mean"].to_numpy(),
        table["std"].to_numpy(float),
        title,
        snakemake.output.plot,
    )


run(main, snakemake)
