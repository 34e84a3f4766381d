"""Tracks of a video and their descriptors, and how they are laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

INFO = "frame mean_x mean_y spread_x spread_y length scale x_pos y_pos t_pos".split()
"""The ten columns before the descriptors, as in the original's output.

They are the last frame of the track (from 0), mean position and its standard deviation, length,
scale factor, and position in the video, from 0 to below 1.
"""

BINS = {"hog": 8, "hof": 9, "mbhx": 8, "mbhy": 8}
"""Orientations; the last of HOF's is for pixels that do not move."""

SPACE_CELLS, TIME_CELLS = 2, 3

DESCRIPTORS = ("trajectory", *BINS)


def descriptor_columns(length: int = 15) -> dict[str, slice]:
    """Columns of each descriptor of a track of ``length`` steps: 30, 96, 108, 96, 96 of 426 for 15.

    Histograms run over time cells, within them cells along x, along y, and orientations.
    """
    cells = TIME_CELLS * SPACE_CELLS**2
    histograms = {name: cells * bins for name, bins in BINS.items()}
    return side_by_side({"trajectory": 2 * length} | histograms)


def side_by_side(sizes: Mapping[str, int]) -> dict[str, slice]:
    """The columns of parts of these sizes, one after another."""
    columns, start = {}, 0
    for name, size in sizes.items():
        columns[name] = slice(start, start + size)
        start += size
    return columns


def descriptor_size(length: int = 15) -> int:
    """Numbers of a track of ``length`` steps: 426 for 15."""
    return descriptor_columns(length)[DESCRIPTORS[-1]].stop


@dataclass
class Tracks:
    """n tracks of a video, in the order in which they end, finer scales first.

    Attributes:
        info: (n, 10) float32, see :data:`INFO`.
        descriptors: (n, 426) float32, see :func:`descriptor_columns`. ``trajectory`` holds the
            steps, camera motion taken out, over the sum of their lengths. Each histogram is
            normalised to sum 1 per frame (over the 2 x 2 cells); its square roots are averaged over
            the frames of its time cell. Where nothing is seen, all bins are equal.
        points: (n, L + 1, 2) float32, the positions x, y in the video's pixels, frame by frame.
    """

    info: np.ndarray
    descriptors: np.ndarray
    points: np.ndarray

    def __len__(self) -> int:
        return len(self.info)

    @classmethod
    def none(cls, length: int) -> Tracks:
        """No tracks at all."""
        sizes = ((0, len(INFO)), (0, descriptor_size(length)), (0, length + 1, 2))
        return cls(*(np.empty(size, np.float32) for size in sizes))

    @classmethod
    def joined(cls, parts: list[Tracks], length: int) -> Tracks:
        """Tracks one after another."""
        parts = [Tracks.none(length), *parts]
        return cls(
            np.concatenate([part.info for part in parts]),
            np.concatenate([part.descriptors for part in parts]),
            np.concatenate([part.points for part in parts]),
        )

    def take(self, rows: np.ndarray) -> Tracks:
        """The tracks at ``rows``."""
        return Tracks(self.info[rows], self.descriptors[rows], self.points[rows])
