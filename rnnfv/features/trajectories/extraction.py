"""From the frames of a video to its tracks."""

from collections.abc import Iterable, Iterator, Mapping

import cv2
import numpy as np

from rnnfv.arrays.checks import items_of, real_array, real_matrix
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
        InputError: frames that are no uint8 images, or change their size; boxes that are none.
    """
    settings = settings or TrajectorySettings()
    greys = _greys(frames)
    previous = next(greys, None)
    if previous is None or min(previous.shape) < settings.volume:
        return Tracks.none(settings.length)
    # The flow starts at the coarsest scale there can be, even if points are tracked at fewer.
    most = max(settings.scales, TrajectorySettings.scales)
    scales = scales_of(previous.shape[0], previous.shape[1], settings.volume, most)
    tracked = scales[: settings.scales]
    boxes, found, number = _boxes(people or {}), list[Tracks](), 0
    camera, flow_between = CameraMotion(settings.features), FlowEstimator(settings.flow, scales)
    trackers = [Tracker(settings, scale) for scale in tracked]
    images, views = pyramid(previous, tracked), flow_between.views(previous)
    if settings.stabilize:
        camera.see(previous, boxes.get(0))
    for number, grey in enumerate(greys, start=1):
        for tracker, image in zip(trackers, images, strict=True):
            tracker.start(image)
        seen, views = views, flow_between.views(grey)
        flow = own_flow = flow_between(seen, views)
        if settings.stabilize:
            people_then, people_now = boxes.get(number - 1), boxes.get(number)
            homography = camera.estimate(previous, grey, flow[0], people_then, people_now)
            if settings.warped_flow == "compose":
                pairs = zip(flow, tracked, strict=False)
                own_flow = [without_camera(f, homography, s.factor) for f, s in pairs]
            else:
                warped = warped_back(previous, grey, homography)
                own_flow = flow_between(seen, flow_between.views(warped))
        for tracker, image, motion, own in zip(trackers, images, flow, own_flow, strict=False):
            if len(tracker):
                finished = tracker.advance(motion, own, CellHistograms(image, own, settings.volume))
                finished.info[:, 0] = number
                found.append(finished)
        previous, images = grey, pyramid(grey, tracked)
    tracks = Tracks.joined(found, settings.length)
    middle = tracks.info[:, 0] - settings.length / 2
    tracks.info[:, 9] = np.clip(middle / (number + 1), 0, 0.999)
    return tracks


def _boxes(people: Mapping[int, np.ndarray]) -> dict[int, np.ndarray]:
    """The boxes of every frame as a matrix (k, 4) of finite numbers."""
    if not isinstance(people, Mapping):
        raise InputError(f"people: expected a dictionary, got {type(people).__name__}.")
    there = {number: boxes for number, boxes in people.items() if boxes is not None and len(boxes)}
    boxes = {number: real_matrix(some, "box of people") for number, some in there.items()}
    for number, some in boxes.items():
        if some.shape[1] != 4:
            problem = f"boxes of frame {number} have {some.shape[1]} columns"
            raise InputError(f"people: {problem}; expected x1, y1, x2, y2.")
    return boxes


def _greys(frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Frames in grey, (H, W) uint8, once it is clear that they are images of one size."""
    size: tuple[int, ...] | None = None
    for number, given in enumerate(items_of(frames, "frames, (H, W, 3) or (H, W) of uint8")):
        frame = real_array(given, f"frame {number}")
        channels = frame.shape[2:]
        is_image = frame.ndim > 1 and channels in ((), (3,)) and frame.size
        if frame.dtype != np.uint8 or not is_image:
            found = f"{frame.dtype} {frame.shape}"
            raise InputError(f"frame {number} is {found}; expected (H, W, 3) or (H, W) of uint8.")
        size = size or frame.shape[:2]
        if frame.shape[:2] != size:
            found = f"{frame.shape[:2]}, those before it {size}"
            raise InputError(f"frame {number} is {found}: all must have one size.")
        yield frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
