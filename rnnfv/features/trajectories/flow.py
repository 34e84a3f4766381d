"""Dense optical flow between two frames, and the flow without the camera's motion."""

from __future__ import annotations

import cv2
import numpy as np

_FARNEBACK = {"pyr_scale": float(np.sqrt(0.5)), "levels": 8, "winsize": 10, "iterations": 2}
_FARNEBACK |= {"poly_n": 7, "poly_sigma": 1.5, "flags": 0}
_MEDIAN = 5  # side of the median filter, in pixels


class FlowEstimator:
    """Optical flow, the same numbers for the same frames.

    Args:
        kind: ``"farneback"`` with the original's constants (a pyramid of 1/sqrt(2), windows of 10,
            7 x 7 neighbourhoods), or ``"dis"``, dense inverse search down to half the resolution,
            in a quarter of the time.
    """

    def __init__(self, kind: str):
        self._dis = None
        if kind == "dis":
            self._dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
            # The preset stops at a quarter of the resolution: its flow is too short by a tenth, and
            # tracks drift.
            self._dis.setFinestScale(1)
            self._dis.setVariationalRefinementIterations(0)

    def __call__(self, previous: np.ndarray, current: np.ndarray) -> np.ndarray:
        """The flow from ``previous`` to ``current``, both (H, W) uint8: (H, W, 2) float32."""
        # Frames smaller than a patch make DIS fail.
        if self._dis is not None and min(previous.shape) >= 16:
            return self._dis.calc(previous, current, None)
        return cv2.calcOpticalFlowFarneback(previous, current, None, **_FARNEBACK)


def at_scale(flow: np.ndarray, height: int, width: int) -> np.ndarray:
    """The flow resized to a smaller frame, in that frame's pixels, and median-filtered, 5 x 5.

    Args:
        flow: (H, W, 2) float32.
        height: of the smaller frame.
        width: of the smaller frame.
    """
    if flow.shape[:2] != (height, width):
        shrink = np.array([width / flow.shape[1], height / flow.shape[0]], np.float32)
        flow = cv2.resize(flow, (width, height), interpolation=cv2.INTER_AREA) * shrink
    return cv2.medianBlur(flow, _MEDIAN)


def without_camera(flow: np.ndarray, homography: np.ndarray) -> np.ndarray:
    """The flow that is left in the earlier frame's view: x -> H^-1(x + flow(x)) - x, (H, W, 2).

    Args:
        flow: (H, W, 2).
        homography: (3, 3), where the camera's motion alone moves a pixel of the earlier frame.
    """
    height, width = flow.shape[:2]
    axes = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    grid = np.stack(np.meshgrid(*axes), axis=-1)
    return cv2.perspectiveTransform(grid + flow, np.linalg.inv(homography)) - grid


def warped_back(previous: np.ndarray, current: np.ndarray, homography: np.ndarray) -> np.ndarray:
    """The later frame from where the camera was before; the earlier frame where it shows nothing.

    Args:
        previous: (H, W) uint8, the earlier frame.
        current: (H, W) uint8, the later frame.
        homography: (3, 3), from the earlier to the later frame.
    """
    size = (previous.shape[1], previous.shape[0])
    flags, outside = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, cv2.BORDER_TRANSPARENT
    return cv2.warpPerspective(current, homography, size, previous.copy(), flags, outside)
