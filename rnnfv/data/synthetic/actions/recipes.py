"""The two recipes: which actions, which look."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from rnnfv.data.synthetic.actions.motions import LOOPS, PAIRS, Action, draw_cycles, draw_progress
from rnnfv.data.synthetic.actions.scenes import Look
from rnnfv.errors import InputError


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


_PAIRS = Recipe(
    name="pairs",
    look=Look(
        height=120,
        width=160,
        shapes=("disc", "square", "triangle", "hexagon", "star", "cross"),
        backgrounds=("clouds", "stripes", "checks", "waves"),
        fills=("plain", "stripes", "checks"),
        brightness=(0.3, 0.9),
        distractors=(0, 3),
        outline=False,
    ),
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
    look=Look(
        height=144,
        width=176,
        shapes=("square", "triangle", "star", "bar", "moon", "arrow"),
        backgrounds=("grain", "rings", "clouds"),
        fills=("plain", "rings"),
        brightness=(0.15, 0.5),
        distractors=(3, 7),
        outline=True,
    ),
    actions={name: (poses, False) for name, poses in LOOPS.items()},
    moments=draw_cycles,
    partners={},
)

RECIPES: Mapping[str, Recipe] = {recipe.name: recipe for recipe in (_PAIRS, _LOOPS)}


def find_recipe(name: str) -> Recipe:
    """The recipe called ``name``.

    Raises:
        InputError: there is none.
    """
    if name not in RECIPES:
        problem = f"recipe {name!r} of a synthetic data set is unknown"
        raise InputError(f"{problem}. Choose one of: {', '.join(RECIPES)}.")
    return RECIPES[name]
