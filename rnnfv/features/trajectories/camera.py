"""The camera's motion between two frames: a homography, from matches that agree on it."""

import cv2
import numpy as np
from scipy.spatial.distance import cdist

_KEYPOINTS = 500
_CORNERS = 1000
_FEW_MATCHES, _FEW_INLIERS = 50, 25
_TOLERANCE = 1.0  # pixels
_REACH = 25  # pixels along x and y; features further apart are not matched


class CameraMotion:
    """Estimates homographies of consecutive frames; remembers the features of the last frame.

    Matches are of two kinds, as in the original: corners carried along by the optical flow, and
    local features (ORB or SIFT in place of SURF), each with the nearest of the last frame's within
    25 pixels. RANSAC keeps what fits one homography. OpenCV starts its random numbers anew in every
    call, so results repeat.

    Args:
        features: ``"orb"`` or ``"sift"``.
    """

    def __init__(self, features: str):
        if features == "sift":
            self._detector = cv2.SIFT_create(_KEYPOINTS)
            self._matcher = cv2.BFMatcher(cv2.NORM_L2)
        else:
            self._detector = cv2.ORB_create(_KEYPOINTS, edgeThreshold=16, fastThreshold=10)
            self._matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
        self._last: tuple[np.ndarray, np.ndarray | None] | None = None

    def see(self, frame: np.ndarray, people: np.ndarray | None = None) -> None:
        """Take note of a frame, (H, W) uint8; features on ``people`` are left out."""
        self._last = self._features(frame, people)

    def estimate(
        self,
        previous: np.ndarray,
        current: np.ndarray,
        flow: np.ndarray,
        people: np.ndarray | None = None,
        people_now: np.ndarray | None = None,
    ) -> np.ndarray:
        """The homography from ``previous``, the frame last seen, to ``current``, seen now.

        Args:
            previous: (H, W) uint8.
            current: (H, W) uint8.
            flow: (H, W, 2), median-filtered.
            people: (k, 4) boxes x1, y1, x2, y2 of people in ``previous``; they move by themselves.
            people_now: the same in ``current``.

        Returns:
            (3, 3) float64; the identity, a camera that stands still, where too few matches agree.
        """
        assert self._last is not None
        before, now = self._last, self._features(current, people_now)
        self._last = now
        starts, ends = [np.empty((0, 2), np.float32)], [np.empty((0, 2), np.float32)]
        mask = _mask(previous, people)
        corners = cv2.goodFeaturesToTrack(previous, _CORNERS, 0.001, 3, mask=mask)
        if corners is not None:
            points = corners.reshape(-1, 2)
            columns, rows = np.rint(points).astype(int).T
            starts.append(points)
            ends.append(points + flow[rows, columns])
        if before[1] is not None and now[1] is not None:
            near = cdist(now[0], before[0], "chebyshev") < _REACH
            matches = self._matcher.match(now[1], before[1], near.astype(np.uint8))
            starts.append(before[0][[match.trainIdx for match in matches]].reshape(-1, 2))
            ends.append(now[0][[match.queryIdx for match in matches]].reshape(-1, 2))
        start, end = np.concatenate(starts), np.concatenate(ends)
        if len(start) <= _FEW_MATCHES:
            return np.eye(3)
        homography, inliers = cv2.findHomography(start, end, cv2.RANSAC, _TOLERANCE)
        found = homography is not None and np.count_nonzero(inliers) > _FEW_INLIERS
        return homography if found and abs(np.linalg.det(homography)) >= 1e-6 else np.eye(3)

    def _features(
        self, frame: np.ndarray, people: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Positions (n, 2) and descriptors of local features; None where there are none."""
        keypoints, descriptors = self._detector.detectAndCompute(frame, _mask(frame, people))
        points = cv2.KeyPoint.convert(keypoints) if keypoints else np.empty((0, 2), np.float32)
        return np.asarray(points, np.float32), descriptors if len(points) else None


def _mask(frame: np.ndarray, people: np.ndarray | None) -> np.ndarray | None:
    """Zero inside the boxes, 255 elsewhere; None where there are no boxes."""
    if people is None or not len(people):
        return None
    mask = np.full(frame.shape, 255, np.uint8)
    for x1, y1, x2, y2 in np.maximum(people, 0):
        mask[int(y1) : int(np.ceil(y2)), int(x1) : int(np.ceil(x2))] = 0
    return mask
