"""Tracks on disk: HDF5 shards, unfinished extractions, and the original program's text files.

A *tracks* file is a *sequences* file: a video's tracks are its elements, of 426 numbers, and a
video may have none. Beside ``ids``, ``offsets`` and ``values`` it holds ``info``, ten numbers a
track (:data:`rnnfv.features.trajectories.tracks.INFO`).
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from rnnfv.arrays.hdf5 import atomic_path, config_hash, create_h5, write_ids
from rnnfv.arrays.sequences import Sequences, open_sequences
from rnnfv.errors import InputError
from rnnfv.features.trajectories.tracks import INFO, descriptor_size

_TEXT_ENDINGS = (".txt.gz", ".features.gz", ".out.gz", ".txt", ".features", ".out", ".gz")
_VIDEO_ENDINGS = {".avi", ".mp4", ".mkv", ".mov", ".mpg", ".mpeg", ".webm", ".wmv", ".flv", ".m4v"}


class UnreadableTracks(InputError):
    """One file of tracks cannot be read; the others may be fine."""


def write_tracks(
    path: str | Path,
    videos: Iterable[tuple[str, np.ndarray, np.ndarray]],
    length: int,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Stream tracks to a file; descriptors as float16.

    Args:
        path: the file.
        videos: id, info (n, 10) and descriptors (n, 426) of each video.
        length: L, steps of a track.
        attributes: of the file, such as its provenance.
    """
    ids: list[str] = []
    offsets = [0]
    dim = descriptor_size(length)
    with create_h5(path, attributes) as file:
        kept = {"info": (len(INFO), np.float32), "values": (dim, np.float16)}
        sets = {
            name: file.create_dataset(
                name, (0, width), kind, maxshape=(None, width), chunks=(1024, width)
            )
            for name, (width, kind) in kept.items()
        }
        for name, info, descriptors in videos:
            ids.append(name)
            offsets.append(offsets[-1] + len(info))
            for key, rows in (("info", info), ("values", descriptors)):
                sets[key].resize(offsets[-1], axis=0)
                if len(rows):
                    sets[key][offsets[-2] :] = rows
        write_ids(file, ids)
        file.create_dataset("offsets", data=np.array(offsets, np.int64))


class TrackShards:
    """Several tracks files as one collection of videos; tracks stay on disk until asked for."""

    def __init__(self, paths: Sequence[str | Path]):
        self._paths = list(paths)
        self._stack = ExitStack()
        self._where: dict[str, tuple[Sequences, int]] = {}

    def __enter__(self) -> Self:
        for path in self._paths:
            shard = self._stack.enter_context(open_sequences(path))
            self._where |= {name: (shard, i) for i, name in enumerate(shard.ids)}
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __contains__(self, name: str) -> bool:
        return name in self._where

    def count(self, name: str) -> int:
        """How many tracks a video has."""
        shard, i = self._where[name]
        return int(shard.offsets[i + 1] - shard.offsets[i])

    def read(self, name: str) -> np.ndarray:
        """A video's tracks, (n, 426) float16."""
        shard, i = self._where[name]
        return shard[i]

    def sample(
        self, names: Sequence[str], max_tracks: int, generator: np.random.Generator
    ) -> list[np.ndarray]:
        """Random tracks of the videos: an (m, 426) array per video that has some.

        Args:
            names: of the videos.
            max_tracks: of all videos together, drawn without replacement.
            generator: of the draw.
        """
        counts = np.array([self.count(name) for name in names], np.int64)
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        drawn = np.arange(total)
        if total > max_tracks:
            drawn = np.sort(generator.choice(total, max_tracks, replace=False))
        parts = []
        for name, end, count in zip(names, ends, counts, strict=True):
            mine = drawn[(drawn >= end - count) & (drawn < end)] - (end - count)
            if len(mine):
                parts.append(self.read(name)[mine])
        return parts


class UnfinishedTracks:
    """A folder that keeps every video that is done, so that a stopped extraction goes on.

    Args:
        folder: it exists while the extraction is under way, and until broken videos are dealt with.
        settings: what all tracks depend on; what other settings left behind is thrown away.
    """

    def __init__(self, folder: str | Path, settings: Any):
        self.folder = Path(folder)
        mark = self.folder / f"settings-{config_hash(settings)}"
        if not mark.is_file():
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            mark.touch()

    def get(self, number: int, video: Path) -> dict[str, np.ndarray] | None:
        """The arrays kept of a video; None for nothing whole, or those of another file."""
        try:
            with np.load(self._path(number)) as kept:
                return dict(kept) if str(kept["video"]) == _identity(video) else None
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
            return None

    def put(self, number: int, video: Path, **arrays: np.ndarray) -> None:
        """Keep a video's arrays."""
        with atomic_path(self._path(number)) as temporary, open(temporary, "wb") as file:
            np.savez(file, allow_pickle=False, video=np.array(_identity(video)), **arrays)

    def clear(self) -> None:
        """Remove the folder: the extraction is complete."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.npz"


def _identity(video: Path) -> str:
    """Name, size and time of change of a file: what is replaced is another one."""
    found = video.stat()
    return f"{video.name} {found.st_size} {found.st_mtime_ns}"


def few(tracks: int, at_most: int | None, name: str) -> np.ndarray | slice:
    """The tracks of a video to keep: all, or a random choice that depends on its name alone.

    Args:
        tracks: how many the video has.
        at_most: how many may be kept; None for all.
        name: of the video.
    """
    if at_most is None or tracks <= at_most:
        return slice(None)
    generator = np.random.default_rng(list(name.encode()))
    return np.sort(generator.choice(tracks, at_most, replace=False))


def find_text_files(folder: str | Path, names: Mapping[str, str]) -> dict[str, Path | None]:
    """The text files of videos, named as they are, with or without the video's ending.

    Args:
        folder: of the files, in the same folders as the videos or all in one.
        names: id -> path of the video, or its id.

    Returns:
        id -> file, None where there is none.

    Raises:
        InputError: a file would be that of two videos.
    """
    there: dict[str, Path] = {}
    for file in sorted(Path(folder).rglob("*")):
        ending = next((ending for ending in _TEXT_ENDINGS if file.name.endswith(ending)), None)
        if ending:
            there.setdefault(file.relative_to(folder).as_posix().removesuffix(ending), file)
    found: dict[str, Path | None] = {}
    owner: dict[Path, str] = {}
    for video, name in names.items():
        path: Path | None
        ending = Path(name).suffix
        stem = name.removesuffix(ending) if ending.lower() in _VIDEO_ENDINGS else name
        keys = (name, stem, Path(name).name, Path(stem).name)
        path = found[video] = next((there[key] for key in keys if key in there), None)
        if path is not None and owner.setdefault(path, video) != video:
            raise InputError(
                f"{path} would be the tracks of {owner[path]!r} and of {video!r}: "
                "keep files in folders like the videos'."
            )
    return found


def read_text_tracks(path: str | Path, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Tracks in the original program's output: 10 + 426 numbers a line, gzipped if it ends in .gz.

    Args:
        path: the file; an empty one holds no tracks.
        length: L, steps of a track.

    Returns:
        Info (n, 10) and descriptors (n, 426), float32.

    Raises:
        UnreadableTracks: a file that cannot be read, or holds something that is no number.
        InputError: another number of columns: such files are of another kind.
    """
    width = len(INFO) + descriptor_size(length)
    try:
        blocks = list(_text_blocks(path))
    except (OSError, EOFError, ValueError, pd.errors.ParserError) as error:
        raise UnreadableTracks(
            f"{path}: not a readable text file of tracks ({error}). Extract or copy it again."
        ) from error
    values = np.concatenate(blocks) if blocks else np.empty((0, width), np.float32)
    if values.shape[1] != width:
        raise InputError(
            f"{path}: {values.shape[1]} numbers a line; expected {width}, "
            f"for tracks of {length} steps: "
            "10 about the track, trajectory, HOG, HOF, MBHx, MBHy."
        )
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values).all(axis=1)))
        problem = f"line {row + 1} is cut short or holds NaN"
        raise UnreadableTracks(f"{path}: {problem}. Extract it again.")
    return values[:, : len(INFO)], values[:, len(INFO) :]


def _text_blocks(path: str | Path) -> Iterator[np.ndarray]:
    try:
        reader = pd.read_csv(
            path, sep=r"\s+", header=None, dtype=np.float32, chunksize=20_000, compression="infer"
        )
    except pd.errors.EmptyDataError:
        return
    with reader:
        for chunk in reader:
            yield chunk.to_numpy()


def read_people(path: str | Path) -> dict[str, dict[int, np.ndarray]]:
    """Boxes of people by video and frame, from a CSV ``id,frame,x1,y1,x2,y2``.

    Frames count from 0; boxes are in pixels of the video.

    Raises:
        InputError: columns are missing, or values are no numbers.
    """
    columns = ["frame", "x1", "y1", "x2", "y2"]
    try:
        table = pd.read_csv(path, dtype={"id": str})
        missing = sorted({"id", *columns} - set(table.columns))
        if missing:
            problem = f"no column {', '.join(missing)}"
            raise InputError(f"{path}: {problem}; boxes have id,frame,x1,y1,x2,y2.")
        values = table[columns].to_numpy(np.float64)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a readable table of boxes ({error}).") from error
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values).all(axis=1)))
        problem = f"line {row + 2} lacks a number"
        raise InputError(f"{path}: {problem}; every box needs frame,x1,y1,x2,y2.")
    frames = values[:, 0].astype(int)
    found = {}
    for name, rows in table.groupby("id").indices.items():
        boxes = {int(n): values[rows[frames[rows] == n], 1:] for n in np.unique(frames[rows])}
        found[str(name)] = boxes
    return found
