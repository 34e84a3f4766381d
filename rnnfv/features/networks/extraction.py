"""Videos to feature sequences, in batches that run across videos."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np

from rnnfv.arrays.checks import flaws, peaks_of
from rnnfv.errors import InputError
from rnnfv.features.media.frames import StoredFrames
from rnnfv.features.networks.base import FeatureNetwork, blocks_of, take_block

Frames: TypeAlias = "np.ndarray | StoredFrames"
"""A video's frames, (T, H, W, 3) uint8 RGB, in memory or on disk."""


def extract(
    network: FeatureNetwork, videos: Iterable[tuple[str, Frames]], batch_size: int = 32
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield ``(id, features)`` in input order, features (T', D) float32.

    Frame networks give one vector per frame, clip networks one per block
    (:func:`~rnnfv.features.networks.base.blocks_of`). Frames or blocks of one size are batched
    across videos: short videos fill a batch too. How they fall into batches changes the features by
    rounding only. A batch of frames is held at a time, and the features of the videos it is from.

    Args:
        network: a loaded network.
        videos: ``(id, frames)``, frames (T, H, W, 3) uint8 RGB, as
            :func:`rnnfv.features.media.frames.iterate_frames` gives them.
        batch_size: frames or blocks per call of the network.

    Raises:
        InputError: a video has no frames, or not the network's geometry, or its features cannot be
            used (:func:`rnnfv.arrays.checks.flaws`); the message names it.
    """
    # Features still to be yielded, in input order.
    open_videos: deque[tuple[str, np.ndarray]] = deque()
    batch: list[np.ndarray] = []
    # Views into the features of open videos: where each item of the batch goes.
    rows: list[np.ndarray] = []

    def flush() -> None:
        if batch:
            for row, vector in zip(rows, network(np.stack(batch)), strict=True):
                row[:] = vector
        batch.clear()
        rows.clear()

    for name, frames in videos:
        if len(frames) == 0:
            raise InputError(f"video {name!r} has no frames: leave it out.")
        if not network.geometry.accepts(*frames.shape[1:3]):
            found = f"{frames.shape[1]}x{frames.shape[2]} frames (height x width)"
            wanted = f"{network.name} wants {network.geometry}"
            advice = "decode the videos again for this network"
            raise InputError(f"video {name!r}: {found}, {wanted}: {advice}.")
        starts = blocks_of(len(frames), network.block, network.stride)
        features = np.empty((len(starts), network.dim), np.float32)
        open_videos.append((name, features))
        for start, row in zip(starts, features, strict=True):
            single = network.kind == "frame"
            item = frames[start] if single else take_block(frames, start, network.block)
            if batch and item.shape != batch[0].shape:
                flush()
            batch.append(item)
            rows.append(row)
            if len(batch) == batch_size:
                flush()
        # Complete are the videos before the one that the batch's first item belongs to.
        while open_videos and not (rows and rows[0].base is open_videos[0][1]):
            yield _checked(*open_videos.popleft())
    flush()
    for name, features in open_videos:
        yield _checked(name, features)


def _checked(name: str, features: np.ndarray) -> tuple[str, np.ndarray]:
    for flaw in flaws([peaks_of(features).max()]).values():
        what = flaw.partition(": ")[2]
        advice = f"Are the weights right? If they are, take {name!r} out of the list"
        raise InputError(f"the features of {name!r} hold {what}. {advice}.")
    return name, features
