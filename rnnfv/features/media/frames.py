"""The *frames* format: decoded frames of a shard of videos, each video with a size of its own.

``ids`` (n), ``offsets`` (n + 1, int64, in frames), ``shapes`` (n, 2: height, width) and ``data``,
the uint8 RGB pixels of all frames one after another. A frames file is temporary: it lives between
decoding and feature extraction.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rnnfv.arrays.hdf5 import create_h5, open_h5, read_ids, write_ids


def write_frames(
    path: str | Path,
    videos: Iterable[tuple[str, np.ndarray]],
    attributes: Mapping[str, Any] | None = None,
) -> int:
    """Stream videos to a frames file.

    Args:
        path: the file.
        videos: ids and frames, (T, H, W, 3) uint8.
        attributes: of the file, such as its provenance.

    Returns:
        The number of videos.
    """
    ids, lengths, shapes = [], [], []
    with create_h5(path, attributes) as file:
        data = file.create_dataset("data", (0,), np.uint8, maxshape=(None,), chunks=(2**20,))
        for name, frames in videos:
            if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3:
                found = f"{frames.shape} {frames.dtype}"
                raise ValueError(f"video {name!r}: expected (T, H, W, 3) uint8, got {found}")
            data.resize(len(data) + frames.size, axis=0)
            if frames.size:
                data[-frames.size :] = frames.reshape(-1)
            ids.append(name)
            lengths.append(len(frames))
            shapes.append(frames.shape[1:3])
        write_ids(file, ids)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        file.create_dataset("offsets", data=offsets)
        file.create_dataset("shapes", data=np.array(shapes, dtype=np.int64).reshape(-1, 2))
    return len(ids)


def iterate_frames(path: str | Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yield ``(id, frames)`` with frames (T, H, W, 3) uint8, one video in memory at a time."""
    with open_h5(path, ["ids", "offsets", "shapes", "data"]) as file:
        lengths, shapes, position = np.diff(file["offsets"][:]), file["shapes"][:], 0
        for name, length, shape in zip(read_ids(file), lengths, shapes, strict=True):
            end = position + int(length) * int(shape[0]) * int(shape[1]) * 3
            yield name, file["data"][position:end].reshape(int(length), *map(int, shape), 3)
            position = end
