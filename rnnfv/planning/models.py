"""The models that a run keeps: which, and in which files."""

from rnnfv.planning import Config, actions, fusion
from rnnfv.planning.jobs import without_source
from rnnfv.planning.retrieval import PAPER, method_files
from rnnfv.planning.sources import tables_of_own_data


def tables_with_models(config: Config) -> list[str]:
    """The tables whose rows' models are kept: those of own data, else all."""
    own = tables_of_own_data(config)
    known = ("table1", "table2", *PAPER)
    return [table for table in known if table in config and (table in own or not own)]


def files_of_kept_models(config: Config, table1: str, table2: str, retrieval: str) -> list[str]:
    """The file of every row and split.

    Args:
        config: the configuration.
        table1: pattern of the files of its rows.
        table2: likewise.
        retrieval: likewise, of the rows of Tables 3 to 5.
    """
    rows = {"table1": actions.table1_rows, "table2": fusion.table2_rows}
    patterns = {"table1": table1, "table2": table2}
    files = []  # a list: of a generator Snakemake takes the first away to look at it
    for table in tables_with_models(config):
        if table not in rows:
            names = method_files(config, table)
            files += [retrieval.format(table=table, method=name) for name in names]
            continue
        for row in rows[table](config):
            splits = config["datasets"][row["dataset"]]["splits"]
            files += [patterns[table].format(**row, split=split) for split in splits]
    return files


def frames_of(config: Config, given: Config, feature: str) -> Config | None:
    """Settings that make a feature of new videos, or images: ``feature, settings, min_frames``.

    None where it comes from a file of the user's own.

    Args:
        config: the configuration.
        given: the entry of the data set, or of the caption set.
        feature: made of it.
    """
    if feature in {**given.get("sequences", {}), **given.get("vectors", {})}:
        return None
    settings = without_source(config["features"][feature])
    return {"feature": feature, "settings": settings, "min_frames": config["min_frames"]}
