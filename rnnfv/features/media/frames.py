"""The *frames* format: decoded frames of a shard of videos, each video with a size of its own.

``ids`` (n), ``offsets`` (n + 1, int64, in frames), ``shapes`` (n, 2: height, width) and ``data``,
the uint8 RGB pixels of all frames one after another. A frames file is temporary: it lives between
decoding and feature extraction. It is written and read a few frames at a time, so that memory does
not depend on the length of a video.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from rnnfv.arrays.hdf5 import create_h5, open_h5, read_ids, write_ids

BUFFER_BYTES = 16 * 2**20
"""How much of a video's pixels is held before it is written."""


class GrowingFrames:
    """Frames of one size, (T, H, W, 3) uint8, in one array that grows in place."""

    def __init__(self) -> None:
        self._buffer, self._count = np.empty((0, 0, 0, 3), np.uint8), 0

    def __len__(self) -> int:
        return self._count

    def add(self, frame: np.ndarray) -> None:
        """Append a frame, (H, W, 3) uint8."""
        if self._count == len(self._buffer):
            room = self._count + max(16, self._count // 8)
            # in place: the memory of large arrays is moved by the system, not copied
            self._buffer.resize((room, *frame.shape), refcheck=False)
        self._buffer[self._count] = frame
        self._count += 1

    def array(self) -> np.ndarray:
        """All frames; nothing can be added afterwards."""
        self._buffer.resize((self._count, *self._buffer.shape[1:]), refcheck=False)
        return self._buffer


class FrameWriter:
    """Appends videos to an open frames file, a frame at a time.

    Args:
        file: new, open for writing.
    """

    def __init__(self, file: h5py.File):
        layout = {"maxshape": (None,), "chunks": (2**20,)}
        self._file, self._data = file, file.create_dataset("data", (0,), np.uint8, **layout)
        self._ids: list[str] = []
        self._shapes: list[tuple[int, int]] = []
        self._offsets, self._end = [0], 0  # of frames; of the bytes of finished videos
        self._start_video()

    def _start_video(self) -> None:
        self._buffer: list[np.ndarray] = []
        self._shape, self._count = (0, 0), 0

    def add(self, frame: np.ndarray) -> None:
        """Append a frame, (H, W, 3) uint8, to the video that is under way."""
        self._shape = frame.shape[:2]
        self._count += 1
        self._buffer.append(frame)
        if len(self._buffer) * frame.nbytes >= BUFFER_BYTES:
            self._flush()

    def finish(self, name: str) -> None:
        """The video is complete, and has this id."""
        self._flush()
        self._ids.append(name)
        self._shapes.append(self._shape)
        self._offsets.append(self._offsets[-1] + self._count)
        self._end = len(self._data)
        self._start_video()

    def discard(self) -> None:
        """The video under way is not wanted: take its frames out again."""
        self._data.resize(self._end, axis=0)
        self._start_video()

    def close(self) -> None:
        """Write what describes the videos."""
        write_ids(self._file, self._ids)
        self._file.create_dataset("offsets", data=np.array(self._offsets, np.int64))
        shapes = np.array(self._shapes, dtype=np.int64).reshape(-1, 2)
        self._file.create_dataset("shapes", data=shapes)

    def _flush(self) -> None:
        if self._buffer:
            pixels = np.concatenate([frame.reshape(-1) for frame in self._buffer])
            start = len(self._data)
            self._data.resize(start + len(pixels), axis=0)
            self._data[start:] = pixels
            self._buffer.clear()


@contextmanager
def write_frames(
    path: str | Path, attributes: Mapping[str, Any] | None = None
) -> Iterator[FrameWriter]:
    """A new frames file to append videos to; it is there when the block finishes.

    Args:
        path: the file.
        attributes: of the file, such as its provenance.
    """
    with create_h5(path, attributes) as file:
        writer = FrameWriter(file)
        yield writer
        writer.close()


class StoredFrames:
    """A video's frames, (T, H, W, 3) uint8, on disk until they are asked for.

    Args:
        data: pixels of all videos.
        start: where those of this video begin.
        shape: (T, H, W, 3).
    """

    def __init__(self, data: h5py.Dataset, start: int, shape: tuple[int, int, int, int]):
        self._data, self._start, self.shape = data, start, shape
        self._frame = int(np.prod(shape[1:]))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: int | slice) -> np.ndarray:
        """A frame, or a run of consecutive frames, in memory."""
        if not isinstance(key, slice):
            if not -len(self) <= key < len(self):
                raise IndexError(key)
            key %= len(self)
            return self[key : key + 1][0]
        first, last, _ = key.indices(len(self))
        count = max(0, last - first)
        start = self._start + first * self._frame
        return self._data[start : start + count * self._frame].reshape(count, *self.shape[1:])


def iterate_frames(path: str | Path) -> Iterator[tuple[str, StoredFrames]]:
    """Yield ``(id, frames)`` of every video; frames stay on disk until they are asked for."""
    with open_h5(path, ["ids", "offsets", "shapes", "data"]) as file:
        lengths, shapes, position = np.diff(file["offsets"][:]), file["shapes"][:], 0
        for name, length, (height, width) in zip(read_ids(file), lengths, shapes, strict=True):
            shape = int(length), int(height), int(width), 3
            yield name, StoredFrames(file["data"], position, shape)
            position += int(np.prod(shape))
