"""Points that are followed from frame to frame at one scale, all at once."""

import cv2
import numpy as np

from rnnfv.features.trajectories.histograms import CellHistograms, histogram_columns
from rnnfv.features.trajectories.scales import Scale
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.features.trajectories.tracks import TIME_CELLS, Tracks

_HISTOGRAMS = histogram_columns()
_WIDTH = max(columns.stop for columns in _HISTOGRAMS.values())


class Tracker:
    """The unfinished tracks of one scale, in slots that are used again.

    Args:
        settings: see :class:`TrajectorySettings`.
        scale: at which points are followed.
    """

    def __init__(self, settings: TrajectorySettings, scale: Scale):
        self.settings, self.scale = settings, scale
        self._active = np.empty(0, np.int64)  # slots, oldest track first
        self._free = np.empty(0, np.int64)
        length = settings.length
        self._points = np.empty((0, length + 1, 2), np.float32)
        self._steps = np.empty((0, length, 2), np.float32)
        self._cells = np.empty((0, TIME_CELLS, _WIDTH), np.float32)
        self._age = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self._active)

    @property
    def positions(self) -> np.ndarray:
        """(n, 2), where the unfinished tracks are now."""
        return self._points[self._active, self._age[self._active]]

    def start(self, grey: np.ndarray) -> None:
        """Start tracks on grid points of a frame that have structure and no track near."""
        step = self.settings.grid
        rows, columns = self.scale.height // step, self.scale.width // step
        strength = cv2.cornerMinEigenVal(grey, 3, ksize=3)
        places = np.arange(max(rows, columns)) * step + step // 2
        threshold = strength.max(initial=0) * self.settings.quality
        wanted = strength[np.ix_(places[:rows], places[:columns])] > threshold
        taken = self.positions.astype(np.int64) // step
        inside = (taken[:, 0] < columns) & (taken[:, 1] < rows)
        wanted[taken[inside, 1], taken[inside, 0]] = False
        y, x = np.nonzero(wanted)
        self._add(np.stack([places[x], places[y]], axis=1).astype(np.float32))

    def advance(self, flow: np.ndarray, own_flow: np.ndarray, histograms: CellHistograms) -> Tracks:
        """Move every track by one frame; return those that are complete and valid.

        Args:
            flow: (H, W, 2), median-filtered: where points move.
            own_flow: (H, W, 2): how they move once the camera's motion is taken out.
            histograms: of the frame that is left behind.
        """
        _, height, width = self.scale
        slots, age, now = self._active, self._age[self._active], self.positions
        if not len(slots):
            return Tracks.none(self.settings.length)
        x = np.clip(np.rint(now[:, 0]).astype(np.int64), 0, width - 1)
        y = np.clip(np.rint(now[:, 1]).astype(np.int64), 0, height - 1)
        moved = now + flow[y, x]
        inside = (moved > 0).all(axis=1) & (moved[:, 0] < width) & (moved[:, 1] < height)
        slots, age, now = slots[inside], age[inside], now[inside]
        self._steps[slots, age] = own_flow[y, x][inside]
        time_cell = age // (self.settings.length // TIME_CELLS)
        self._cells[slots, time_cell] += histograms.normalized(now)
        self._points[slots, age + 1] = moved[inside]
        self._age[slots] = age + 1
        done = age + 1 == self.settings.length
        finished = self._finish(slots[done])
        self._free = np.concatenate([self._free, self._active[~inside], slots[done]])
        self._active = slots[~done]
        return finished

    def _add(self, points: np.ndarray) -> None:
        missing = len(points) - len(self._free)
        if missing > 0:
            missing = max(missing, len(self._age) // 2)
            new = np.arange(len(self._age), len(self._age) + missing)
            self._free = np.concatenate([self._free, new])
            for name in ("_points", "_steps", "_cells", "_age"):
                array = getattr(self, name)
                more = np.zeros((missing, *array.shape[1:]), array.dtype)
                setattr(self, name, np.concatenate([array, more]))
        slots, self._free = self._free[: len(points)], self._free[len(points) :]
        self._age[slots], self._cells[slots] = 0, 0
        self._points[slots, 0] = points
        self._active = np.concatenate([self._active, slots])

    def _finish(self, slots: np.ndarray) -> Tracks:
        """Complete tracks at ``slots``, without static, erratic, jumping and camera tracks."""
        settings, length = self.settings, self.settings.length
        if not len(slots):
            return Tracks.none(length)
        factor = np.float32(self.scale.factor)
        points, steps = self._points[slots] * factor, self._steps[slots] * factor
        mean, spread = points.mean(axis=1), points.std(axis=1)
        travelled = np.linalg.norm(np.diff(points, axis=1), axis=2)
        total, longest = travelled.sum(axis=1), travelled.max(axis=1, initial=0)
        valid = (spread >= settings.min_spread).any(axis=1)
        valid &= (spread <= settings.max_spread).all(axis=1)
        valid &= ~((longest > settings.max_jump) & (longest > 0.7 * total))
        own = np.linalg.norm(steps, axis=2)
        if settings.stabilize:
            valid &= own.max(axis=1, initial=0) > settings.min_motion
        norm = own.sum(axis=1)[:, None, None]
        shape = np.divide(steps, norm, out=np.zeros_like(steps), where=norm > 0)
        shape = shape.reshape(len(slots), 2 * length)
        cells = self._cells[slots] / (length // TIME_CELLS)
        blocks = [cells[:, :, columns].reshape(len(slots), -1) for columns in _HISTOGRAMS.values()]
        # The frame and the place in time are the caller's to fill in.
        info = np.zeros((len(slots), 10), np.float32)
        info[:, 1:3], info[:, 3:5], info[:, 5], info[:, 6] = mean, spread, total, factor
        size = np.array([self.scale.width, self.scale.height]) * factor
        info[:, 7:9] = np.clip(mean / size, 0, 0.999)
        tracks = Tracks(info, np.concatenate([shape, *blocks], axis=1), points)
        return tracks.take(np.flatnonzero(valid))
