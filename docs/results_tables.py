"""Write the tables and figures of README.md and docs/ that runs of this project measured.

    python docs/results_tables.py

What follows a comment such as ``<!-- measured: jhmdb/table1 -->``, up to the next empty line, is
made of ``docs/measured/jhmdb/table1.csv``, or by the entry of that name in `TEXTS`.
"""

import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # rnnfv need not be installed

from rnnfv.evaluation.table_poolings import POOLINGS  # noqa: E402

PAGES = ("README.md", "docs/results.md", "docs/training.md")
MEASURED = ROOT / "docs" / "measured"
PLACE = re.compile(r"(<!-- measured: ([\w/-]+) -->\n\n)((?:.+\n)+)")
DATA = (  # in words, the data set, the runs of Table 1 and of Copy-FV
    ("MSR Action3D, motion capture", "MSR-Action3D", "msr_action3d", "msr_action3d"),
    ("JHMDB, real clips", "JHMDB", "jhmdb", "jhmdb"),
    ("synthetic reversed pairs", "synthetic-pairs", "default", "controls"),
    ("synthetic loops", "synthetic-loops", "default", "controls"),
)
POOLINGS_IN_SHORT = ("mean", "gmm-fv", "rnn-fv", "rnn-fv-untrained")
WITH_COPY = "mean + Copy-FV"


def main() -> None:
    """Rewrite the pages."""
    for name in PAGES:
        path = ROOT / name
        path.write_text(PLACE.sub(lambda found: found[1] + measured(found[2]), path.read_text()))


def measured(name: str) -> str:
    """What stands at a place of this name, with a line end."""
    if name in TEXTS:
        return TEXTS[name]()
    table = read(name)
    kind = next(columns for column, columns in KINDS.items() if column in table)
    return markdown(kind(table))


def read(name: str) -> pd.DataFrame:
    """The table of a run, such as ``jhmdb/table1``."""
    path = MEASURED / f"{name}.csv"
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


def markdown(rows: Iterable[list[str]]) -> str:
    """A table in Markdown; the first row is the head. Columns without any content are left out."""
    rows = list(rows)
    head, *lines = rows
    used = [i for i, _ in enumerate(head) if any(line[i] for line in lines)]
    texts = [next(line[i] for line in lines if line[i]) for i in used]
    numeric = [re.match(r"\W*\d", text) and " / " not in text for text in texts]
    marks = "".join("---:|" if right else "---|" for right in numeric)
    shown = ["|".join(["", *(f" {row[i]} " if row[i] else " " for i in used), ""]) for row in rows]
    return "\n".join([shown[0], f"|{marks}", *shown[1:]]) + "\n"


def accuracy(dataset: str, run: str, row: str) -> pd.Series:
    """Mean and deviation of a row of Table 1 (a pooling of frames by PCA), or of Table 2."""
    table = read(f"{run}/table2" if " " in row else f"{run}/table1")
    column = "method" if " " in row else "pooling"
    return table[(table["dataset"] == dataset) & (table[column] == row)].iloc[0]


def poolings_in_short() -> str:
    """README's table."""
    rows = [["data", "mean", "GMM-FV", "RNN-FV", "RNN-FV, untrained", WITH_COPY]]
    for words, dataset, run, copies in DATA:
        found = [accuracy(dataset, run, name) for name in POOLINGS_IN_SHORT]
        found.append(accuracy(dataset, copies, WITH_COPY))
        best = max(row["mean"] for row in found)
        cells = [_plus_minus(row["mean"], row["std"]) for row in found]
        bold = [row["mean"] == best for row in found]
        rows.append([words, *(f"**{c}**" if b else c for c, b in zip(cells, bold, strict=True))])
    return markdown(rows)


def found_in_short() -> str:
    """README's sentences on what its table shows."""
    gains, best = [], 0
    for _, dataset, run, copies in DATA:
        means = {name: accuracy(dataset, run, name)["mean"] for name in POOLINGS_IN_SHORT}
        gains.append(means["rnn-fv"] - means["mean"])
        best += accuracy(dataset, copies, WITH_COPY)["mean"] > max(means.values())
    text = (
        f"Where order tells classes apart, the RNN-FV is ahead of mean pooling: by {gains[0]:.0f} "
        f"points on motion capture, by {gains[2]:.0f} on the pairs. *Untrained* is a control: the "
        "same gradient without any training. What the RNN-FV has ahead of it is what training "
        "adds, and that is little. *Copy-FV* is another, without any network: the gradient of "
        "copying the element before. Beside the mean it is the best of these on "
        f"{best} of {len(DATA)} data sets, for a small part of the time: try it first."
    )
    return textwrap.fill(text, 100) + "\n"


def what_training_adds() -> str:
    """The table of docs/training.md."""
    names = ["untrained", "trained", "untrained, unit scale", "trained, unit scale"]
    rows = [["data", "mean", WITH_COPY, *names]]
    as_is_and_unit = [("msr_action3d-as-is", "msr_action3d"), ("jhmdb", "jhmdb-unit-scale")]
    as_is_and_unit += [("default", "default-unit-scale")] * 2
    for (words, dataset, run, copies), scales in zip(DATA, as_is_and_unit, strict=True):
        places = [(run, "mean"), (copies, WITH_COPY)]
        places += [(scale, name) for scale in scales for name in ("rnn-fv-untrained", "rnn-fv")]
        rows.append([words, *(_one(accuracy(dataset, *place)["mean"]) for place in places)])
    return markdown(rows)


def _accuracies(table: pd.DataFrame) -> Iterator[list[str]]:
    """Table 1: of several reductions of the frames each has a column; of one, splits are shown."""
    table["reduction"] = table["feature"].str.rsplit("-", n=1).str[1]
    reductions = table["reduction"].unique()
    if len(reductions) == 1:
        names = [POOLINGS[name].label for name in table["pooling"]]
        table["method"] = [f"**{name}**" if name == "RNN-FV" else name for name in names]
        yield from _fusion(table)
        return
    yield ["data set", "pooling", *(f"frames by {name}" for name in reductions)]
    for (dataset, pooling), rows in table.groupby(["dataset", "pooling"], sort=False):
        label = POOLINGS[pooling].label
        cells = [_plus_minus(row.mean, row.std) for row in rows.itertuples(index=False)]
        yield [dataset, f"**{label}**" if pooling == "rnn-fv" else label, *cells]


def _fusion(table: pd.DataFrame) -> Iterator[list[str]]:
    """Table 2, or Table 1 of one reduction; without published rows."""
    table = table[table["split1"].notna()]
    several = table["dataset"].nunique() > 1
    yield ["data set", "method", "accuracy (%)", "splits 1 / 2 / 3", "± seeds"]
    for row in table.itertuples():
        splits = " / ".join(f"{getattr(row, f'split{n}'):.1f}" for n in (1, 2, 3))
        place = [row.dataset if several else "", row.method]
        yield [*place, _plus_minus(row.mean, row.std), splits, _one(row.seed_std)]


def _changes(table: pd.DataFrame) -> Iterator[list[str]]:
    """Side experiments on actions; without those that change two things at once."""
    table = table[~table["change"].str.contains(",")]
    yield ["change", "accuracy (%)", "gain", "validation", "dimensions", "time"]
    for i, row in enumerate(table.itertuples(index=False)):
        gain = _plus_minus(row.gain, row.gain_std) if i else ""
        accuracy = [_plus_minus(row.mean, row.std), gain, _one(row.val_mean)]
        yield [row.change, *accuracy, f"{row.dim:,}", _one(row.time)]


def _recalls(table: pd.DataFrame) -> Iterator[list[str]]:
    """Tables 3 to 5 and the side experiments on sentences."""
    ways = [f"{way} R@1 / 5 / 10" for way in ("annotation", "search")]
    yield ["method", *ways, "sentence mean rank", "sum of R@", "word order"]
    for row in table[table["n_images"].notna()].to_dict("records"):
        recalls = [
            [_one(row[f"{way}_r{k}"]) for k in (1, 5, 10)] for way in ("annotation", "search")
        ]
        cells = [" / ".join(numbers) for numbers in recalls]
        total = _plus_minus(row["rsum"], row["seed_std"])
        order = _one(row.get("order_accuracy", float("nan")))  # of pictures drawn here
        yield [row["method"], *cells, _one(row["sentence_meanr"]), total, order]


def _peers(table: pd.DataFrame) -> Iterator[list[str]]:
    """Classifiers of sequences: accuracy and seconds, a pair of columns for each data set."""
    head = ["method"]
    for name in table["dataset"].unique():
        head += [name, "s"]
    yield head
    for peer, rows in table.groupby("peer", sort=False):
        cells = [peer]
        for row in rows.itertuples():
            cells += [_plus_minus(row.accuracy, row.seed_std), f"{row.seconds:g}"]
        yield cells


def _one(value: float) -> str:
    """A number with one digit behind the point; nothing for NaN."""
    return "" if pd.isna(value) else f"{value:.1f}"


def _plus_minus(value: float, deviation: float) -> str:
    return _one(value) + ("" if pd.isna(deviation) else f" ± {_one(deviation)}")


TEXTS: dict[str, Callable[[], str]] = {
    "poolings": poolings_in_short,
    "findings": found_in_short,
    "training": what_training_adds,
}
"""What is made of several files, by the name of its place."""

KINDS = {
    "pooling": _accuracies,
    "change": _changes,
    "rsum": _recalls,
    "peer": _peers,
    "method": _fusion,
}
"""How a table is shown, by a column that it has."""

if __name__ == "__main__":
    main()
