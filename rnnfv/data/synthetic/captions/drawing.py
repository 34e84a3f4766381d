"""Drawing a scene: where its things are, how large, and their pixels.

Lengths are in units of the picture's side, measured from its centre to the right and downwards.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from rnnfv.data.synthetic.actions.scenes import Grid, rgb
from rnnfv.data.synthetic.captions.scenes import Scene, Thing
from rnnfv.data.synthetic.captions.styles import Paint, Style
from rnnfv.data.synthetic.shapes import SHAPES
from rnnfv.data.synthetic.textures import FIELDS, PATTERNS

RADII = {"big": 0.225, "": 0.18, "small": 0.105}
"""Of things that stand beside or above each other."""

OFFSETS = {"big": 0.2, "": 0.24, "small": 0.29}
"""How far they are from the centre, so that the big ones stay in the picture."""

ROOM = {"disc": 0.95, "square": 0.82, "triangle": 0.58, "hexagon": 0.86}
"""Radius of the largest circle inside a container of radius 1."""


@dataclass(frozen=True)
class Spot:
    """Where one thing is drawn and how large."""

    thing: Thing
    x: float
    y: float
    radius: float


def arrange(scene: Scene, rng: Generator) -> list[Spot]:
    """The spots of a scene's things, from back to front; mirroring and offsets are random."""
    side, jitter = rng.choice([-1.0, 1.0]), rng.uniform(-1, 1, 4)
    scale = rng.uniform(0.93, 1.07, 2)
    first, second = scene.things[0], scene.things[-1]
    radii = RADII[first.size] * scale[0], RADII[second.size] * scale[1]
    if scene.arrangement == "single":
        return [Spot(first, 0.1 * jitter[0], 0.1 * jitter[1], 1.35 * radii[0])]
    away = [OFFSETS[first.size], -OFFSETS[second.size]]
    if scene.arrangement == "beside":
        one = Spot(first, side * away[0] + 0.02 * jitter[0], 0.07 * jitter[1], radii[0])
        other = Spot(second, side * away[1] + 0.02 * jitter[2], 0.07 * jitter[3], radii[1])
        return [one, other]
    if scene.arrangement == "above":
        upper = Spot(first, 0.12 * jitter[0], -away[0] + 0.02 * jitter[1], radii[0])
        return [upper, Spot(second, 0.12 * jitter[2], -away[1] + 0.02 * jitter[3], radii[1])]
    if scene.arrangement == "inside":
        x, y, outer = 0.04 * jitter[0], 0.04 * jitter[1], 0.4 * scale[1]
        inner = 0.5 * outer * ROOM[second.shape] * scale[0]
        return [Spot(second, x, y, outer), Spot(first, x, y, inner)]
    if scene.arrangement == "front":
        x, y = side * (0.11 + 0.02 * jitter[0]), 0.09 + 0.04 * jitter[1]
        return [Spot(second, -x, -y, 0.29 * scale[1]), Spot(first, x, y, 0.19 * scale[0])]
    turns = 2 * np.pi * (np.arange(first.count) / first.count + rng.uniform())
    around = [(0.35 * np.cos(turn), 0.35 * np.sin(turn)) for turn in turns]
    ring = [Spot(first, x, y, 0.125 * scale[0]) for x, y in around]
    return [Spot(second, 0.0, 0.0, 0.16 * scale[1]), *ring]


def draw_picture(style: Style, scene: Scene, rng: Generator) -> np.ndarray:
    """The scene's picture, (size, size, 3) uint8 RGB.

    Args:
        style: the look.
        scene: the facts.
        rng: of the picture.
    """
    spots = arrange(scene, rng)
    line = ((np.arange(style.size) + 0.5) / style.size - 0.5).astype(np.float32)
    grid = line[None, :], line[:, None]
    image = _background(style, scene.background, grid, rng)
    # One shade per picture and colour.
    shades = {name: _mix(paint, rng) for name, paint in style.colours.items()}
    for spot in spots:
        _draw(image, style, spot, shades[spot.thing.colour], grid, rng)
    image += np.float32(0.012) * rng.standard_normal((style.size, style.size, 1), dtype=np.float32)
    return (255 * np.clip(image, 0, 1) + np.float32(0.5)).astype(np.uint8)


def _mix(paint: Paint, rng: Generator) -> np.ndarray:
    """An RGB colour (3,) near ``paint``."""
    hue, saturation, value = rng.uniform(-1, 1, 3)
    saturation = float(np.clip(paint.saturation * (1 + 0.1 * saturation), 0, 1))
    value = float(np.clip(paint.value * (1 + 0.05 * value), 0, 1))
    return rgb(paint.hue + 0.015 * hue, saturation, value)


def _background(style: Style, name: str, grid: Grid, rng: Generator) -> np.ndarray:
    """A slight slanting gradient and the background's pattern, (size, size, 3) float32."""
    (x, y), (paint, pattern) = grid, style.backgrounds[name]
    slant, angle = rng.uniform(0.3, 0.7) * np.pi, rng.uniform(0, np.pi)
    period = rng.uniform(0.12, 0.2)
    shade = np.float32(-0.3) * (np.float32(np.cos(slant)) * x + np.float32(np.sin(slant)) * y)
    if pattern in FIELDS:
        shade = shade + np.float32(0.16) * FIELDS[pattern](rng, style.size, style.size)
    elif pattern:
        shade = shade + np.float32(0.12) * PATTERNS[pattern](x, y, angle, period)
    return _mix(paint, rng) * (1 + shade[:, :, None])


def _draw(
    image: np.ndarray, style: Style, spot: Spot, colour: np.ndarray, grid: Grid, rng: Generator
) -> None:
    """Blend one thing into ``image``, in place."""
    radius = np.float32(spot.radius)
    x, y = (grid[0] - np.float32(spot.x)) / radius, (grid[1] - np.float32(spot.y)) / radius
    angle = rng.uniform(-0.2, 0.2)
    cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    u, v = cosine * x + sine * y, cosine * y - sine * x
    distance = SHAPES[spot.thing.shape](u, v)
    if -distance.min() * spot.radius > 1.35 * style.outline > 0:  # else the hole would be a dot
        half = np.float32(0.5 * style.outline / spot.radius)
        distance = np.abs(distance + half) - half
    distance *= np.float32(spot.radius * style.size)  # in pixels from here on
    # Filled things have a dark rim.
    inner = np.ones_like(distance) if style.outline else np.clip(-distance - 1, 0, 1)
    paint = colour * (np.float32(0.45) + np.float32(0.55) * inner[:, :, None])
    if style.fill:
        texture = FIELDS["grain"](rng, style.size, style.size)
        light = np.clip(np.float32(-0.35) * (u + v), -0.5, 0.5)  # from the upper left
        shade = np.float32(0.2) * texture + np.float32(0.5) * light
        paint *= (1 + np.float32(style.fill) * shade)[:, :, None]
    image += np.clip(np.float32(0.5) - distance, 0, 1)[:, :, None] * (paint - image)
