"""Decode videos to RGB frames, and notice the ones that are broken.

Decoders return whatever they can of a damaged file and say nothing, so a truncated clip looks like
a short one. Here every file is compared with what its container announces, and each problem has a
code that tables can count:

================  ==================================================================================
``missing``       no such file
``empty``         a file of 0 bytes
``unreadable``    not a video, or so damaged that no stream can be found (an MP4 without its index)
``no-video``      a container without a video stream
``no-frame``      a video stream of which no frame could be decoded
``truncated``     the file ends before the length it announces, or inside a packet
``corrupt``       the decoder failed on packets, or had to guess parts of frames
``too-small``     a side of fewer than 8 pixels
``too-large``     more pixels a frame than an image may have, or more frames than are held in memory
``one-frame``     a still image
``too-short``     fewer frames than asked for
================  ==================================================================================

Decoding and resizing run in one thread with swscale's bit-exact arithmetic: the same file gives the
same pixels on every processor. Frames are upright, as images are: the display matrix, which phones
write, is obeyed. Frames that edit lists hide are left out. Pixels that are not square are noted and
taken for squares. Dense trajectories can have the pixels that OpenCV would give (``as_opencv``).

Memory: :func:`decode_shard` holds a few frames, however long a video is; :func:`read_video` holds
those it keeps, at most :data:`MOST_BYTES`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer

from rnnfv.data.files import file_problem, on_disk
from rnnfv.features.media.decoding import (
    MOST_SECONDS,
    BadVideo,
    Decoded,
    Decoding,
    Put,
    main_stream,
)
from rnnfv.features.media.frames import FrameWriter, GrowingFrames
from rnnfv.features.media.geometry import target_size
from rnnfv.features.media.reports import Report, verdict
from rnnfv.features.media.upright import Turn

MOST_BYTES = 16 * 2**30
"""Pixels of one video that are held in memory: 74,000 frames of 320 x 240."""


@dataclass
class Video(Decoded):
    """The same with its pixels.

    Attributes:
        frames: (T, H, W, 3) uint8 RGB; every k-th decoded frame: 0, k, 2k, ...
    """

    frames: np.ndarray = field(default_factory=lambda: np.empty((0, 0, 0, 3), np.uint8))


@dataclass(frozen=True)
class VideoReport(Report):
    """One row of the decoding report.

    Attributes:
        declared: frame slots announced by the container, None where unknown.
        decoded: frames decoded.
        kept: frames handed on; 0 when bad.
    """

    declared: int | None
    decoded: int
    kept: int


def read_video(path: str | Path, **options: Any) -> Video:
    """Decode every ``every``-th frame of a video into memory, in one pass.

    A bad file is no exception: its problem is returned, with the frames that came out.

    Args:
        path: the file.
        options: those of :func:`stream_video`.
    """
    frames = GrowingFrames()

    def put(frame: np.ndarray) -> None:
        needed = (len(frames) + 1) * frame.nbytes
        if needed > MOST_BYTES:
            advice = "Cut it, or set short_side"
            most = MOST_BYTES // 2**20
            raise BadVideo(f"too-large: more than {most} MiB of pixels. {advice}")
        frames.add(frame)

    decoded = stream_video(path, put, **options)
    return Video(**vars(decoded), frames=frames.array())


def stream_video(
    path: str | Path,
    put: Put,
    every: int = 1,
    short_side: int | None = None,
    exact: tuple[int, int] | None = None,
    min_frames: int = 2,
    as_opencv: bool = False,
) -> Decoded:
    """Decode every ``every``-th frame of a video in one pass; each goes to ``put`` at once.

    Args:
        path: the file.
        put: takes the frames, also those of a video that turns out to be bad.
        every: keep frames 0, every, 2 every, ...
        short_side: resize so that the shorter side has this many pixels; the other keeps the aspect
            ratio, rounded to the nearest pixel (halves up).
        exact: resize to (H, W) whatever the aspect ratio.
        min_frames: fewer decoded frames than this are a problem.
        as_opencv: frames that are not resized get their colours with swscale's shortcuts, as in
            OpenCV: up to 3 levels off, not the same on every family of processors.
    """
    path = on_disk(Path(path).absolute())  # FFmpeg would take a relative "a:b.avi" for a protocol
    if problem := file_problem(path):
        return Decoded(problem=problem)
    sized = partial(target_size, short_side=short_side, exact=exact)
    work = Decoding(path, put, every, sized, min_frames, as_opencv)
    try:
        with _open(path) as container:
            return work.decode(container)
    except BadVideo as bad:
        return Decoded(problem=str(bad))
    except av.FFmpegError as error:
        problem = "unreadable: not a video, or its header or index is damaged"
        return Decoded(problem=f"{problem} ({error.strerror})")


def _open(path: Path) -> InputContainer:
    """The open file. Titles in old encodings are common and no reason to refuse it."""
    return av.open(str(path), metadata_errors="replace", timeout=MOST_SECONDS)


def decode_shard(
    items: Iterable[tuple[str, str | Path]],
    frames: FrameWriter,
    pad_to: int | None = None,
    **options: Any,
) -> Iterator[VideoReport]:
    """Decode ``(id, path)`` items to a frames file; yield the report's row of each, in order.

    Frames of a bad video are taken out again. What to do about it is the caller's policy.

    Args:
        items: ids and files.
        frames: takes the frames.
        pad_to: see :func:`report_of`.
        options: those of :func:`stream_video`, such as ``every`` and ``short_side``.
    """
    for name, path in items:
        report = report_of(name, path, stream_video(path, frames.add, **options), pad_to)
        if report.status == "bad":
            frames.discard()
        else:
            frames.finish(name)
        yield report


def report_of(
    name: str, path: str | Path, video: Decoded, pad_to: int | None = None
) -> VideoReport:
    """The report's row of a video.

    Args:
        name: its id.
        path: the file.
        video: what decoding gave.
        pad_to: block length of a clip network. A video that keeps fewer frames is noted; the
            network repeats the last one.
    """
    notes = [video.note] if video.note else []
    if pad_to is not None and video.kept < pad_to:
        notes.append(f"padded from {video.kept} to {pad_to} frames by its last frame")
    judged = (name, str(path), *verdict(video.problem, "; ".join(notes)))
    return VideoReport(*judged, video.declared, video.decoded, 0 if video.problem else video.kept)


def upright_size(path: str | Path) -> tuple[int, int]:
    """(H, W) of a video's frames before resizing; of a file that can be decoded."""
    with _open(on_disk(Path(path).absolute())) as container:
        frame = next(container.decode(main_stream(container)))
        return (Turn.of(frame) or Turn()).size(frame.height, frame.width)
