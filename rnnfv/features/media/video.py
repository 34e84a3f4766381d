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
``one-frame``     a still image
``too-short``     fewer frames than asked for
================  ==================================================================================

Decoding and resizing run in one thread with swscale's bit-exact arithmetic: the same file gives the
same pixels on every processor. Rotation metadata and pixel aspect ratio are ignored: frames come as
they are stored. Dense trajectories can have the pixels that OpenCV would give (``as_opencv``).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.video.reformatter import Interpolation, VideoReformatter

from rnnfv.errors import InputError
from rnnfv.features.media.evidence import Evidence, riff_shortfall
from rnnfv.features.media.geometry import target_size
from rnnfv.features.media.reports import Report, verdict

INTERPOLATION = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
"""How swscale resizes and converts: bicubic, without shortcuts that differ between processors."""


Sized = Callable[[int, int], tuple[int, int]]
"""(H, W) after resizing, from (H, W) as stored."""


@dataclass
class Video:
    """A video file, decoded.

    Attributes:
        frames: (T, H, W, 3) uint8 RGB; every k-th decoded frame: 0, k, 2k, ...
        declared: length announced by the container, in frame slots; None where it announces none.
            It need not equal ``decoded`` in a sound file: AVI counts the slots of dropped frames,
            packed B-frames share one.
        decoded: number of frames the decoder gave, kept or not.
        problem: ``"code: words"`` with a code from the table above, or None.
        note: a harmless oddity in words, or None.
    """

    frames: np.ndarray
    declared: int | None = None
    decoded: int = 0
    problem: str | None = None
    note: str | None = None


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


def read_video(
    path: str | Path,
    every: int = 1,
    short_side: int | None = None,
    exact: tuple[int, int] | None = None,
    min_frames: int = 2,
    as_opencv: bool = False,
) -> Video:
    """Decode every ``every``-th frame of a video in one pass.

    A bad file is no exception: its problem is returned, with the frames that came out.

    Args:
        path: the file.
        every: keep frames 0, every, 2 every, ...
        short_side: resize so that the shorter side has this many pixels; the other keeps the aspect
            ratio, rounded to the nearest pixel (halves up).
        exact: resize to (H, W) whatever the aspect ratio.
        min_frames: fewer decoded frames than this are a problem.
        as_opencv: frames that are not resized get their colours with swscale's shortcuts, as in
            OpenCV: up to 3 levels off, not the same on every family of processors.

    Raises:
        InputError: the arguments make no sense.
    """
    if every < 1:
        raise InputError(f"every = {every}: keep every 1st, 2nd, ... frame; give 1 or more.")
    if short_side is not None and exact is not None:
        raise InputError(f"short_side = {short_side} and exact = {exact}: give one of them.")
    if min(short_side or 1, *(exact or (1, 1))) < 1:
        sizes = f"short_side = {short_side}, exact = {exact}"
        raise InputError(f"{sizes}: sizes are positive numbers of pixels.")
    path = Path(path).absolute()  # FFmpeg would take a relative "a:b.avi" for a protocol
    if not path.is_file():
        return _failed(f"missing: no such file: {path}")
    if path.stat().st_size == 0:
        return _failed("empty: the file has 0 bytes")
    try:
        # Titles in old encodings are common and no reason to refuse a file.
        with av.open(str(path), metadata_errors="replace") as container:
            sized = partial(target_size, short_side=short_side, exact=exact)
            return _decode(container, path, every, sized, min_frames, as_opencv)
    except av.FFmpegError as error:
        problem = "unreadable: not a video, or its header or index is damaged"
        return _failed(f"{problem} ({error.strerror})")


def decode_shard(
    items: Iterable[tuple[str, str | Path]], *, pad_to: int | None = None, **options: Any
) -> Iterator[tuple[str, np.ndarray | None, VideoReport]]:
    """Decode ``(id, path)`` items; yield ``(id, frames or None, report row)`` for each, in order.

    Frames are None exactly when the status is ``bad``. What to do about bad videos is the caller's
    policy.

    Args:
        items: ids and files.
        pad_to: block length of a clip network. A video that keeps fewer frames is noted; the frames
            are returned as they are, and the network repeats the last one.
        options: those of :func:`read_video`, such as ``every`` and ``short_side``.
    """
    for name, path in items:
        video = read_video(path, **options)
        kept, notes = len(video.frames), [video.note] if video.note else []
        if pad_to is not None and kept < pad_to:
            notes.append(f"padded from {kept} to {pad_to} frames by its last frame")
        usable = video.problem is None
        judged = (name, str(path), *verdict(video.problem, "; ".join(notes)))
        counts = (video.declared, video.decoded, kept if usable else 0)
        yield name, video.frames if usable else None, VideoReport(*judged, *counts)


def stored_size(path: str | Path) -> tuple[int, int]:
    """(H, W) of a video's frames as they are stored; of a file that can be decoded."""
    with av.open(str(Path(path).absolute()), metadata_errors="replace") as container:
        stream = container.streams.video[0]
        return stream.height, stream.width


def _decode(
    container: InputContainer, path: Path, every: int, sized: Sized, min_frames: int, quick: bool
) -> Video:
    """The single pass of :func:`read_video`: read packets, decode, convert, judge."""
    if not container.streams.video:
        return _failed("no-video: the file has no video stream")
    stream = container.streams.video[0]
    if stream.codec_context is None:
        return _failed("unreadable: FFmpeg has no decoder for its video stream")
    stream.codec_context.thread_count = 1
    convert, size, kept, seen = VideoReformatter().reformat, None, [], Evidence()
    packets = container.demux()
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                break
            # packet.stream_index is 0 in any stream's flushing packet
            is_video = packet.stream.index == stream.index
            if packet.size:
                seen.see(packet, is_video)
            if not is_video:
                continue
            for frame in stream.decode(packet):
                if seen.decoded % every == 0:
                    # One size per video, whatever the stream does midway.
                    size = size or sized(frame.height, frame.width)
                    inexact = quick and size == (frame.height, frame.width)
                    how = INTERPOLATION & ~Interpolation.ACCURATE_RND if inexact else INTERPOLATION
                    rgb = convert(frame, size[1], size[0], "rgb24", interpolation=how, threads=1)
                    kept.append(rgb.to_ndarray())
                seen.decoded += 1
                seen.damaged += frame.is_corrupt
        except av.FFmpegError:
            # An error of the reader ends its iterator, one of the decoder costs the packet.
            seen.failed += 1
    declared, reached = seen.lengths(container, stream)
    shortfall, rate = riff_shortfall(path), float(stream.average_rate or 0)
    problem = seen.problem(declared, reached, shortfall, rate, min_frames)
    note = f"the file lacks its last {shortfall} bytes (index only: every frame is there)"
    frames = np.stack(kept) if kept else np.empty((0, 0, 0, 3), np.uint8)
    slots = None if declared is None else round(declared)
    remark = note if shortfall and problem is None else None
    return Video(frames, slots, seen.decoded, problem, remark)


def _failed(problem: str) -> Video:
    return Video(np.empty((0, 0, 0, 3), np.uint8), problem=problem)
