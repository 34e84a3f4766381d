"""The facts of a picture: one or two things, their arrangement, and the partner's swapped fact."""

from dataclasses import dataclass, replace

import numpy as np

from rnnfv.data.synthetic.captions.styles import Style


@dataclass(frozen=True)
class Thing:
    """Something to draw and to mention.

    Attributes:
        colour: a name in the style's colours.
        shape: a name in the style's shapes.
        size: "big", "small", or "" where size is not worth a word.
        count: how many of it.
    """

    colour: str
    shape: str
    size: str = ""
    count: int = 1


@dataclass(frozen=True)
class Scene:
    """The facts of one picture; sentences are about these and nothing else.

    Attributes:
        arrangement: how the things stand to each other, a key of :data:`SWAPS`.
        things: the first is above, inside, in front of or around the second; ``beside`` is
            symmetric.
        background: a name in the style's backgrounds.
    """

    arrangement: str
    things: tuple[Thing, ...]
    background: str


SWAPS: dict[str, tuple[str, ...]] = {"single": (), "beside": ("colours",), "around": ("colours",)}
SWAPS |= dict.fromkeys(("above", "inside", "front"), ("places", "colours"))
"""Facts that the partner of a scene may swap.

Left and right are never told: image features may average mirror images.
"""

SWAP_SIZES = ("sizes",)
"""What may also be swapped where one thing is big and the other small."""

PARTNERED = 0.8
"""Share of the scenes of two things that have a partner; others may mention one thing only."""


def draw_scene(style: Style, rng: np.random.Generator) -> tuple[Scene, Scene | None]:
    """A scene and its partner, or ``None`` where it has none.

    The things differ in colour and in shape, so that every swap changes the picture and no word
    count.
    """
    weights = np.array(list(style.arrangements.values()), dtype=float)
    arrangement = str(rng.choice(list(style.arrangements), p=weights / weights.sum()))
    background = str(rng.choice(list(style.backgrounds)))
    possible = style.containers if arrangement == "inside" else list(style.shapes)
    shapes = rng.choice(possible, 2, replace=False).tolist()
    colours = rng.choice(list(style.colours), 2, replace=False).tolist()
    sizes = ("", "")
    if arrangement in ("single", "beside", "above") and rng.uniform() < 0.5:
        sizes = ("big", "small") if rng.uniform() < 0.5 else ("small", "big")
    counts = (int(rng.integers(4, 7)), 1) if arrangement == "around" else (1, 1)
    things = tuple(Thing(*facts) for facts in zip(colours, shapes, sizes, counts, strict=True))
    scene = Scene(arrangement, things[:1] if arrangement == "single" else things, background)
    swaps = SWAPS[arrangement]
    if not swaps or rng.uniform() >= PARTNERED:
        return scene, None
    # Where sizes differ, half of the partners swap them.
    facts = rng.choice(SWAP_SIZES if sizes[0] and rng.uniform() < 0.5 else swaps)
    return scene, swap(scene, str(facts))


def swap(scene: Scene, facts: str) -> Scene:
    """The scene with the ``places``, ``colours`` or ``sizes`` of its two things exchanged."""
    first, second = scene.things
    if facts == "places":
        first, second = second, first
    elif facts == "colours":
        first, second = replace(first, colour=second.colour), replace(second, colour=first.colour)
    else:
        first, second = replace(first, size=second.size), replace(second, size=first.size)
    return replace(scene, things=(first, second))
