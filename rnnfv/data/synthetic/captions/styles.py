"""The three looks of the synthetic caption sets: colours, shapes, backgrounds, and their names."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Paint:
    """Hue (cyclic), saturation and value in [0, 1]; hues vary a little between pictures."""

    hue: float
    saturation: float
    value: float


@dataclass(frozen=True)
class Style:
    """The elements that pictures and sentences of one caption set are made of.

    Attributes:
        name: of the style.
        colours: name of a colour to its paint.
        shapes: name in :data:`~rnnfv.data.synthetic.shapes.SHAPES` to the nouns for it, in the
            singular.
        containers: the shapes that have room for another one inside.
        backgrounds: adjective for a background to its paint and its pattern, "" for none.
        arrangements: arrangement of a scene to how often it comes, relative to the others.
        outline: thickness of the lines that things are drawn with, in units of the picture's side;
            0 for filled things.
        fill: how strongly things are textured, 0 to 1.
        medium: nouns for the whole picture.
        size: height and width of a picture, in pixels.
    """

    name: str
    colours: Mapping[str, Paint]
    shapes: Mapping[str, Sequence[str]]
    containers: Sequence[str]
    backgrounds: Mapping[str, tuple[Paint, str]]
    arrangements: Mapping[str, float]
    outline: float
    fill: float
    medium: Sequence[str]
    size: int = 160


def _style(name: str, table: Mapping[str, Any]) -> Style:
    """A style from its table in ``styles.toml``."""
    colours = {colour: Paint(*paint) for colour, paint in table["colours"].items()}
    words = table["backgrounds"].items()
    backgrounds = {word: (Paint(*paint), pattern) for word, (*paint, pattern) in words}
    return Style(**dict(table) | {"name": name, "colours": colours, "backgrounds": backgrounds})


_TABLES = tomllib.loads(Path(__file__).with_name("styles.toml").read_text(encoding="utf-8"))
STYLES = {name: _style(name, table) for name, table in _TABLES.items()}
