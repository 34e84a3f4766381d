"""Shapes as signed distances, negative inside and positive outside, with a radius of about 1.

Each function takes local coordinates ``x`` (to the right) and ``y`` (downwards), two arrays that
broadcast together, and returns their distances. Distances are exact near edges, which is all that
anti-aliasing needs.
"""

from collections.abc import Callable

import numpy as np

Shape = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _half_planes(x: np.ndarray, y: np.ndarray, sides: int) -> list[np.ndarray]:
    """Signed distances to ``sides`` lines around the origin, their normals evenly spaced."""
    angles = 2 * np.pi * np.arange(sides) / sides + np.pi / 2
    return [np.float32(np.cos(a)) * x + np.float32(np.sin(a)) * y for a in angles]


def _polygon(x: np.ndarray, y: np.ndarray, sides: int, apothem: float) -> np.ndarray:
    """A regular polygon: inside all half planes."""
    planes = _half_planes(x, y, sides)
    largest = planes[0]
    for plane in planes[1:]:
        largest = np.maximum(largest, plane)
    return largest - apothem


def _box(x: np.ndarray, y: np.ndarray, width: float, height: float) -> np.ndarray:
    return np.maximum(np.abs(x) - width, np.abs(y) - height)


def disc(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A filled circle."""
    return np.sqrt(x * x + y * y) - np.float32(0.95)


def square(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A square with upright sides."""
    return _box(x, y, 0.82, 0.82)


def triangle(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """An equilateral triangle on its base."""
    return _polygon(x, y, 3, 0.58)


def hexagon(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A regular hexagon."""
    return _polygon(x, y, 6, 0.86)


def star(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A pentagram.

    Its points are inside at least four of five half planes: the second largest distance counts.
    """
    largest = second = np.full(np.broadcast_shapes(x.shape, y.shape), -np.inf, dtype=np.float32)
    for plane in _half_planes(x, y, 5):
        second = np.maximum(second, np.minimum(largest, plane))
        largest = np.maximum(largest, plane)
    return second - np.float32(0.36)


def cross(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Two bars at right angles."""
    return np.minimum(_box(x, y, 0.98, 0.36), _box(x, y, 0.36, 0.98))


def bar(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A lying rectangle, three times as wide as high."""
    return _box(x, y, 1.15, 0.4)


def moon(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A crescent: a disc less a shifted disc."""
    bite = np.sqrt((x - np.float32(0.5)) ** 2 + y * y) - np.float32(0.72)
    return np.maximum(disc(x, y), -bite)


def arrow(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """An arrow that points right."""
    head = np.maximum(-x, np.float32(0.707) * (x + np.abs(y)) - np.float32(0.7))
    return np.minimum(head, _box(x + np.float32(0.45), y, 0.55, 0.3))


def wedge(x: np.ndarray, y: np.ndarray, half_angle: float) -> np.ndarray:
    """The sector within ``half_angle`` (radians, at most pi / 2) of the direction of positive x.

    Args:
        x: local coordinates to the right.
        y: local coordinates downwards.
        half_angle: in radians.
    """
    edge = np.float32(np.cos(half_angle)) * np.abs(y) - np.float32(np.sin(half_angle)) * x
    return np.maximum(edge, -x)


_FUNCTIONS = (disc, square, triangle, hexagon, star, cross, bar, moon, arrow)
SHAPES: dict[str, Shape] = {function.__name__: function for function in _FUNCTIONS}
