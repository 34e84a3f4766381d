"""Random streams that depend on names alone: an item is the same whichever others are made."""

import zlib

import numpy as np


def random_stream(*key: str | int) -> np.random.Generator:
    """A generator for ``key``.

    Words enter by their checksum: Python's own ``hash`` differs from run to run.
    """
    words = [zlib.crc32(part.encode()) if isinstance(part, str) else part for part in key]
    return np.random.default_rng(np.random.SeedSequence(words))
