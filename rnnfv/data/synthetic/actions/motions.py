"""Actions: an action turns a moment of a clip into a pose, the sprites to draw.

What a clip's parameters are drawn from does not depend on its action. In recipe ``pairs`` a moment
is the progress of the motion from 0 to 1, and the second action of a pair runs the same poses
through the progress backwards; in ``loops`` it counts cycles.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator


@dataclass(frozen=True)
class Sprite:
    """One thing to draw; lengths in units of the frame's height, angles in radians.

    Attributes:
        x: centre, from the frame's centre to the right.
        y: centre, from the frame's centre downwards.
        radius: of the shape.
        angle: by which the shape is turned.
        opacity: 0 (not there) to 1.
        gap: half angle of a sector that is cut out.
        companion: drawn in the scene's second colour.
        thread: where the thread that it hangs from is fastened, or ``None``.
    """

    x: float
    y: float
    radius: float
    angle: float = 0.0
    opacity: float = 1.0
    gap: float = 0.0
    companion: bool = False
    thread: tuple[float, float] | None = None


@dataclass(frozen=True)
class Parameters:
    """Differences of one clip from the others of its scene.

    Attributes:
        moments: (T,) what the action is evaluated at, in order: progress (pairs) or cycles (loops).
        x: offset of the place.
        y: offset of the place.
        scale: factor on the object's radius.
        reach: how far the motion goes, about 1.
        angle: by which the object is turned.
        heading: direction, about 0, of what has one.
    """

    moments: np.ndarray
    x: float
    y: float
    scale: float
    reach: float
    angle: float
    heading: float


@dataclass(frozen=True)
class Place:
    """Where the object usually is and how large: the scene's values with the clip's offsets."""

    x: float
    y: float
    radius: float

    def sprite(
        self, dx: float = 0.0, dy: float = 0.0, size: float = 1.0, angle: float = 0.0, **other: Any
    ) -> Sprite:
        """The object, moved and scaled.

        Args:
            dx: offset to the right.
            dy: offset downwards.
            size: factor on the radius.
            angle: by which the shape is turned.
            other: further fields of :class:`Sprite`.
        """
        return Sprite(self.x + dx, self.y + dy, size * self.radius, angle, **other)


Action = Callable[[float, Place, Parameters], tuple[Sprite, ...]]


def draw_progress(length: int, rng: Generator) -> np.ndarray:
    """Progress from near 0 to near 1, (``length``,), with a rest at either end.

    Played backwards and subtracted from 1 it has the same distribution, so pace does not give away
    a direction.
    """
    rests, ends = rng.uniform(0, 0.12, 2), rng.uniform(0, 0.1, 2)
    time = np.clip((np.linspace(0, 1, length) - rests[0]) / (1 - rests.sum()), 0, 1)
    time = time + rng.uniform(-0.4, 0.4) * time * (1 - time)  # faster early or faster late
    ease = rng.uniform(0, 1)
    time = (1 - ease) * time + ease * time * time * (3 - 2 * time)
    return ends[0] + (1 - ends.sum()) * time


def draw_cycles(length: int, rng: Generator) -> np.ndarray:
    """(``length``,) cycles at an even pace, from a random phase, forwards or backwards."""
    return rng.uniform() + rng.choice([-1.0, 1.0]) * np.arange(length) / rng.uniform(11, 18)


def draw_parameters(moments: Callable[[int, Generator], np.ndarray], rng: Generator) -> Parameters:
    """A clip's parameters; which action they are for is not known here.

    A clip has 21, 25, 29, 33 or 37 frames: then every second or fourth, counted from the first, are
    the same frames from either end, and keeping one frame in k does not give a direction away.
    """
    drawn = moments(4 * int(rng.integers(5, 10)) + 1, rng)
    x, y = rng.uniform(-0.04, 0.04), rng.uniform(-0.03, 0.03)
    scale, reach = rng.uniform(0.9, 1.1), rng.uniform(0.9, 1.1)
    angle, heading = rng.uniform(-0.3, 0.3), rng.uniform(-0.35, 0.35)
    return Parameters(drawn, x, y, scale, reach, angle, heading)


# Pairs: forward actions. Progress u runs from 0 to 1.


def _grow(u: float, place: Place, p: Parameters) -> tuple[Sprite, ...]:
    """From less than half of the usual size to twice."""
    return (place.sprite(size=0.4 + 1.6 * u * p.reach, angle=p.angle),)


def _move_right(u: float, place: Place, p: Parameters) -> tuple[Sprite, ...]:
    """From the left side to the right side.

    The hardest pair: the two are also mirror images, and networks trained with mirrored images
    hardly tell those apart.
    """
    return (place.sprite(dx=0.38 * p.reach * (2 * u - 1), angle=p.angle),)


def _rise(u: float, place: Place, p: Parameters) -> tuple[Sprite, ...]:
    """From the bottom to the top."""
    return (place.sprite(dy=-0.28 * p.reach * (2 * u - 1), angle=p.angle),)


def _appear(u: float, place: Place, p: Parameters) -> tuple[Sprite, ...]:
    """From nearly transparent to solid."""
    return (place.sprite(size=1.5, angle=p.angle, opacity=0.04 + 0.96 * u),)


def _part(u: float, place: Place, p: Parameters) -> tuple[Sprite, ...]:
    """Two, from touching to far apart."""
    away = place.radius * 0.8 + 0.32 * p.reach * u
    dx, dy = away * np.cos(p.heading), away * np.sin(p.heading)
    companion = place.sprite(dx, dy, 0.85, -p.angle, companion=True)
    return place.sprite(-dx, -dy, 0.85, p.angle), companion


def _open_up(u: float, place: Place, p: Parameters) -> tuple[Sprite, ...]:
    """A mouth opens, to about 150 degrees."""
    return (place.sprite(size=1.7, angle=p.heading, gap=0.03 + 1.25 * u),)


# Loops: periodic in the cycle count c.


def _bounce(c: float, place: Place, p: Parameters) -> tuple[Sprite, ...]:
    """A ball's parabolas, from the floor up."""
    phase = 2 * (c % 1) - 1
    y = place.y + 0.27 - 0.55 * p.reach * (1 - phase * phase)
    return (Sprite(place.x, y, place.radius, p.angle),)


def _orbit(c: float, place: Place, p: Parameters) -> tuple[Sprite, ...]:
    """Around a companion that stays where it is."""
    turn, out = 2 * np.pi * c, 0.31 * p.reach
    companion = place.sprite(size=0.5, angle=p.angle, companion=True)
    return companion, place.sprite(out * np.cos(turn), out * np.sin(turn), 0.75, p.angle)


def _pulse(c: float, place: Place, p: Parameters) -> tuple[Sprite, ...]:
    """Smaller and larger."""
    return (place.sprite(size=1.2 + 0.65 * p.reach * np.sin(2 * np.pi * c), angle=p.angle),)


def _shake(c: float, place: Place, p: Parameters) -> tuple[Sprite, ...]:
    """A quick tremble from side to side."""
    dx = 0.09 * p.reach * np.sin(2 * np.pi * 2.5 * c)
    return (place.sprite(dx, size=1.3, angle=p.angle),)


def _spin(c: float, place: Place, p: Parameters) -> tuple[Sprite, ...]:
    """Round and round on the spot."""
    return (place.sprite(size=1.5, angle=2 * np.pi * 0.6 * c),)


def _swing(c: float, place: Place, p: Parameters) -> tuple[Sprite, ...]:
    """A pendulum on a thread from the upper edge."""
    lean, length = 0.62 * p.reach * np.sin(2 * np.pi * c), 0.72
    pivot = (place.x, place.y - 0.52)
    x, y = pivot[0] + length * np.sin(lean), pivot[1] + length * np.cos(lean)
    return (Sprite(x, y, 0.85 * place.radius, -lean + p.angle, thread=pivot),)


def _zigzag(c: float, place: Place, p: Parameters) -> tuple[Sprite, ...]:
    """Slowly from side to side and back, quickly up and down."""

    def tooth(phase: float) -> float:  # a triangle wave between -1 and 1
        return 4 * abs((phase % 1) - 0.5) - 1

    return (place.sprite(0.4 * tooth(c / 3), 0.2 * p.reach * tooth(c), 0.8, p.angle),)


PAIRS: tuple[tuple[str, str, Action], ...] = (
    ("grow", "shrink", _grow),
    ("move_right", "move_left", _move_right),
    ("rise", "fall", _rise),
    ("appear", "vanish", _appear),
    ("part", "approach", _part),
    ("open", "close", _open_up),
)
"""Forward action, its partner, and their common poses."""

_CYCLES: tuple[Action, ...] = (_bounce, _orbit, _pulse, _shake, _spin, _swing, _zigzag)
LOOPS = {poses.__name__.removeprefix("_"): poses for poses in _CYCLES}
