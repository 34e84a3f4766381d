"""Dense optical flow between two frames, and what becomes of it when the camera's motion is taken out."""

from __future__ import annotations

import cv2
import numpy as np

_MEDIAN = 5  # side of the median filter, in pixels


class FlowEstimator:
    """Optical flow, the same numbers for the same frames.

    Args:
        kind: ``"farneback"`` with the original's constants (a pyramid of 1/sqrt(2), windows of 10, 7 x 7 neighbourhoods), or
            ``"dis"``, dense inverse search down to half the resolution, in a quarter of the time.
    """

    def __init__(self, kind: str):
        self._dis = None
        if kind == "dis":
            self._dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
            # The preset stops at a quarter of the resolution: its flow is too short by a tenth, and tracks drift.
            self._dis.setFinestScale(1)
            self._dis.setVariationalRefinementIterations(0)

    def __call__(self, previous: np.ndarray, current: np.ndarray) -> np.ndarray:
        """Where each pixel of ``previous`` moves: (H, W) uint8 twice -> (H, W, 2) float32, x and y."""
        if (
            self._dis is not None and min(previous.shape) >= 16
        ):  # smaller frames than a patch make it fail
            return self._dis.calc(previous, current, None)
        return cv2.calcOpticalFlowFarneback(
            previous,
            current,
            None,
            pyr_scale=float(np.sqrt(0.5)),
            levels=8,
            winsize=10,
            iterations=2,
            poly_n=7,
            poly_sigma=1.5,
            flags=0,
        )


def at_scale(flow: np.ndarray, height: int, width: int) -> np.ndarray:
    """The flow as seen in a smaller frame: resized, and in the smaller frame's pixels. Then median-filtered, 5 x 5."""
    if flow.shape[:2] != (height, width):
        shrink = np.array([width / flow.shape[1], height / flow.shape[0]], np.float32)
        flow = cv2.resize(flow, (width, height), interpolation=cv2.INTER_AREA) * shrink
    return cv2.medianBlur(flow, _MEDIAN)


def without_camera(flow: np.ndarray, homography: np.ndarray) -> np.ndarray:
    """The flow that is left in the earlier frame's view: x -> H^-1(x + flow(x)) - x, (H, W, 2) float32.

    Args:
        flow: (H, W, 2).
        homography: (3, 3), where the camera's motion alone moves a pixel of the earlier frame.
    """
    height, width = flow.shape[:2]
    grid = np.stack(
        np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)),
        axis=-1,
    )
    return cv2.perspectiveTransform(grid + flow, np.linalg.inv(homography)) - grid


def warped_back(previous: np.ndarray, current: np.ndarray, homography: np.ndarray) -> np.ndarray:
    """The later frame seen from where the camera was before; where it shows nothing of that view, the earlier frame."""
    size = (previous.shape[1], previous.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(
        current,
        homography,
        size,
        dst=previous.copy(),
        flags=flags,
        borderMode=cv2.BORDER_TRANSPARENT,
    )
