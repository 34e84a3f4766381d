"""Text files: tracks as the original program writes them, and boxes of people."""

import io
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from rnnfv.arrays.checks import LARGEST, peaks_of
from rnnfv.arrays.kinds import it_is
from rnnfv.data.files import files_below, one_form
from rnnfv.data.text_files import read_text
from rnnfv.errors import InputError
from rnnfv.features.trajectories.tracks import INFO, descriptor_size

_TEXT_ENDINGS = (".txt.gz", ".features.gz", ".out.gz", ".txt", ".features", ".out", ".gz")
_VIDEO_ENDINGS = {".avi", ".mp4", ".mkv", ".mov", ".mpg", ".mpeg", ".webm", ".wmv", ".flv", ".m4v"}


class UnreadableTracks(InputError):
    """One file of tracks cannot be read; the others may be fine."""


def possible_text_files(folder: str | Path, name: str) -> list[Path]:
    """Where :func:`find_text_files` looks for a video's tracks, but for other folders below.

    Args:
        folder: of the files.
        name: path of the video, or its id.
    """
    return [Path(folder, key + ending) for key in _keys(name) for ending in _TEXT_ENDINGS]


def _keys(name: str) -> list[str]:
    """Names, without their ending, of the text files that may be a video's."""
    ending = Path(name).suffix
    stem = name.removesuffix(ending) if ending.lower() in _VIDEO_ENDINGS else name
    return list(dict.fromkeys(map(one_form, (name, stem, Path(name).name, Path(stem).name))))


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
    for file in files_below(folder):
        ending = next((ending for ending in _TEXT_ENDINGS if file.name.endswith(ending)), None)
        if ending:
            name = one_form(file.relative_to(folder).as_posix())
            there.setdefault(name.removesuffix(ending), file)
    found: dict[str, Path | None] = {}
    owner: dict[Path, str] = {}
    for video, name in names.items():
        path: Path | None
        path = found[video] = next((there[key] for key in _keys(name) if key in there), None)
        if path is not None and owner.setdefault(path, video) != video:
            both = f"{owner[path]!r} and of {video!r}"
            advice = "keep files in folders like the videos'"
            raise InputError(f"{path} would be the tracks of {both}: {advice}.")
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
    except (OSError, EOFError, ValueError, pd.errors.ParserError, zlib.error) as error:
        message = f"{path}: not a readable text file of tracks ({error})."
        message += "" if Path(path).suffix == ".gz" else it_is(path)
        raise UnreadableTracks(f"{message} Extract or copy it again.") from error
    values = np.concatenate(blocks) if blocks else np.empty((0, width), np.float32)
    if values.shape[1] != width:
        expected = f"expected {width}, for tracks of {length} steps"
        parts = "10 about the track, trajectory, HOG, HOF, MBHx, MBHy"
        raise InputError(f"{path}: {values.shape[1]} numbers a line; {expected}: {parts}.")
    if line := _not_finite(values):
        problem = f"line {line} is cut short or holds NaN"
        raise UnreadableTracks(f"{path}: {problem}. Extract it again.")
    peaks = peaks_of(values)
    most = float(np.finfo(np.float16).max)  # as which tracks are kept; histograms are below 1
    if (peaks > most).any():
        line = int(np.argmax(peaks > most))
        problem = f"line {line + 1} holds {peaks[line]:.3g}, which no track has"
        raise UnreadableTracks(f"{path}: {problem}. Extract it again.")
    if len(values) and not values[:, len(INFO) :].any():
        raise UnreadableTracks(f"{path}: nothing but zeros in its descriptors. Extract it again.")
    return values[:, : len(INFO)], values[:, len(INFO) :]


def _text_blocks(path: str | Path) -> Iterator[np.ndarray]:
    try:
        reader = pd.read_csv(path, sep=r"\s+", header=None, dtype=np.float32, chunksize=20_000)
    except pd.errors.EmptyDataError:
        return
    with reader:
        for chunk in reader:
            yield chunk.to_numpy()


def _not_finite(values: np.ndarray) -> int:
    """The first row that holds something else than numbers, counted from 1; 0 for none."""
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    return int(bad[0]) + 1 if len(bad) else 0


def read_people(path: str | Path) -> dict[str, dict[int, np.ndarray]]:
    """Boxes of people by video and frame, from a CSV ``id,frame,x1,y1,x2,y2``.

    Frames count from 0; boxes are in pixels of the video.

    Raises:
        InputError: columns are missing, or values are no numbers.
    """
    columns = ["frame", "x1", "y1", "x2", "y2"]
    try:
        table = pd.read_csv(io.StringIO(read_text(path)), dtype={"id": str})
        missing = sorted({"id", *columns} - set(table.columns))
        if missing:
            problem = f"no column {', '.join(missing)}"
            raise InputError(f"{path}: {problem}; boxes have id,frame,x1,y1,x2,y2.")
        values = table[columns].to_numpy(np.float64)
    except InputError:
        raise
    except ValueError as error:
        problem = f"{path}: not a readable table of boxes ({error})"
        raise InputError(f"{problem}.{it_is(path)}") from error
    if line := _not_finite(values):
        problem = f"line {line + 1} lacks a number"
        raise InputError(f"{path}: {problem}; every box needs frame,x1,y1,x2,y2.")
    frame, left, top, right, bottom = values.T
    meant = (frame >= 0) & (left <= right) & (top <= bottom) & (peaks_of(values) <= LARGEST)
    if not meant.all():
        row = int(np.argmin(meant))
        shown = ",".join(f"{value:g}" for value in values[row])
        rule = "frames count from 0, and x1 <= x2, y1 <= y2, in pixels"
        raise InputError(f"{path}: line {row + 2}: {shown} is no box; {rule}.")
    frames = values[:, 0].astype(int)
    found = {}
    for name, rows in table.groupby("id").indices.items():
        boxes = {int(n): values[rows[frames[rows] == n], 1:] for n in np.unique(frames[rows])}
        found[one_form(str(name))] = boxes
    return found
