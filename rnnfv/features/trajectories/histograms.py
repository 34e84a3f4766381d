"""Histograms of orientations in the cells around tracks: HOG, HOF and MBH.

HOG is of gradients, HOF of flow, MBH of the flow's gradients.

Every pixel votes with its magnitude for the two orientations nearest to its own, over the full
circle. The votes of any rectangle then come from four corners of an integral image, for all tracks
at once.
"""

from __future__ import annotations

import cv2
import numpy as np

from rnnfv.features.trajectories.tracks import BINS, SPACE_CELLS, side_by_side

_MIN_FLOW = 0.4  # pixels per frame; slower pixels count as not moving
_EPSILON = 0.05  # next to the sum of a histogram: what is next to nothing is not blown up


def gradients(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Central differences along x and y, (H, W) float32 each."""
    return cv2.Sobel(image, cv2.CV_32F, 1, 0, ksize=1), cv2.Sobel(image, cv2.CV_32F, 0, 1, ksize=1)


def votes(x: np.ndarray, y: np.ndarray, bins: int, still: float | None = None) -> np.ndarray:
    """Votes of every pixel: (H, W) twice -> (H, W, bins) float32.

    Args:
        x: horizontal component.
        y: vertical component, downwards.
        bins: orientations; bin b stands for the angle 360 b / bins, from x towards y.
        still: where magnitudes up to this vote, with 1, for a last bin of their own (HOF). Then
            there are ``bins`` - 1 orientations.
    """
    magnitude, angle = cv2.cartToPolar(x, y, angleInDegrees=True)
    magnitude = magnitude.ravel()
    quiet = None if still is None else magnitude <= still
    orientations = bins if still is None else bins - 1
    # In place, and with a table for what begins anew after a full turn: this runs for every pixel,
    # scale and descriptor.
    upper = angle.ravel() * np.float32(orientations / 360)
    first = upper.astype(np.int32)
    upper -= first
    upper *= magnitude
    magnitude -= upper
    turn = np.arange(orientations + 2, dtype=np.int32) % orientations
    start = np.arange(0, magnitude.size * bins, bins, dtype=np.int32)
    flat = np.zeros(magnitude.size * bins, np.float32)
    flat[turn[first] + start] = magnitude
    flat[turn[first + 1] + start] = upper
    result = flat.reshape(-1, bins)
    if quiet is not None:
        result[quiet] = 0
        result[quiet, -1] = 1
    return result.reshape(*x.shape, bins)


class CellHistograms:
    """HOG, HOF, MBHx and MBHy of the squares around any points of one frame at one scale.

    Args:
        grey: (H, W) uint8, the frame.
        flow: (H, W, 2) float32, the flow to the next frame, camera motion taken out.
        volume: side of the squares, in pixels, at most H and W.
    """

    def __init__(self, grey: np.ndarray, flow: np.ndarray, volume: int):
        across, down = np.ascontiguousarray(flow[..., 0]), np.ascontiguousarray(flow[..., 1])
        components = {
            "hog": (*gradients(grey), None),
            "hof": (across, down, _MIN_FLOW),
            "mbhx": (*gradients(across), None),
            "mbhy": (*gradients(down), None),
        }
        self._integrals = [
            cv2.integral(votes(x, y, BINS[name], still), sdepth=cv2.CV_64F)
            for name, (x, y, still) in components.items()
        ]
        self._size = grey.shape
        self._volume = volume

    def sums(self, points: np.ndarray) -> list[np.ndarray]:
        """Votes in the 2 x 2 cells of each point's square: four of (n, 2, 2, bins) float64.

        Cells along x come first.

        A square is moved into the frame where it would stick out.
        """
        cell = self._volume // SPACE_CELLS
        height, width = self._size
        corner = np.rint(points).astype(np.int64) - self._volume // 2
        corner = np.clip(corner, 0, [width - self._volume, height - self._volume])
        edges = cell * np.arange(SPACE_CELLS + 1)
        columns = corner[:, 0, None] + edges
        rows = corner[:, 1, None] + edges
        place = columns[:, :, None] + rows[:, None, :] * (width + 1)  # (n, 3 along x, 3 along y)
        found = []
        for integral in self._integrals:
            corners = integral.reshape(-1, integral.shape[2])[place]
            found.append(np.diff(np.diff(corners, axis=1), axis=2))
        return found

    def normalized(self, points: np.ndarray) -> np.ndarray:
        """The four histograms of each point side by side, (n, 132) float32.

        Each has sum 1, or less where it is next to empty.
        """
        parts = []
        for sums in self.sums(points):
            # Differences of large sums may be a little below 0.
            flat = np.maximum(sums.reshape(len(points), -1), 0)
            parts.append((flat / (flat.sum(axis=1, keepdims=True) + _EPSILON)).astype(np.float32))
        return np.concatenate(parts, axis=1)


def histogram_columns() -> dict[str, slice]:
    """Where each histogram stands among the 132 numbers of :meth:`CellHistograms.normalized`."""
    return side_by_side({name: SPACE_CELLS**2 * bins for name, bins in BINS.items()})
