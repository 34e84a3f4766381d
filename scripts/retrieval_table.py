"""Tables 3, 4 and 5 and the side experiments on sentences: CSV, Markdown and LaTeX."""

import json
from pathlib import Path

from job import run

from rnnfv.data.usable import read_table, summarize
from rnnfv.reporting.retrieval import (
    latex,
    markdown,
    published_rows,
    read_published,
    retrieval_row,
    retrieval_table,
)

PROTOCOLS = {
    "all": "",
    "first-1000": " (first 1,000 test images)",
    "five-folds": " (mean of five folds of the test images)",
}


def read_choices(paths):
    """Map model to what validation chose, by seed."""
    chosen = {}
    for path in paths:
        chosen.setdefault(Path(path).parts[-3], []).append(json.loads(Path(path).read_text()))
    return chosen


def member(chosen):
    """What is known of one member of a method, a value per seed."""
    values = {key: [seed.get(key) for seed in chosen] for key in ("dim", "eta", "epoch")}
    return {"dim": values["dim"][0], "eta": values["eta"], "epochs": values["epoch"]}


def make_rows(snakemake, chosen):
    metrics, labels = json.loads(Path(snakemake.input.metrics).read_text()), snakemake.params.labels
    for protocol in snakemake.params.protocols:
        for method in labels:
            seeds = [
                record
                for record in metrics
                if (record["method"], record["protocol"]) == (method, protocol)
            ]
            known = [chosen[model] for model in seeds[0]["members"]]
            yield retrieval_row(
                snakemake.params.captions + PROTOCOLS[protocol],
                labels[method],
                [member(model) for model in known],
                seeds,
                weights=known[0][0]["weights"],
                words=" + ".join(dict.fromkeys(model[0]["words"] for model in known)),
            )


def make_notes(snakemake, chosen):
    notes = [
        f"{snakemake.params.captions}: images, {summarize(read_table(snakemake.input.usable))}"
    ]
    coverage = json.loads(Path(snakemake.input.coverage).read_text())["test"]
    notes.append(
        f"words of test sentences without a vector or unseen in training: {coverage['dropped_tokens']} of "
        f"{coverage['tokens']}, left out; {coverage['empty_sentences']} sentences have no other"
    )
    notes.append(
        "eta and epochs were chosen by the sum of recalls on validation images; nothing was chosen on test images"
    )
    first = {model: seeds[0] for model, seeds in chosen.items() if "untrained_rsum" in seeds[0]}
    untrained = [f"{model} {seed['untrained_rsum']:.1f}" for model, seed in first.items()]
    if untrained:
        notes.append(
            f"sum of R@ on validation before training (sampled coordinates, first seed): {', '.join(untrained)}"
        )
    if snakemake.params.synthetic:
        notes.append(
            f"{snakemake.params.captions}: pictures and sentences drawn by rule, a stand-in; it shows that the method "
            "works, not how well on photographs. Published values below are of other data and cannot be compared with it"
        )
    return notes


def main(snakemake):
    chosen = read_choices(snakemake.input.choices)
    table = retrieval_table(list(make_rows(snakemake, chosen)))
    number = snakemake.wildcards.table.removeprefix("table")
    published = published_rows(
        read_published(snakemake.input.published), int(number) if number.isdigit() else 0
    )
    title = (
        f"Table {number}: image-sentence retrieval"
        if number.isdigit()
        else "Side experiments on sentences"
    )
    caption, notes = f"{title}, {snakemake.params.captions}", make_notes(snakemake, chosen)
    table.to_csv(snakemake.output.csv, index=False, float_format="%.4g")
    Path(snakemake.output.md).write_text(markdown(table, published, caption, notes))
    Path(snakemake.output.tex).write_text(latex(table, published, caption, notes))


run(main, snakemake)
