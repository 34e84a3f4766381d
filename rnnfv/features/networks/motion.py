"""A clip feature without weights: where, when and in which direction edges move in a block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnfv.features.media.geometry import Geometry
from rnnfv.features.networks.base import FeatureNetwork
from rnnfv.features.networks.registry import register

GRID = (2, 4, 4)
"""Cells along time, height and width."""

DIRECTIONS = 8


@register("gradient_motion")
@dataclass(eq=False)
class GradientMotion(FeatureNetwork):
    """Histograms of oriented space-time gradients, 256-d: 2 x 4 x 4 cells x 8 directions.

    Where brightness I is carried along, its gradients fulfil I_t = -(v . grad I): the vector -I_t
    grad I points along the motion component across the edge. Each pixel votes for that direction
    (over the full circle, shared linearly between the two nearest bins) with the square root of the
    vector's length. Playing a block backwards turns every direction round, so the arrow of time is
    kept; what does not move does not vote. L2-normalised per block, except that a block without
    motion is zero.

    A plain baseline and a stand-in where no trained clip network is at hand; not the histograms of
    any published system.

    Attributes:
        stride: frames from the start of one block to the start of the next.
    """

    stride: int = 8

    block = 16
    dim = GRID[0] * GRID[1] * GRID[2] * DIRECTIONS
    geometry = Geometry("clip", exact=(96, 128))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.weights_label = "gradient motion histograms (no network, no weights)"
        self.weights_sha256 = "none"

    def vectors(self, batch: np.ndarray) -> np.ndarray:
        """See :meth:`FeatureNetwork.vectors`."""
        return np.stack([motion_histogram(block) for block in batch])


def motion_histogram(block: np.ndarray) -> np.ndarray:
    """The (256,) float32 histogram of a (T, H, W, 3) uint8 block; see :class:`GradientMotion`."""
    grey = block.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    # All three gradients belong to the moment between two frames.
    between = (grey[1:] + grey[:-1]) / 2
    d_time = (grey[1:] - grey[:-1])[:, 1:-1, 1:-1]
    d_down = (between[:, 2:, 1:-1] - between[:, :-2, 1:-1]) / 2
    d_right = (between[:, 1:-1, 2:] - between[:, 1:-1, :-2]) / 2
    down, right = -d_time * d_down, -d_time * d_right
    weight = np.hypot(down, right) ** 0.5
    # 0: to the right, 2: down.
    turn = np.arctan2(down, right) * np.float32(DIRECTIONS / (2 * np.pi)) % DIRECTIONS
    lower = np.floor(turn)
    share = turn - lower

    cells = np.zeros(weight.shape, np.int64)
    for axis, parts in enumerate(GRID):
        part = np.arange(weight.shape[axis]) * parts // weight.shape[axis]
        cells = cells * parts + part.reshape([-1 if i == axis else 1 for i in range(3)])
    first = lower.astype(np.int64) % DIRECTIONS
    histogram = np.zeros(GradientMotion.dim)
    for direction, votes in ((first, weight * (1 - share)), (first + 1, weight * share)):
        bins = cells * DIRECTIONS + direction % DIRECTIONS
        histogram += np.bincount(bins.ravel(), votes.ravel(), len(histogram))
    norm = np.linalg.norm(histogram)
    return (histogram / norm if norm > 0 else histogram).astype(np.float32)
