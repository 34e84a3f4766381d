"""Pictures of tracks on frames, to see whether they sit on what moves."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from rnnfv.errors import InputError
from rnnfv.features.trajectories.extraction import extract_tracks
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.features.trajectories.tracks import Tracks

_WIDTH = 320  # pixels of a drawn frame
_CAPTION = 18  # pixels of the line above it
_GAP = 4
_YELLOW, _ORANGE = (240, 228, 66), (213, 94, 0)  # Okabe and Ito's: for any colour vision


def drawn(frame: np.ndarray, tracks: Tracks, number: int, caption: str) -> np.ndarray:
    """A frame with the tracks that cross it in yellow, their present positions in orange.

    A track is shown from its first frame to its last one; ``number`` says which frame this is.

    Args:
        frame: (H, W, 3) uint8.
        tracks: of the whole video.
        number: of the frame.
        caption: the text above it.
    """
    factor = _WIDTH / frame.shape[1]
    size = (_WIDTH, round(frame.shape[0] * factor))
    canvas = cv2.resize(frame, size, interpolation=cv2.INTER_CUBIC)
    length = tracks.points.shape[1] - 1
    age = number - (tracks.info[:, 0].astype(int) - length)
    for points, now in zip(tracks.points, age, strict=True):
        if 0 <= now <= length:
            line = np.rint(points * factor).astype(np.int32)
            past = line[: now + 1].reshape(-1, 1, 2)
            cv2.polylines(canvas, [past], False, _YELLOW, 1, cv2.LINE_AA)
            cv2.circle(canvas, (int(line[now, 0]), int(line[now, 1])), 1, _ORANGE, -1)
    title = np.full((_CAPTION, _WIDTH, 3), 255, np.uint8)
    cv2.putText(title, caption, (3, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
    return np.concatenate([title, canvas])


def draw_videos(
    videos: Iterable[tuple[str, np.ndarray, Mapping[int, np.ndarray] | None]],
    settings: TrajectorySettings,
    path: str | Path,
) -> None:
    """Write a PNG with a row per video: two frames, each with the tracks before and after.

    Args:
        videos: names, frames (T, H, W, 3) uint8, and boxes of people, see :func:`extract_tracks`.
        settings: of the tracks; ``stabilize`` is switched off and on.
        path: where to write.

    Raises:
        InputError: there are no videos.
    """
    rows = []
    for name, frames, boxes in videos:
        before = extract_tracks(frames, replace(settings, stabilize=False), boxes)
        after = extract_tracks(frames, replace(settings, stabilize=True), boxes)
        cells = []
        for number in sorted({len(frames) // 3, (2 * len(frames)) // 3}):
            for tracks, word in [(before, "before"), (after, "after")]:
                caption = f"{Path(name).stem[:22]} #{number} {word}: {len(tracks)}"
                cell = drawn(frames[number], tracks, number, caption)
                cells.append(np.pad(cell, ((0, 0), (0, _GAP), (0, 0)), constant_values=255))
        rows.append(np.concatenate(cells, axis=1))
    if not rows:
        raise InputError("there is no video whose tracks could be drawn: none could be decoded.")
    width = max(row.shape[1] for row in rows)
    padded = [
        np.pad(row, ((0, _GAP), (0, width - row.shape[1]), (0, 0)), constant_values=255)
        for row in rows
    ]
    Image.fromarray(np.concatenate(padded)).save(path, format="PNG")
