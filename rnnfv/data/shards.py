"""Shards: the parts of a data set that jobs decode and extract, each on its own."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from rnnfv.data.text_files import COLUMNS, read_table


def parse_shard(name: str) -> tuple[int, int]:
    """The number of a shard and how many there are, of its name in paths: 2-of-4."""
    shard, _, shards = name.partition("-of-")
    return int(shard), int(shards)


def in_shard(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows of a shard: rows are dealt out to all shards in turn."""
    shard, shards = parse_shard(name)
    return table.iloc[shard - 1 :: shards]


def read_reports(paths: Sequence[str]) -> pd.DataFrame:
    """The reports on the items of all shards, with a column ``shard``: the name of the file."""
    return pd.concat(
        [read_table(path, COLUMNS["items"]).assign(shard=Path(path).stem) for path in paths]
    )
