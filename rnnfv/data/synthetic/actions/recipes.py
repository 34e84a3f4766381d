"""The two recipes: which actions, which look."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnfv.data.synthetic.actions.motions import LOOPS, PAIRS, Action, draw_cycles, draw_progress
from rnnfv.data.synthetic.actions.scenes import Look


@dataclass(frozen=True)
class Recipe:
    """A synthetic data set.

    Attributes:
        name: ``pairs`` or ``loops``.
        look: of its scenes.
        actions: class name to its poses and whether it runs through a clip's moments backwards.
        moments: draws a clip's moments from a length and a generator.
        partners: class name to the class that is the same backwards; empty where there is none.
    """

    name: str
    look: Look
    actions: Mapping[str, tuple[Action, bool]]
    moments: Callable[[int, np.random.Generator], np.ndarray]
    partners: Mapping[str, str]


_TABLES = tomllib.loads(Path(__file__).with_name("looks.toml").read_text(encoding="utf-8"))
_LOOKS = {name: Look(**table) for name, table in _TABLES.items()}

_PAIRS = Recipe(
    name="pairs",
    look=_LOOKS["pairs"],
    actions={
        name: (poses, backwards)
        for forward, backward, poses in PAIRS
        for name, backwards in ((forward, False), (backward, True))
    },
    moments=draw_progress,
    partners={a: b for pair in PAIRS for a, b in (pair[:2], pair[1::-1])},
)

_LOOPS = Recipe(
    name="loops",
    look=_LOOKS["loops"],
    actions={name: (poses, False) for name, poses in LOOPS.items()},
    moments=draw_cycles,
    partners={},
)

RECIPES: Mapping[str, Recipe] = {recipe.name: recipe for recipe in (_PAIRS, _LOOPS)}
