"""From the frames of a video to its tracks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import cv2
import numpy as np

from rnnfv.errors import InputError
from rnnfv.features.trajectories.camera import CameraMotion
from rnnfv.features.trajectories.flow import FlowEstimator, at_scale, warped_back, without_camera
from rnnfv.features.trajectories.histograms import CellHistograms
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.features.trajectories.tracking import Tracker
from rnnfv.features.trajectories.tracks import Tracks


def scale_sizes(height: int, width: int, settings: TrajectorySettings) -> list[tuple[int, int]]:
    """(H, W) of the frame at every scale, finest first; none for frames smaller than the volume.

    Args:
        height: of the frame.
        width: of the frame.
        settings: see :class:`TrajectorySettings`.
    """
    sizes = []
    for level in range(settings.scales):
        size = round(height * 0.5 ** (level / 2)), round(width * 0.5 ** (level / 2))
        if min(size) < settings.volume:
            break
        sizes.append(size)
    return sizes


def extract_tracks(
    frames: Iterable[np.ndarray],
    settings: TrajectorySettings | None = None,
    people: Mapping[int, np.ndarray] | None = None,
) -> Tracks:
    """Improved dense trajectories of a video.

    Memory: two frames at all scales, and the unfinished tracks.

    Videos of ``length`` frames or fewer, and frames smaller than ``volume``, have no tracks; that
    is no error.

    Args:
        frames: (H, W, 3) RGB or (H, W) grey, uint8, all of one size; a (T, H, W, 3) array is such
            an iterable.
        settings: the published constants if None.
        people: frame number -> (k, 4) boxes x1, y1, x2, y2. What moves inside them is not taken for
            the camera's motion.

    Raises:
        InputError: frames that are no uint8 images, or change their size.
    """
    settings = settings or TrajectorySettings()
    boxes = people or {}
    estimate_flow, camera = FlowEstimator(settings.flow), CameraMotion(settings.features)
    previous: np.ndarray | None = None
    pyramid: list[np.ndarray] = []
    trackers: list[Tracker] = []
    found: list[Tracks] = []
    number = -1
    for number, frame in enumerate(frames):
        grey = _grey(frame, number, previous)
        if previous is None:
            sizes = scale_sizes(grey.shape[0], grey.shape[1], settings)
            trackers = [
                Tracker(
                    settings, *size, np.array([grey.shape[1] / size[1], grey.shape[0] / size[0]])
                )
                for size in sizes
            ]
        if not trackers:
            break
        if previous is None:
            if settings.stabilize:
                camera.see(grey, boxes.get(number))
        else:
            flow = estimate_flow(previous, grey)
            own_flow = flow
            if settings.stabilize:
                median = at_scale(flow, *grey.shape)
                people_then, people_now = boxes.get(number - 1), boxes.get(number)
                homography = camera.estimate(previous, grey, median, people_then, people_now)
                if homography is not None and settings.warped_flow == "compose":
                    own_flow = without_camera(flow, homography)
                elif homography is not None:
                    own_flow = estimate_flow(previous, warped_back(previous, grey, homography))
            for tracker, smaller in zip(trackers, pyramid, strict=True):
                if len(tracker):
                    scaled = at_scale(flow, *tracker.size)
                    own = scaled if own_flow is flow else at_scale(own_flow, *tracker.size)
                    histograms = CellHistograms(smaller, own, settings.volume)
                    finished = tracker.advance(scaled, own, histograms)
                    finished.info[:, 0] = number
                    found.append(finished)
        pyramid = [_resized(grey, *tracker.size) for tracker in trackers]
        for tracker, smaller in zip(trackers, pyramid, strict=True):
            tracker.start(smaller)
        previous = grey
    tracks = Tracks.joined(found, settings.length)
    middle = tracks.info[:, 0] - settings.length / 2
    tracks.info[:, 9] = np.clip(middle / max(number + 1, 1), 0, 0.999)
    return tracks


def _grey(frame: np.ndarray, number: int, previous: np.ndarray | None) -> np.ndarray:
    frame = np.asarray(frame)
    channels = frame.shape[2:]
    if frame.dtype != np.uint8 or frame.ndim < 2 or channels not in ((), (3,)):
        found = f"{frame.dtype} {frame.shape}"
        raise InputError(f"frame {number} is {found}; expected (H, W, 3) or (H, W) of uint8.")
    grey = frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    if previous is not None and grey.shape != previous.shape:
        found = f"{grey.shape}, those before it {previous.shape}"
        raise InputError(f"frame {number} is {found}: all must have one size.")
    return grey


def _resized(grey: np.ndarray, height: int, width: int) -> np.ndarray:
    if grey.shape == (height, width):
        return grey
    return cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
