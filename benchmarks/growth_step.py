"""What a step of benchmarks/growth.py is, and data that several of them need."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Step:
    """A step of the workflow that is run at several sizes.

    Attributes:
        name: the rule's name, where it is one.
        unit: what n counts.
        sizes, quick: n of the measurement and of a smoke run.
        paper: n at the paper's size.
        parts: name -> (exponent of time that the mathematics asks for, exponent of memory or a function of n, in GiB, why).
        run: called with n, a folder and whether it is a smoke run; yields the name of every part when it is done, and None
            when inputs are made.
    """

    name: str
    unit: str
    sizes: tuple[int, ...]
    quick: tuple[int, ...]
    paper: int
    parts: dict[str, tuple[float, float | Callable[[int], float], str]]
    run: Callable[[int, Path, bool], Iterator[str | None]]


def labels(n: int, classes: int) -> np.ndarray:
    """(n,) classes in random order."""
    return np.random.default_rng(1).integers(0, classes, n).astype(str)


def parts_of(n: int) -> dict[str, np.ndarray]:
    """Training, validation and test rows in UCF101's proportions: 7,630 + 1,907 + 3,783 of 13,320, interleaved."""
    order = np.random.default_rng(2).permutation(n)
    train, fitted = round(n * 7630 / 13320), round(n * 9537 / 13320)
    return {
        "train": np.sort(order[:train]),
        "val": np.sort(order[train:fitted]),
        "test": np.sort(order[fitted:]),
    }


class RepeatedRows:
    """(n, p) float32 rows, cheap to make: one random block again and again, each time moved on by a few columns.

    Columns differ in variance, so that covariances have a spectrum that falls and no eigenvalue twice.
    """

    def __init__(self, n: int, p: int, block: int = 1000, seed: int = 0):
        self.shape = (n, p)
        rng = np.random.default_rng(seed)
        self._block = rng.standard_normal((min(block, n), p), dtype=np.float32)
        self._scale = (1 / (10 + np.arange(p))).astype(np.float32)

    def rows(self, block_bytes: int = 0) -> Iterator[np.ndarray]:
        """Blocks of rows."""
        for start in range(0, self.shape[0], len(self._block)):
            yield (
                np.roll(
                    self._block[: self.shape[0] - start], 7 * (start // len(self._block)), axis=1
                )
                * self._scale
            )


def unit_rows(rng: Any, n: int, d: int) -> np.ndarray:
    """(n, d) random rows of unit length, float32."""
    x = rng.standard_normal((n, d), dtype=np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)
