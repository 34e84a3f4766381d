"""Scenes: the background, the object and the camera that the clips of one group share."""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from rnnfv.data.synthetic.shapes import SHAPES, Shape
from rnnfv.data.synthetic.textures import FIELDS, PATTERNS

Grid = tuple[np.ndarray, np.ndarray]
"""Coordinates ``x`` and ``y`` of pixels, which broadcast together."""

MARGIN = 4
"""Pixels drawn beyond each side of the frame, so that a drifting camera finds picture there."""


@dataclass(frozen=True)
class Look:
    """Properties that the scenes of one recipe have in common.

    Attributes:
        height: of a frame, in pixels.
        width: of a frame, in pixels.
        shapes: names in :data:`~rnnfv.data.synthetic.shapes.SHAPES` that objects take turns with.
        backgrounds: background patterns that scenes take turns with.
        fills: patterns of the objects.
        brightness: range of the background's brightness, 0 to 1.
        distractors: smallest and largest number of small things that lie around and never move.
        outline: whether objects may be outlines instead of filled.
    """

    height: int
    width: int
    shapes: Sequence[str]
    backgrounds: Sequence[str]
    fills: Sequence[str]
    brightness: Sequence[float]
    distractors: Sequence[int]
    outline: bool


@dataclass(frozen=True)
class Scene:
    """One group's setting. Lengths are in units of the frame's height, colours are RGB in [0, 1].

    Attributes:
        look: the recipe's look.
        background: (height + 2 margin, width + 2 margin, 3) float32, read-only.
        shape: name of the object's shape.
        fill: name of the object's pattern.
        outline: thickness of the outline as a fraction of the radius, or 0 for a filled object.
        colours: of the object and, where an action has two, of its companion.
        x: of the object's usual place, measured from the frame's centre to the right.
        y: of the object's usual place, measured from the frame's centre downwards.
        radius: of the object.
        noise: standard deviation of the camera's noise, in grey levels of 255.
        drift: how far the camera wanders, in pixels.
        flicker: standard deviation of the light from frame to frame, as a fraction.
    """

    look: Look
    background: np.ndarray
    shape: str
    fill: str
    outline: float
    colours: tuple[np.ndarray, np.ndarray]
    x: float
    y: float
    radius: float
    noise: float
    drift: float
    flicker: float


def pixel_grid(look: Look) -> Grid:
    """Pixel centres of the canvas, float32.

    ``x`` is (1, width + 2 margin), ``y`` is (height + 2 margin, 1).
    """
    x = (np.arange(-MARGIN, look.width + MARGIN) + 0.5 - look.width / 2) / look.height
    y = (np.arange(-MARGIN, look.height + MARGIN) + 0.5 - look.height / 2) / look.height
    return x.astype(np.float32)[None, :], y.astype(np.float32)[:, None]


def rgb(hue: float, saturation: float, value: float) -> np.ndarray:
    """A colour (3,) float32 from hue (cyclic), saturation and value in [0, 1].

    Args:
        hue: cyclic.
        saturation: 0 to 1.
        value: 0 to 1.
    """
    return np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value), dtype=np.float32)


def draw_scene(look: Look, number: int, rng: Generator) -> Scene:
    """Scene ``number``: shapes and backgrounds take turns, the rest is random.

    The object differs from the background in hue and in brightness, so that it can be seen.

    Args:
        look: of the recipe.
        number: of the scene.
        rng: of the scene.
    """
    hue, brightness = rng.uniform(), rng.uniform(look.brightness[0], look.brightness[1])
    turn = number % len(look.shapes), (number + number // len(look.shapes)) % len(look.backgrounds)
    background = _background(look, look.backgrounds[turn[1]], hue, brightness, rng)
    contrast = hue + rng.uniform(0.3, 0.7)
    if brightness < 0.55:
        light = min(brightness + rng.uniform(0.35, 0.55), 1.0)
    else:
        light = max(brightness - rng.uniform(0.3, 0.45), 0.28)
    first = rgb(contrast, rng.uniform(0.7, 1.0), light)
    colours = first, rgb(contrast + rng.uniform(-0.12, 0.12), 0.75, light)
    background.setflags(write=False)  # shared by all clips of the scene
    shape, fill = look.shapes[turn[0]], str(rng.choice(look.fills))
    outline = float(rng.uniform(0.28, 0.4)) if look.outline and rng.uniform() < 0.5 else 0.0
    place = rng.uniform(-0.05, 0.05), rng.uniform(-0.03, 0.03), rng.uniform(0.17, 0.22)
    camera = rng.uniform(2, 7), rng.uniform(0.5, MARGIN - 1), rng.uniform(0.0, 0.02)
    return Scene(look, background, shape, fill, outline, colours, *place, *camera)


def _background(look: Look, kind: str, hue: float, brightness: float, rng: Generator) -> np.ndarray:
    """A slanting gradient, a pattern and distractors, (height + 2 margin, width + 2 margin, 3)."""
    x, y = pixel_grid(look)
    angle, period = rng.uniform(0, np.pi), rng.uniform(0.12, 0.3)
    field = kind in FIELDS
    pattern = FIELDS[kind](rng, y.size, x.size) if field else PATTERNS[kind](x, y, angle, period)
    slant = rng.uniform(0, 2 * np.pi)
    gradient = np.float32(np.cos(slant)) * x + np.float32(np.sin(slant)) * y
    shade = np.float32(rng.uniform(0.05, 0.2)) * gradient
    shade = shade + np.float32(rng.uniform(0.04, 0.09)) * pattern
    colour = rgb(hue, rng.uniform(0.15, 0.55), brightness)
    image = colour * (1 + shade[:, :, None] / max(brightness, 0.3))
    for _ in range(rng.integers(look.distractors[0], look.distractors[1] + 1)):
        shape = SHAPES[str(rng.choice(look.shapes))]
        colour = rgb(rng.uniform(), 0.4, brightness + rng.uniform(-0.2, 0.2))
        _place_distractor(image, (x, y), shape, colour, rng)
    return np.clip(image, 0, 1).astype(np.float32)


def _place_distractor(
    image: np.ndarray, grid: Grid, shape: Shape, colour: np.ndarray, rng: Generator
) -> None:
    """Blend a small ``shape`` into ``image``, in place, somewhere near the frame's border."""
    x, y = grid
    around, size = rng.uniform(0, 2 * np.pi), rng.uniform(0.03, 0.06)
    far_x, far_y = 0.58 * np.cos(around), 0.42 * np.sin(around)
    u, v = (x - np.float32(far_x)) / np.float32(size), (y - np.float32(far_y)) / np.float32(size)
    distance = size * shape(u, v)
    pixels = np.float32(y[1, 0] - y[0, 0])  # a pixel's size: the edge is blurred over one
    image += np.clip(np.float32(0.5) - distance / pixels, 0, 1)[:, :, None] * (colour - image)
