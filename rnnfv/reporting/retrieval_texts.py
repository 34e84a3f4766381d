"""Tables of retrieval for people.

Our rows come first. Published values never enter the CSV: they stand in a block of their own, each
value with its status.
"""

from collections.abc import Sequence

import pandas as pd

from rnnfv.evaluation.ranks import TASKS, TIE
from rnnfv.evaluation.retrieval import METRICS
from rnnfv.reporting.pages import html_table, page
from rnnfv.reporting.published import LEGEND, source_letters
from rnnfv.reporting.render import Bold, Texts, bold_best, latex, markdown, numbers, plus_minus
from rnnfv.reporting.terminal import terminal

SHORT = ("R@1", "R@5", "R@10", "med", "mean")
HEADINGS = {
    **dict(zip(METRICS[:5], (f"annotation {name}" for name in SHORT), strict=True)),
    **dict(zip(METRICS[5:10], (f"search {name}" for name in SHORT), strict=True)),
    "sentence_meanr": "sentence mean",
}
"""Metrics that are shown, as in the paper: of sentence similarity the mean rank alone."""
RECALLS = {f"{task} R@{k}": f"{task[0].upper()}@{k}" for task in TASKS[:2] for k in (1, 5, 10)}
SUM = ("sum of R@", "± seeds")
BRIEF = "A: annotation, S: search; recalls in per cent and their sum"
GROUPS = (("annotation", 5), ("search", 5), ("sentence", 1))
LEFT = ("data set", "method", "reference", "eta", "epochs", "dim", "source", "")
READING = (
    "annotation: image to sentences; search: sentence to image; sentence: sentence to the others "
    "of its image. R@K in per cent; med, mean: median and mean rank of the first right answer; "
    f"answers whose cosines differ by {TIE:g} or less tie, which counts against us; med of an even "
    "number of ranks is the mean of the middle two (vsepp and others round it down); sum of R@: of "
    "the six recalls of annotation and search, ± its standard deviation over seeds."
)
WORD_ORDER = (
    "word order: per cent of sentences that fit their image better than that of the same words "
    "reordered."
)


def retrieval_texts(
    table: pd.DataFrame, published: pd.DataFrame, caption: str, notes: Sequence[str]
) -> Texts:
    """Our rows for people, then published values; our best of a data set is bold.

    Args:
        table: of :func:`retrieval_table`.
        published: of :func:`rnnfv.reporting.published.published_rows`.
        caption: above the table.
        notes: below it.
    """
    letters = source_letters(published["source"])
    sources = [f"[{letter}] {source}" for source, letter in letters.items()]
    word_order = [WORD_ORDER] if "order_accuracy" in table else []
    shown = _shown(table)
    told = [READING, *word_order, *_origins(table), *notes]
    ours = _ours(table, shown)
    text, parts = markdown(caption, ours, told, LEFT), [html_table(ours, told, LEFT)]
    sums = pd.Series(plus_minus(table["rsum"], table["seed_std"]))
    blocks, below = _by_dataset(table, table["method"], shown, sums), [READING, *notes]
    if len(published):
        theirs = published[list(HEADINGS)].rename(columns=HEADINGS)
        cited = "[" + published["source"].map(letters) + "]"
        view = published[["dataset", "method", "reference"]].rename(columns={"dataset": "data set"})
        view = view.join(theirs).assign(source=cited)
        text += "\n### Published\n\n" + markdown(LEGEND, view, sources, LEFT)
        parts.append(f"<h2>Published</h2>\n<p>{LEGEND}</p>\n{html_table(view, sources, LEFT)}")
        names = published["method"] + ", " + published["reference"] + " " + cited
        none = pd.Series("", published.index)
        blocks.append(Bold("Published, not measured here"))
        blocks += _by_dataset(published, names, theirs, none)
        below += [LEGEND, *sources]
    brief = ours[["data set", "method", *RECALLS, *SUM]].rename(columns=RECALLS)
    return Texts(
        text,
        latex(caption, blocks, below, LEFT, groups=(*GROUPS, ("", 1)), wide=True),
        page(caption, parts),
        terminal(f"{caption}; {BRIEF}", brief, LEFT),
    )


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """The metrics that are shown, as text; the best of several rows of a data set is bold."""
    columns = {}
    for name, heading in HEADINGS.items():
        texts, low = numbers(table[name]), name.endswith(("medr", "meanr"))
        columns[heading] = bold_best(texts, table[name], table["dataset"], lowest=low)
    return pd.DataFrame(columns)


def _ours(table: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    view = table[["dataset", "method"]].rename(columns={"dataset": "data set"}).join(shown)
    view["sum of R@"] = bold_best(numbers(table["rsum"]), table["rsum"], table["dataset"])
    view["± seeds"] = numbers(table["seed_std"])
    view["seeds"] = table["n_seeds"]
    if "order_accuracy" in table:
        view["word order"] = numbers(table["order_accuracy"])
    view[["dim", "eta", "epochs"]] = table[["dim", "eta", "epochs"]]
    for kind in ("images", "sentences"):
        view[kind] = [f"{n:.10g}" for n in table[f"n_{kind}"]]  # a mean over folds may be uneven
    return view


def _by_dataset(
    rows: pd.DataFrame, names: pd.Series, shown: pd.DataFrame, sums: pd.Series
) -> list[str | pd.DataFrame]:
    """Blocks of a LaTeX table: a data set as a title, then its rows."""
    view = pd.concat([names, shown, sums], axis=1)
    view.columns = ["", *(str(heading).split()[1] for heading in shown), "sum of R@"]
    parts = rows.groupby("dataset", sort=False)
    return [block for title, part in parts for block in (str(title), view.loc[part.index])]


def _origins(table: pd.DataFrame) -> list[str]:
    """Image features and word vectors with the methods they serve; not of combinations."""
    lines = [f"image features: {weights}" for weights in table["weights"].unique()]
    alone = table[~table["words"].str.contains(" + ", regex=False)]
    for words, rows in alone.groupby("words", sort=False):
        lines.append(f"words of {', '.join(dict.fromkeys(rows['method']))}: {words}")
    return lines
