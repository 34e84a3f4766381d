"""Patterns with values in [-1, 1], for backgrounds and for what shapes are filled with.

Coordinates are in units of the frame's height (backgrounds) or of the shape's radius (fills).
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator


def _clouds(rng: Generator, height: int, width: int, cells: int = 6) -> np.ndarray:
    """Smooth random blotches, (height, width): ``cells`` random values a side, interpolated.

    The interpolation is separable, so two small matrix products replace a loop over pixels.
    """
    grid = rng.uniform(-1, 1, (cells + 1, cells + 1)).astype(np.float32)

    def weights(size: int) -> np.ndarray:
        position = np.linspace(0, cells, size, endpoint=False)
        left = position.astype(int)
        step = position - left
        step = step * step * (3 - 2 * step)
        matrix = np.zeros((size, cells + 1), dtype=np.float32)
        matrix[np.arange(size), left] = 1 - step
        matrix[np.arange(size), left + 1] = step
        return matrix

    return weights(height) @ grid @ weights(width).T


def _grain(rng: Generator, height: int, width: int) -> np.ndarray:
    """Clouds of four sizes, the finer the fainter: a rough wall or gravel."""
    octaves = [(6, 0.5), (14, 0.45), (32, 0.4), (64, 0.35)]
    total = sum(weight * _clouds(rng, height, width, cells) for cells, weight in octaves)
    return np.clip(total, -1, 1)


def _stripes(x: np.ndarray, y: np.ndarray, angle: float, period: float) -> np.ndarray:
    """Soft-edged stripes across direction ``angle`` (radians)."""
    along = np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y
    return np.tanh(np.float32(3) * np.sin(np.float32(2 * np.pi / period) * along))


def _checks(x: np.ndarray, y: np.ndarray, angle: float, period: float) -> np.ndarray:
    """A soft-edged chessboard."""
    return _stripes(x, y, angle, period) * _stripes(x, y, angle + np.pi / 2, period)


def _waves(x: np.ndarray, y: np.ndarray, angle: float, period: float) -> np.ndarray:
    """Wavy stripes, as of water."""
    along = np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y
    across = np.float32(-np.sin(angle)) * x + np.float32(np.cos(angle)) * y
    bend = np.float32(0.25 * period) * np.sin(np.float32(np.pi / period) * across)
    return np.sin(np.float32(2 * np.pi / period) * (along + bend))


def _rings(x: np.ndarray, y: np.ndarray, angle: float, period: float) -> np.ndarray:
    """Concentric rings around a point beside the frame's centre, in direction ``angle``."""
    distance = np.hypot(x - np.float32(0.4 * np.cos(angle)), y - np.float32(0.4 * np.sin(angle)))
    return np.sin(np.float32(2 * np.pi / period) * distance)


Field = Callable[[Generator, int, int], np.ndarray]
Pattern = Callable[[np.ndarray, np.ndarray, float, float], np.ndarray]

FIELDS: dict[str, Field] = {"clouds": _clouds, "grain": _grain}
"""Random patterns, from a generator, a height and a width in pixels."""

PATTERNS: dict[str, Pattern] = {"stripes": _stripes, "checks": _checks, "waves": _waves}
PATTERNS["rings"] = _rings
"""Regular patterns, from coordinates, a direction in radians and a period."""
