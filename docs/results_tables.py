"""Write the tables of docs/results.md that come from the default run.

    python docs/results_tables.py [--check]

A table follows a comment that names its file, as in ``<!-- results/table3.csv -->``. Tables whose
file is not there stay as they are. With --check nothing is written; the exit code is 1 if a table
is not that of its file.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # rnnfv need not be installed

from rnnfv.evaluation.table_poolings import POOLINGS  # noqa: E402

PAGE = ROOT / "docs" / "results.md"
TABLE = re.compile(r"<!-- (results/\w+)\.csv -->\n\n((?:\|.*\n)+)")


def main() -> int:
    """Rewrite the page, or compare; the exit code."""
    text = PAGE.read_text()
    made = TABLE.sub(_replaced, text)
    if "--check" in sys.argv[1:]:
        return int(made != text)
    PAGE.write_text(made)
    return 0


def _replaced(found: re.Match[str]) -> str:
    path = ROOT / f"{found[1]}.csv"
    if not path.is_file():
        return found[0]
    table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    kind = next(columns for name, columns in KINDS.items() if name in table)
    rows = list(kind(table))
    numeric = [bool(re.match(r"[-\d.]", row)) and " / " not in row for row in rows[-1]]
    marks = "".join("---:|" if right else "---|" for right in numeric)
    head, *lines = [f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows]
    lines = [head, f"|{marks}", *lines]
    return f"<!-- {found[1]}.csv -->\n\n" + "\n".join(lines) + "\n"


def _accuracies(table: pd.DataFrame) -> Iterator[list[str]]:
    """Table 1, with a column for each reduction of the frames."""
    table["reduction"] = table["feature"].str.rsplit("-", n=1).str[1]
    yield ["data set", "pooling", *(f"frames by {name}" for name in table["reduction"].unique())]
    for (dataset, pooling), rows in table.groupby(["dataset", "pooling"], sort=False):
        label = POOLINGS[pooling].label
        cells = [_plus_minus(row.mean, row.std) for row in rows.itertuples(index=False)]
        yield [dataset, f"**{label}**" if pooling == "rnn-fv" else label, *cells]


def _fusion(table: pd.DataFrame) -> Iterator[list[str]]:
    """Table 2."""
    yield ["data set", "method", "accuracy (%)", "splits 1 / 2 / 3", "± seeds"]
    for row in table[table["source"] == "this run"].itertuples():
        splits = " / ".join(f"{getattr(row, f'split{n}'):.1f}" for n in (1, 2, 3))
        yield [row.dataset, row.method, _plus_minus(row.mean, row.std), splits, _one(row.seed_std)]


def _changes(table: pd.DataFrame) -> Iterator[list[str]]:
    """Side experiments on actions."""
    yield "change|accuracy (%)|± seeds|gain|validation|dimensions|PCA|epochs|time".split("|")
    for i, row in enumerate(table.itertuples(index=False)):
        gain = _plus_minus(row.gain, row.gain_std) if i else ""
        size = [f"{row.dim:,}", str(row.pca)]
        accuracy = [_plus_minus(row.mean, row.std), _one(row.seed_std), gain, _one(row.val_mean)]
        yield [row.change, *accuracy, *size, str(row.epoch), _one(row.time)]


def _recalls(table: pd.DataFrame) -> Iterator[list[str]]:
    """Tables 3 to 5 and the side experiments on sentences."""
    ways = ["annotation R@1 / 5 / 10", "med", "search R@1 / 5 / 10", "med"]
    yield ["method", *ways, "sentence mean", "sum of R@", "word order"]
    for row in table[table["dataset"].notna() & table["n_images"].notna()].itertuples():
        cells = []
        for way in ("annotation", "search"):
            cells.append(" / ".join(f"{getattr(row, f'{way}_r{k}'):.1f}" for k in (1, 5, 10)))
            cells.append(f"{getattr(row, f'{way}_medr'):g}")
        total = _plus_minus(row.rsum, row.seed_std)
        yield [row.method, *cells, _one(row.sentence_meanr), total, _one(row.order_accuracy)]


def _one(value: float) -> str:
    """A number with one digit behind the point; nothing for NaN."""
    return "" if pd.isna(value) else f"{value:.1f}"


def _plus_minus(value: float, deviation: float) -> str:
    return _one(value) + ("" if pd.isna(deviation) else f" ± {_one(deviation)}")


KINDS = {"pooling": _accuracies, "change": _changes, "rsum": _recalls, "method": _fusion}
"""How a table is shown, by a column that it has."""

if __name__ == "__main__":
    sys.exit(main())
