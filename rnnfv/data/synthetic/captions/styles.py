"""The three looks of the synthetic caption sets: colours, shapes, backgrounds, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rnnfv.errors import InputError


@dataclass(frozen=True)
class Paint:
    """A colour: hue (cyclic), saturation and value in [0, 1]. Hues vary a little from picture to picture."""

    hue: float
    saturation: float
    value: float


@dataclass(frozen=True)
class Style:
    """What the pictures and sentences of one caption set are made of.

    Attributes:
        name: of the style.
        colours: name of a colour to its paint.
        shapes: name in :data:`~rnnfv.data.synthetic.shapes.SHAPES` to the nouns for it, in the singular.
        containers: the shapes that have room for another one inside.
        backgrounds: adjective for a background to its paint and its pattern, "" for none.
        arrangements: arrangement of a scene to how often it comes, relative to the others.
        outline: thickness of the lines that things are drawn with, in units of the picture's side; 0 for filled things.
        fill: how strongly things are textured, 0 to 1.
        medium: nouns for the whole picture.
        size: height and width of a picture, in pixels.
    """

    name: str
    colours: Mapping[str, Paint]
    shapes: Mapping[str, tuple[str, ...]]
    containers: tuple[str, ...]
    backgrounds: Mapping[str, tuple[Paint, str]]
    arrangements: Mapping[str, float]
    outline: float
    fill: float
    medium: tuple[str, ...]
    size: int = 160


_FLAT = Style(
    name="flat",
    colours={
        "red": Paint(0.995, 0.88, 0.86),
        "yellow": Paint(0.15, 0.85, 0.96),
        "green": Paint(0.36, 0.8, 0.6),
        "blue": Paint(0.61, 0.85, 0.85),
    },
    shapes={
        "disc": ("circle", "disc"),
        "square": ("square", "box"),
        "triangle": ("triangle",),
        "star": ("star",),
    },
    containers=("disc", "square", "triangle"),
    backgrounds={
        "white": (Paint(0.1, 0.02, 0.97), ""),
        "grey": (Paint(0.6, 0.04, 0.62), ""),
        "dark": (Paint(0.65, 0.3, 0.17), ""),
    },
    arrangements={"single": 1, "beside": 3, "above": 3, "inside": 2, "front": 2},
    outline=0.0,
    fill=0.0,
    medium=("picture", "image"),
)

_TEXTURED = Style(
    name="textured",
    colours={
        "orange": Paint(0.07, 0.9, 0.95),
        "purple": Paint(0.78, 0.75, 0.62),
        "white": Paint(0.1, 0.03, 0.98),
        "black": Paint(0.6, 0.2, 0.12),
    },
    shapes={
        "disc": ("ball", "disc"),
        "hexagon": ("hexagon",),
        "cross": ("cross",),
        "moon": ("moon", "crescent"),
    },
    containers=("disc", "hexagon"),
    backgrounds={
        "striped": (Paint(0.55, 0.25, 0.6), "stripes"),
        "checked": (Paint(0.1, 0.25, 0.62), "checks"),
        "wavy": (Paint(0.5, 0.35, 0.62), "waves"),
        "cloudy": (Paint(0.3, 0.25, 0.58), "clouds"),
    },
    arrangements={"single": 1, "beside": 3, "above": 3, "inside": 2, "front": 2, "around": 1},
    outline=0.0,
    fill=0.8,
    medium=("painting", "picture"),
)

_OUTLINED = Style(
    name="outlined",
    colours={
        "white": Paint(0.1, 0.04, 0.97),
        "yellow": Paint(0.15, 0.75, 0.98),
        "pink": Paint(0.92, 0.55, 0.98),
        "green": Paint(0.36, 0.7, 0.85),
    },
    shapes={
        "disc": ("ring", "circle"),
        "square": ("square", "frame"),
        "triangle": ("triangle",),
        "star": ("star",),
    },
    containers=("disc", "square", "triangle"),
    backgrounds={
        "black": (Paint(0.6, 0.1, 0.1), "grain"),
        "blue": (Paint(0.62, 0.75, 0.38), "grain"),
        "brown": (Paint(0.06, 0.6, 0.36), "grain"),
    },
    arrangements={"single": 1, "beside": 3, "above": 3, "inside": 2, "around": 1},
    outline=0.045,
    fill=0.0,
    medium=("drawing", "sketch"),
)

_STYLES: Mapping[str, Style] = {style.name: style for style in (_FLAT, _TEXTURED, _OUTLINED)}

STYLES: tuple[str, ...] = tuple(_STYLES)
"""The names of the three styles."""


def find_style(name: str) -> Style:
    """The style called ``name``.

    Raises:
        InputError: there is none.
    """
    if name not in _STYLES:
        raise InputError(
            f"style {name!r} of a synthetic caption set is unknown. Choose one of: {', '.join(STYLES)}."
        )
    return _STYLES[name]
