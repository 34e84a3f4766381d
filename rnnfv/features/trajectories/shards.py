"""From a shard of videos, or of the original program's text files, to tracks and a report."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rnnfv.arrays.provenance import file_sha256
from rnnfv.data.files import is_folder
from rnnfv.data.shards import in_shard
from rnnfv.errors import InputError
from rnnfv.features.media.video import Video, VideoReport, read_video, report_of, upright_size
from rnnfv.features.trajectories.extraction import extract_tracks
from rnnfv.features.trajectories.files import UnfinishedTracks, few
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.features.trajectories.text import (
    UnreadableTracks,
    find_text_files,
    possible_text_files,
    read_text_tracks,
)
from rnnfv.features.trajectories.tracks import Tracks

_KIND = "flow at every scale, roots of histograms"  # other words where tracks change in kind


def boxes_in(
    frames: np.ndarray, path: Path, boxes: Mapping[int, np.ndarray] | None
) -> Mapping[int, np.ndarray] | None:
    """Boxes in pixels of a video's frames, which may have been resized.

    Args:
        frames: (T, H, W, 3), as they were decoded.
        path: the video's file.
        boxes: frame number to boxes in pixels of the upright video, or None.
    """
    if not boxes:
        return None
    height, width = upright_size(path)
    factor = np.array([frames.shape[2] / width, frames.shape[1] / height] * 2)
    return {number: box * factor for number, box in boxes.items()}


@dataclass
class ShardOfTracks:
    """Extracts the tracks of videos, one after another, and remembers what it did.

    Attributes:
        settings: of the tracks.
        max_tracks: keep at most this many of a video, drawn at random; all if None.
        short_side: of the frames; the videos' own size if None.
        min_frames: a video with fewer frames is bad.
        people: video -> frame -> boxes.
        reports: a row for every video seen so far: the columns of
            :class:`~rnnfv.features.media.video.VideoReport`, and ``tracks``.
    """

    settings: TrajectorySettings
    max_tracks: int | None = None
    short_side: int | None = None
    min_frames: int = 2
    people: Mapping[str, Mapping[int, np.ndarray]] = field(default_factory=dict)
    reports: list[dict[str, Any]] = field(default_factory=list)

    def of_video(self, name: str, path: Path) -> tuple[Video, Tracks]:
        """The frames of a video, and all of its tracks.

        Args:
            name: the video's id.
            path: its file.
        """
        limits = {"short_side": self.short_side, "min_frames": self.min_frames}
        video = read_video(path, as_opencv=True, **limits)
        if video.problem:
            return video, Tracks.none(self.settings.length)
        boxes = boxes_in(video.frames, path, self.people.get(name))
        return video, extract_tracks(video.frames, self.settings, boxes)

    def kept(self, name: str, tracks: Tracks) -> dict[str, np.ndarray]:
        """The part of a video's tracks that files keep: ``info`` and ``descriptors`` in float16.

        Args:
            name: the video's id.
            tracks: of :meth:`of_video`.
        """
        chosen = few(len(tracks), self.max_tracks, name)
        descriptors = tracks.descriptors[chosen].astype(np.float16)
        return {"info": tracks.info[chosen], "descriptors": descriptors}

    def of_videos(
        self, items: Sequence[tuple[str, Path]], unfinished: UnfinishedTracks
    ) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
        """Yield ``(id, info, descriptors)`` of every usable video, in order.

        It goes on where an earlier attempt was stopped.
        """
        for number, (name, path) in enumerate(items):
            kept = unfinished.get(number, path)
            if kept is None:
                video, tracks = self.of_video(name, path)
                row = asdict(report_of(name, path, video))
                if video.problem:
                    self.reports.append(row | {"tracks": 0})
                    continue  # not kept: it may be repaired before the next attempt
                kept = self.kept(name, tracks)
                if not len(tracks):
                    still = f"nothing moves for {self.settings.length} of them"
                    reason = f"no-tracks: in {len(video.frames)} frames {still}"
                    reasons = "; ".join(filter(None, [row["reason"], reason]))
                    row |= {"status": "noted", "reason": reasons}
                row["tracks"] = len(tracks)
                unfinished.put(number, path, **kept, row=np.array(json.dumps(row)))
            else:
                row = json.loads(str(kept["row"]))
            self.reports.append(row)
            yield name, kept["info"], kept["descriptors"]

    def of_text_files(
        self, folder: Path, files: Mapping[str, Path | None]
    ) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
        """The same from text files: id -> file in ``folder``, None where there is none.

        Raises:
            InputError: a file has another number of columns.
        """
        for name, path in files.items():
            problem = None if path else "missing: no file of its tracks"
            info = descriptors = np.empty(0)
            try:
                if path:
                    info, descriptors = read_text_tracks(path, self.settings.length)
            except UnreadableTracks as error:
                problem = f"unreadable: {error}"
            if problem:
                report = VideoReport(name, str(path or folder), "bad", problem, None, 0, 0)
                self.reports.append(asdict(report) | {"tracks": 0})
                continue
            chosen = few(len(info), self.max_tracks, name)
            status, reason = ("ok", "") if len(info) else ("noted", "no-tracks: the file is empty")
            report = VideoReport(name, str(path), status, reason, None, 0, 0)
            self.reports.append(asdict(report) | {"tracks": len(info)})
            yield name, info[chosen], descriptors[chosen]


@dataclass(frozen=True)
class ListedShard:
    """The videos of a shard, as the data set lists them.

    Attributes:
        dataset: its name, for messages.
        listed: all items: ``id`` and, where there are videos, ``path``.
        name: of the shard, as 2-of-4.
    """

    dataset: str
    listed: pd.DataFrame
    name: str

    @cached_property
    def mine(self) -> pd.DataFrame:
        """The items of this shard."""
        return in_shard(self.listed, self.name)

    def check_people(self, people: Mapping[str, Any], path: str) -> None:
        """Raise InputError where the file of boxes at ``path`` names a video that is not listed."""
        unknown = sorted(set(people) - set(self.listed["id"]))
        if unknown:
            more = f"(and {len(unknown) - 1} more)"
            raise InputError(f"{path}: {unknown[0]!r} {more} is no id of {self.dataset}.")

    def text_tracks(
        self, shard: ShardOfTracks, folder: Path
    ) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
        """Tracks of this shard's videos from text files; see :meth:`ShardOfTracks.of_text_files`.

        Raises:
            InputError: ``folder`` is none.
        """
        if not is_folder(folder):
            advice = "Set it to the folder of the text files."
            raise InputError(f"datasets.{self.dataset}.tracks: {folder} is no folder. {advice}")
        return shard.of_text_files(folder, self._text_files(folder))

    def files(self, text: str | None, videos: str | None) -> list[Path]:
        """The files that are read: text files in the folder ``text`` if given, else videos.

        For a text file that is absent, all places where it may appear.
        """
        if text:
            folder, places = Path(text), []
            for name, path in self._text_files(folder).items():
                places += [path] if path else possible_text_files(folder, self._names[name])
            return places
        return [Path(videos or "") / path for path in self.mine.get("path", ())]

    @cached_property
    def _names(self) -> dict[str, str]:
        """Path of every item's video, else its id: its text file is named like it."""
        column = "path" if "path" in self.listed else "id"
        return dict(zip(self.listed["id"], self.listed[column], strict=True))

    def _text_files(self, folder: Path) -> dict[str, Path | None]:
        found = find_text_files(folder, self._names)
        return {name: found[name] for name in self.mine["id"]}

    def unfinished(
        self, folder: Path, shard: ShardOfTracks, people: str | Path | None
    ) -> UnfinishedTracks:
        """Where a shard keeps the tracks that are done, until its report has no bad video.

        Args:
            folder: to keep them in; what was kept with other settings is thrown away.
            shard: extracts them.
            people: the file of boxes around people, if there is one.
        """
        limits = [shard.max_tracks, shard.short_side, shard.min_frames]
        boxes = file_sha256(people) if people else None
        about = [_KIND, asdict(shard.settings), *limits, self.mine["id"].tolist(), boxes]
        return UnfinishedTracks(folder, about)

    def video_tracks(
        self, shard: ShardOfTracks, root: Path, unfinished: UnfinishedTracks
    ) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
        """Tracks of this shard's videos.

        Args:
            shard: how they are extracted.
            root: the folder of the videos.
            unfinished: tracks kept from an earlier run.

        Raises:
            InputError: there are no videos.
        """
        if "path" not in self.mine or not is_folder(root):
            problem = f"the manifest has no column path, or videos ({root}) is no folder"
            raise InputError(f"datasets.{self.dataset}: {problem}.")
        paths = [root / path for path in self.mine["path"]]
        return shard.of_videos(list(zip(self.mine["id"], paths, strict=True)), unfinished)
