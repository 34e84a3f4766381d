"""The *frames* format: decoded frames of a shard of videos, each video with a size of its own.

``ids`` (n), ``offsets`` (n + 1, int64, in frames), ``shapes`` (n, 2: height, width) and ``data``, the uint8 RGB
pixels of all frames one after another. A frames file is temporary: it lives between decoding and feature extraction.
"""

from __future__ import annotations

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
    """Stream ``(id, frames)`` with frames (T, H, W, 3) uint8 to a frames file; return the number of videos."""
    ids, lengths, shapes = [], [], []
    with create_h5(path, attributes) as file:
        data = file.create_dataset(
            "data", shape=(0,), maxshape=(None,), dtype=np.uint8, chunks=(2**20,)
        )
        for name, frames in videos:
            if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3:
                raise ValueError(
                    f"video {name!r}: expected (T, H, W, 3) uint8, got {frames.shape} {frames.dtype}"
                )
            data.resize(len(data) + frames.size, axis=0)
            if frames.size:
                data[-frames.size :] = frames.reshape(-1)
            ids.append(name)
            lengths.append(len(frames))
            shapes.append(frames.shape[1:3])
        write_ids(file, ids)
        file.create_dataset(
            "offsets", data=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        )
        file.create_dataset("shapes", data=np.array(shapes, dtype=np.int64).reshape(-1, 2))
    return len(ids)


def iterate_frames(path: str | Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yield ``(id, frames)`` with frames (T, H, W, 3) uint8, one video in memory at a time."""
    with open_h5(path, ["ids", "offsets", "shapes", "data"]) as file:
        position = 0
        lengths = np.diff(file["offsets"][:])
        for name, length, (height, width) in zip(
            read_ids(file), lengths, file["shapes"][:], strict=True
        ):
            size = int(length) * int(height) * int(width) * 3
            yield (
                name,
                file["data"][position : position + size].reshape(
                    int(length), int(height), int(width), 3
                ),
            )
            position += size
