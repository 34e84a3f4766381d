"""Tracks on disk: HDF5 shards, and extractions that are not finished.

A *tracks* file is a *sequences* file: a video's tracks are its elements, of 426 numbers, and a
video may have none. Beside ``ids``, ``offsets`` and ``values`` it holds ``info``, ten numbers a
track (:data:`rnnfv.features.trajectories.tracks.INFO`).
"""

import shutil
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import numpy as np

from rnnfv.arrays.hdf5 import create_h5, write_ids
from rnnfv.arrays.provenance import config_hash
from rnnfv.arrays.sequences import Sequences, open_sequences
from rnnfv.arrays.writing import atomic_path
from rnnfv.data.files import identity, on_disk
from rnnfv.features.trajectories.tracks import INFO, descriptor_size


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
        for name, (width, kind) in kept.items():
            layout = {"maxshape": (None, width), "chunks": (1024, width)}
            file.create_dataset(name, (0, width), kind, **layout)
        for name, info, descriptors in videos:
            ids.append(name)
            offsets.append(offsets[-1] + len(info))
            for key, rows in (("info", info), ("values", descriptors)):
                file[key].resize(offsets[-1], axis=0)
                if len(rows):
                    file[key][offsets[-2] :] = rows
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
        """The number of tracks of a video."""
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
                return dict(kept) if str(kept["video"]) == _marked(video) else None
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
            return None

    def put(self, number: int, video: Path, **arrays: np.ndarray) -> None:
        """Keep a video's arrays.

        Args:
            number: of the video in its shard.
            video: its file.
            arrays: by name.
        """
        with atomic_path(self._path(number)) as temporary, open(temporary, "wb") as file:
            np.savez(file, allow_pickle=False, video=np.array(_marked(video)), **arrays)

    def clear(self) -> None:
        """Remove the folder: the extraction is complete."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.npz"


def _marked(video: Path) -> str:
    """Name and identity of a file."""
    return f"{video.name} {identity(on_disk(video))}"


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
