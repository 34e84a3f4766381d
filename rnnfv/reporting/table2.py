"""Table 2: our fused representations beside published results."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from rnnfv.reporting import Facts, accuracies
from rnnfv.reporting.pages import table_page
from rnnfv.reporting.published import of_datasets
from rnnfv.reporting.render import Texts, bold_best, latex, markdown, numbers, plus_minus
from rnnfv.reporting.terminal import terminal

CAPTION = f"Table 2: action recognition by early fusion, {accuracies.MEASURE}"
IDENTITY = ("dataset", "row")
OURS = "this run"
LEFT = ("data set", "method", "by split", "source")


def table2(rows: Sequence[Facts], published: pd.DataFrame) -> pd.DataFrame:
    """Our rows, then the published ones of the same data sets that none of ours matches.

    Accuracies are in per cent.

    Args:
        rows: ``dataset``, ``method`` and ``metrics``, one entry per split as ``fuse`` writes them:
            ``split``, ``dim``, ``weights`` (a list), ``n_items``, ``n_excluded`` and ``seeds``,
            a list of ``seed`` and ``accuracy`` (a fraction).
        published: ``table, dataset, method, reference, value, status, source``.

    Returns:
        One row per method and data set. ``source`` says where a row comes from: ``this run``, or
        the publication and where its number was read. ``published`` in a row of ours is the
        published value of the method of that name on that data set.

    Raises:
        InputError: some features were made with random weights.
    """
    known = of_datasets(published, [row["dataset"] for row in rows])
    known = known[known["table"] == 2].sort_values("dataset", kind="stable")
    place = known["reference"] + " (" + known["source"] + ")"
    known = known.assign(value=known["value"].astype(float), place=place)
    lines, matched = [], []
    for row in rows:
        line = _our_row(row)
        same = of_datasets(known[known["method"] == row["method"]], [row["dataset"]])
        if len(same):
            matched.append(same.index[0])
            first = same.iloc[0]
            line |= {"published": first["value"], "published_status": first["status"]}
            line["source"] = f"{OURS}; published: {first['place']}"
        lines.append(line)
    names = {"value": "published", "status": "published_status", "place": "source"}
    others = known.drop(index=matched).drop(columns="source").rename(columns=names)
    others = others[["method", "dataset", *names.values()]]
    lines += [{str(key): value for key, value in row.items()} for _, row in others.iterrows()]
    table = accuracies.order_columns(lines)
    for name in ("n_seeds", "dim", "n_items", "n_excluded"):
        table[name] = table[name].astype("Int64")
    return table


def _our_row(row: Facts) -> dict[str, Any]:
    metrics = row["metrics"]
    weights = list(dict.fromkeys(label for entry in metrics for label in entry["weights"]))
    accuracies.refuse_random_weights(weights, f"table2.rows.{row['method']}")
    found = accuracies.over_splits(metrics)
    seed_std = found.pop("seed_std")
    about = {"method": row["method"], "dataset": row["dataset"], **found}
    about |= {"weights": " | ".join(weights), "published": None, "published_status": None}
    most = {key: max(entry[key] for entry in metrics) for key in ("dim", "n_items", "n_excluded")}
    return {**about, "source": OURS, "seed_std": seed_std, **most}


def table2_notes(
    rows: list[Facts], missing: list[str], synthetic: list[str], drawn: Sequence[str] = ()
) -> list[str]:
    """Notes below Table 2.

    Args:
        rows: those of :func:`table2`, with ``members``, names of representations.
        missing: a line for every row that cannot be made.
        synthetic: data sets that are synthetic.
        drawn: a note for every data set whose splits were drawn.
    """
    notes: list[str] = []
    for row in rows:
        without = max(entry.get("without_tracks", 0) for entry in row["metrics"])
        items = max(entry["n_items"] for entry in row["metrics"])
        if without:
            lacking = f"{without} of {items} videos have no tracks, which is the zero vector"
            notes.append(f"{row['dataset']}, {row['method']}: {lacking}")
    notes += [*missing, *drawn, *accuracies.worse_than_copying(_networks(rows))]
    return [*notes, accuracies.PROCESSORS, *map(accuracies.SYNTHETIC.format, synthetic)]


def _networks(rows: list[Facts]) -> dict[str, list[Facts]]:
    """Facts about the networks of a representation, each once though rows share them."""
    found: dict[str, dict[tuple[int, int], Facts]] = {}
    for row in rows:
        runs = [(entry["split"], run) for entry in row["metrics"] for run in entry["seeds"]]
        for split, run in runs:
            for member, losses in zip(row["members"], run.get("networks", ()), strict=False):
                if losses:
                    name = f"{row['dataset']}, {member}"
                    found.setdefault(name, {})[split, run["seed"]] = losses
    return {name: list(networks.values()) for name, networks in found.items()}


def table2_texts(table: pd.DataFrame, notes: Sequence[str]) -> Texts:
    """Table 2 for people; the best of our rows on a data set is bold."""
    ours = table["mean"].notna()
    items = table["n_items"].astype(str) + " (" + table["n_excluded"].astype(str) + " left out)"
    accuracy = plus_minus(table["mean"], table["std"])
    view = pd.DataFrame({"data set": table["dataset"], "method": table["method"]})
    view["accuracy (%)"] = bold_best(accuracy, table["mean"], table["dataset"])
    view["by split"] = accuracies.by_split(table)
    view["seeds"], view["± seeds"] = table["n_seeds"], numbers(table["seed_std"])
    view["items"] = items.where(ours, "")
    view["published"] = accuracies.with_status(table["published"], table["published_status"])
    known = table["published"].notna().any()  # else every row is of this run
    view["source"] = table["source"] if known else ""
    brief = view[["data set", "method", "accuracy (%)", "published"]]
    made_of = table[ours]
    weights = made_of["dataset"] + ", " + made_of["method"] + ": " + made_of["weights"]
    status = "published: [R] read in a source, [W] digits from memory, [?] unknown"
    told = list(dict.fromkeys([*weights, *notes, *([status] if known else [])]))
    return Texts(
        markdown(CAPTION, view, told, LEFT),
        latex(CAPTION, [brief], notes, LEFT),
        table_page(CAPTION, view, told, LEFT),
        terminal(CAPTION, brief, LEFT),
    )
