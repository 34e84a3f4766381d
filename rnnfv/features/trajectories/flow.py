"""Dense optical flow between two frames at every scale, and without the camera's motion."""

from functools import lru_cache

import cv2
import numpy as np

from rnnfv.features.trajectories.scales import STEP, Scale

_FARNEBACK = {"pyr_scale": 0.5, "levels": 0, "winsize": 10, "iterations": 2}
_FARNEBACK |= {"poly_n": 7, "poly_sigma": 1.5}
_FARNEBACK |= {"flags": cv2.OPTFLOW_FARNEBACK_GAUSSIAN | cv2.OPTFLOW_USE_INITIAL_FLOW}
_MEDIAN = 5  # side of the median filter, in pixels
_MARGIN = 5  # pixels at the edge of the later frame that are not warped
_DAMPING = 1e-4  # of the inverse of a blur that takes the finest detail away entirely


class FlowEstimator:
    """Optical flow at every scale, the same numbers for the same frames.

    Farneback's flow is found as in the original: with Gaussian windows, from the coarsest scale to
    the finest, each starting from the median-filtered flow of the one before. OpenCV is called for
    one scale at a time. As it blurs what it is given, coarser images are sharpened beforehand.

    Args:
        kind: ``"farneback"``, or ``"dis"``: dense inverse search down to half the resolution, made
            smaller for the coarser scales. It is faster and much less like the original.
        scales: of the video.
    """

    def __init__(self, kind: str, scales: list[Scale]):
        self._scales = scales
        self._dis = None
        # Frames smaller than a patch make DIS fail.
        if kind == "dis" and min(scales[0][1:]) >= 16:
            self._dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
            # The preset stops at a quarter of the resolution: its flow is too short by a tenth, and
            # tracks drift.
            self._dis.setFinestScale(1)
            self._dis.setVariationalRefinementIterations(0)

    def views(self, frame: np.ndarray) -> list[np.ndarray]:
        """Images of a frame (H, W) uint8 that the flow is found between, one for every scale."""
        coarser = [] if self._dis else [_view(frame, scale) for scale in self._scales[1:]]
        return [frame, *coarser]

    def __call__(self, previous: list[np.ndarray], current: list[np.ndarray]) -> list[np.ndarray]:
        """The median-filtered flow between two frames' :meth:`views`.

        It is (H, W, 2) float32 for every scale, finest first, in that scale's pixels.
        """
        if self._dis:
            finest = self._dis.calc(previous[0], current[0], None)
            return [_smaller(finest, scale) for scale in self._scales]
        flow = np.zeros((*previous[-1].shape, 2), np.float32)
        flows: list[np.ndarray] = []
        for before, after in zip(reversed(previous), reversed(current), strict=True):
            if flows:
                flow = cv2.resize(flow, before.shape[::-1]) * STEP
            flow = cv2.calcOpticalFlowFarneback(before, after, flow, **_FARNEBACK)
            flow = cv2.medianBlur(flow, _MEDIAN)
            flows.append(flow)
        return flows[::-1]


def _view(frame: np.ndarray, scale: Scale) -> np.ndarray:
    """The frame at a scale, such that OpenCV's blur of it is what the original's flow sees."""
    sigma = (scale.factor - 1) / 2
    window = max(round(5 * sigma) | 1, 3)
    smooth = cv2.GaussianBlur(frame.astype(np.float32), (window, window), sigma)
    smooth = cv2.resize(smooth, (scale.width, scale.height))
    return _sharpening(scale.height) @ smooth @ _sharpening(scale.width).T


@lru_cache(maxsize=32)
def _sharpening(size: int) -> np.ndarray:
    """The inverse of OpenCV's blur along one axis, damped where it loses detail: (size, size)."""
    blur = cv2.GaussianBlur(np.eye(size), (1, 3), 0)
    damped = blur.T @ blur + _DAMPING * np.eye(size)
    return np.linalg.solve(damped, blur.T).astype(np.float32)


def _smaller(flow: np.ndarray, scale: Scale) -> np.ndarray:
    size = scale.width, scale.height
    if flow.shape[1::-1] != size:
        flow = cv2.resize(flow, size, interpolation=cv2.INTER_AREA) / np.float32(scale.factor)
    return cv2.medianBlur(flow, _MEDIAN)


def without_camera(flow: np.ndarray, homography: np.ndarray, factor: float = 1) -> np.ndarray:
    """The flow that is left in the earlier frame's view: x -> H^-1(x + flow(x)) - x, (H, W, 2).

    Args:
        flow: (H, W, 2).
        homography: (3, 3), where the camera's motion alone moves a pixel of the earlier frame.
        factor: of the flow's scale; the homography is of the finest.
    """
    grid, zoom = _grid(*flow.shape[:2]), np.diag([factor, factor, 1])
    back = np.linalg.inv(zoom) @ np.linalg.inv(homography) @ zoom
    return cv2.perspectiveTransform(grid + flow, back) - grid


def warped_back(previous: np.ndarray, current: np.ndarray, homography: np.ndarray) -> np.ndarray:
    """The later frame from where the camera was before.

    Where it would show the later frame's edge or what lies beyond, it is the earlier frame.

    Args:
        previous: (H, W) uint8, the earlier frame.
        current: (H, W) uint8, the later frame.
        homography: (3, 3), from the earlier to the later frame.
    """
    height, width = previous.shape
    places = cv2.perspectiveTransform(_grid(height, width), homography)
    x, y = places[..., 0], places[..., 1]
    inside = (x > _MARGIN) & (x < width - 1 - _MARGIN) & (y > _MARGIN) & (y < height - 1 - _MARGIN)
    return np.where(inside, cv2.remap(current, places, None, cv2.INTER_LINEAR), previous)


def _grid(height: int, width: int) -> np.ndarray:
    """Positions x, y of every pixel, (H, W, 2) float32."""
    axes = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    return np.stack(np.meshgrid(*axes), axis=-1)
