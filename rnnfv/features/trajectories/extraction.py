"""From the frames of a video to its tracks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import cv2
import numpy as np

from rnnfv.errors import InputError
from rnnfv.features.trajectories.camera import CameraMotion
from rnnfv.features.trajectories.flow import FlowEstimator, warped_back, without_camera
from rnnfv.features.trajectories.histograms import CellHistograms
from rnnfv.features.trajectories.scales import pyramid, scales_of
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.features.trajectories.tracking import Tracker
from rnnfv.features.trajectories.tracks import Tracks


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
    camera = CameraMotion(settings.features)
    previous: np.ndarray | None = None
    trackers: list[Tracker] = []
    found: list[Tracks] = []
    number = -1
    for number, frame in enumerate(frames):
        grey = _grey(frame, number, previous)
        if previous is None:
            scales = scales_of(*grey.shape, settings)
            trackers = [Tracker(settings, scale) for scale in scales]
            if not trackers:
                break
            flow_between = FlowEstimator(settings.flow, scales)
        views = flow_between.views(grey)
        if previous is None:
            if settings.stabilize:
                camera.see(grey, boxes.get(number))
        else:
            flow = own_flow = flow_between(last_views, views)
            if settings.stabilize:
                people_then, people_now = boxes.get(number - 1), boxes.get(number)
                homography = camera.estimate(previous, grey, flow[0], people_then, people_now)
                if settings.warped_flow == "compose":
                    own_flow = [
                        without_camera(motion, homography, scale.factor)
                        for motion, scale in zip(flow, scales, strict=True)
                    ]
                else:
                    warped = warped_back(previous, grey, homography)
                    own_flow = flow_between(last_views, flow_between.views(warped))
            for tracker, image, motion, own in zip(trackers, images, flow, own_flow, strict=True):
                if len(tracker):
                    histograms = CellHistograms(image, own, settings.volume)
                    finished = tracker.advance(motion, own, histograms)
                    finished.info[:, 0] = number
                    found.append(finished)
        images = pyramid(grey, scales)
        for tracker, image in zip(trackers, images, strict=True):
            tracker.start(image)
        previous, last_views = grey, views
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
