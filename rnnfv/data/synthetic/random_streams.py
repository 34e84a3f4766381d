"""Random streams that depend on names alone: an item is the same whichever others are made."""

import zlib
from collections.abc import Sequence

import numpy as np

from rnnfv.errors import InputError


def random_stream(*key: str | int) -> np.random.Generator:
    """A generator for ``key``.

    Words enter by their checksum: Python's own ``hash`` differs from run to run.
    """
    words = [zlib.crc32(part.encode()) if isinstance(part, str) else part for part in key]
    return np.random.default_rng(np.random.SeedSequence(words))


def shard_of(names: Sequence[str], shard: int, shards: int, what: str) -> Sequence[str]:
    """Every ``shards``-th name, from number ``shard`` on.

    Args:
        names: of all clips or pictures.
        shard: number of this shard, from 0.
        shards: number of shards.
        what: the data set, for the message.

    Raises:
        InputError: there is no such shard.
    """
    if not 0 <= shard < shards:
        raise InputError(f"{what}: there is no shard {shard} of {shards}. Shards count from 0.")
    return names[shard::shards]
