"""Histograms of orientations in the cells around tracks: HOG, HOF and MBH.

HOG is of gradients, HOF of flow, MBH of the flow's gradients.

Every pixel votes with its magnitude for the two orientations nearest to its own, over the full
circle. A box filter sums the votes of the cell that begins at any pixel; a track picks its four.
"""

import cv2
import numpy as np

from rnnfv.features.trajectories.tracks import BINS, SPACE_CELLS, side_by_side

_MIN_FLOW = 0.4  # pixels per frame; slower pixels count as not moving
_EPSILON = 0.05  # added to every bin: what is next to nothing is not blown up


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
    turn = np.arange(orientations + 2) % orientations
    start = np.arange(0, magnitude.size * bins, bins)
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
        cell = volume // SPACE_CELLS
        box = {"ksize": (cell, cell), "anchor": (0, 0), "normalize": False}
        self._cells = [
            cv2.boxFilter(votes(x, y, BINS[name], still), cv2.CV_32F, **box)
            for name, (x, y, still) in components.items()
        ]
        self._volume = volume

    def sums(self, points: np.ndarray) -> list[np.ndarray]:
        """Votes in the 2 x 2 cells of each point's square: four of (n, 2, 2, bins) float32.

        Cells along x come first.

        A square is moved into the frame where it would stick out.
        """
        height, width = self._cells[0].shape[:2]
        corner = np.rint(points).astype(np.int64) - self._volume // 2
        corner = np.clip(corner, 0, [width - self._volume, height - self._volume])
        steps = self._volume // SPACE_CELLS * np.arange(SPACE_CELLS)
        columns = (corner[:, 0, None] + steps)[:, :, None]
        rows = (corner[:, 1, None] + steps)[:, None, :]
        place = rows * width + columns
        return [cells.reshape(-1, cells.shape[2]).take(place, axis=0) for cells in self._cells]

    def normalized(self, points: np.ndarray) -> np.ndarray:
        """The roots of the four histograms of each point side by side, (n, 132) float32.

        A histogram has sum 1, after a small number is added to each of its bins.
        """
        parts = []
        for sums in self.sums(points):
            flat = np.maximum(sums.reshape(len(points), -1), 0) + np.float32(_EPSILON)
            parts.append(np.sqrt(flat / flat.sum(axis=1, keepdims=True)))
        return np.concatenate(parts, axis=1)


def histogram_columns() -> dict[str, slice]:
    """Where each histogram stands among the 132 numbers of :meth:`CellHistograms.normalized`."""
    return side_by_side({name: SPACE_CELLS**2 * bins for name, bins in BINS.items()})
