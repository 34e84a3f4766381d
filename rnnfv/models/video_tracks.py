"""The dense trajectories a model was fitted on, remembered so that new videos get the same ones."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.features.trajectories.shards import ShardOfTracks
from rnnfv.models.frame_features import Read

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class VideoTracks:
    """An extraction of trajectories, as a model's file describes it.

    Attributes:
        settings: of :class:`~rnnfv.TrajectorySettings`.
        short_side: of the frames; the videos' own size if None.
        max_tracks: at most this many are kept of a video, drawn by its name; all if None.
        min_frames: a video with fewer frames is bad.
        people: whether boxes around people were given; of new videos there are none.
    """

    settings: Mapping[str, Any]
    short_side: int | None
    max_tracks: int | None
    min_frames: int = 2
    people: bool = False

    def reader(self, *_: Any) -> Callable[[Iterable[str | Path]], Iterator[Read]]:
        """A function that gives the tracks of videos; see :meth:`FrameFeatures.reader`."""
        if self.people:
            log.warning("the run had boxes around people; new videos have none")
        return self.of_videos

    def of_videos(self, paths: Iterable[str | Path]) -> Iterator[Read]:
        """Tracks (n, 426) of every video, as the workflow's files have them, or its problem."""
        limits = self.max_tracks, self.short_side, self.min_frames
        shard = ShardOfTracks(TrajectorySettings(**self.settings), *limits)
        for path in map(Path, paths):
            video, tracks = shard.of_video(path.name, path)
            if video.problem:
                yield str(path), None, video.problem
            else:
                kept = shard.kept(path.name, tracks)["descriptors"]
                yield str(path), kept.astype(np.float32), ""
