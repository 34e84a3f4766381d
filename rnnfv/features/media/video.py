"""Decode videos to RGB frames, and notice the ones that are broken.

Decoders return whatever they can of a damaged file and say nothing, so a truncated clip looks like a short one. Here
every file is compared with what its container announces, and each problem has a code that tables can count:

================  ==================================================================================
``missing``       no such file
``empty``         a file of 0 bytes
``unreadable``    not a video, or so damaged that no stream can be found in it (an MP4 without its index)
``no-video``      a container without a video stream
``no-frame``      a video stream of which no frame could be decoded
``truncated``     the file ends before the length it announces, or inside a packet
``corrupt``       the decoder failed on packets, or had to guess parts of frames
``one-frame``     a still image
``too-short``     fewer frames than asked for
================  ==================================================================================

Decoding and resizing run in one thread with swscale's bit-exact arithmetic: the same file gives the same pixels on
every processor. Rotation metadata and pixel aspect ratio are ignored: frames come as they are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream

from rnnfv.errors import InputError

INTERPOLATION = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
"""How swscale resizes and converts colour: bicubic, and without the shortcuts that differ between processors."""

STORED_DURATION = {"matroska", "webm", "mov", "mp4", "avi", "flv", "asf"}
"""Containers whose header states a duration. Elsewhere FFmpeg estimates one, which is no claim to check against."""


@dataclass
class Video:
    """What one file decoded to.

    Attributes:
        frames: (T, H, W, 3) uint8 RGB; every k-th decoded frame: 0, k, 2k, ...
        declared: length announced by the container, in frame slots; None where it announces none. It need not equal
            ``decoded`` in a sound file: AVI counts the slots of dropped frames, packed B-frames share one.
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
class VideoReport:
    """One row of the decoding report.

    Attributes:
        id: the video's id in the manifest.
        path: the file.
        status: ``ok``, ``noted`` (used, with a remark) or ``bad`` (not usable).
        reason: the problem (``"code: words"``) or the remark; empty when ok.
        declared: frame slots announced by the container, None where unknown.
        decoded: frames decoded.
        kept: frames handed on; 0 when bad.
    """

    id: str
    path: str
    status: str
    reason: str
    declared: int | None
    decoded: int
    kept: int


def read_video(
    path: str | Path,
    every: int = 1,
    short_side: int | None = None,
    exact: tuple[int, int] | None = None,
    min_frames: int = 2,
) -> Video:
    """Decode every ``every``-th frame of a video in one pass.

    A bad file is no exception: its problem is returned, with the frames that came out.

    Args:
        path: the file.
        every: keep frames 0, every, 2 every, ...
        short_side: resize so that the shorter side has this many pixels; the other keeps the aspect ratio, rounded
            to the nearest pixel (halves up).
        exact: resize to (H, W) whatever the aspect ratio.
        min_frames: fewer decoded frames than this are a problem.

    Raises:
        InputError: the arguments make no sense.
    """
    if every < 1:
        raise InputError(f"every = {every}: keep every 1st, 2nd, ... frame; give 1 or more.")
    if short_side is not None and exact is not None:
        raise InputError(f"short_side = {short_side} and exact = {exact}: give one of them.")
    if min(short_side or 1, *(exact or (1, 1))) < 1:
        raise InputError(
            f"short_side = {short_side}, exact = {exact}: sizes are positive numbers of pixels."
        )
    path = Path(path).absolute()  # FFmpeg would take a relative "a:b.avi" for a protocol
    if not path.is_file():
        return _failed(f"missing: no such file: {path}")
    if path.stat().st_size == 0:
        return _failed("empty: the file has 0 bytes")
    try:
        # Titles in old encodings are common and no reason to refuse a file.
        with av.open(str(path), metadata_errors="replace") as container:
            return _decode(container, path, every, short_side, exact, min_frames)
    except av.FFmpegError as error:
        return _failed(
            f"unreadable: not a video, or its header or index is damaged ({error.strerror})"
        )


def decode_shard(
    items: Iterable[tuple[str, str | Path]],
    every: int = 1,
    short_side: int | None = None,
    exact: tuple[int, int] | None = None,
    min_frames: int = 2,
    pad_to: int | None = None,
) -> Iterator[tuple[str, np.ndarray | None, VideoReport]]:
    """Decode ``(id, path)`` items; yield ``(id, frames or None, report row)`` for each, in order.

    Frames are None exactly when the status is ``bad``. What to do about bad videos is the caller's policy.

    Args:
        items: ids and files.
        every: see :func:`read_video`, as are ``short_side``, ``exact`` and ``min_frames``.
        short_side: see above.
        exact: see above.
        min_frames: see above.
        pad_to: block length of a clip network. A video that keeps fewer frames is noted; the frames are returned as
            they are, and the network repeats the last one.
    """
    for name, path in items:
        video = read_video(path, every, short_side, exact, min_frames)
        kept = len(video.frames)
        remarks = [video.note] if video.note else []
        if pad_to is not None and kept < pad_to:
            remarks.append(f"padded from {kept} to {pad_to} frames by its last frame")
        if video.problem is not None:
            yield (
                name,
                None,
                VideoReport(
                    name, str(path), "bad", video.problem, video.declared, video.decoded, 0
                ),
            )
        else:
            status = "noted" if remarks else "ok"
            row = VideoReport(
                name, str(path), status, "; ".join(remarks), video.declared, video.decoded, kept
            )
            yield name, video.frames, row


@dataclass
class _Progress:
    """What went by while decoding: the evidence for or against a whole file."""

    packets: int = 0  # video packets read
    decoded: int = 0  # frames decoded
    failed: int = 0  # video packets, or reads, that raised
    damaged: int = 0  # frames whose gaps the decoder filled with a guess
    cut_packet: bool = False  # the last packet is shorter than its header says
    torn_packets: int = 0  # video packets marked corrupt before the last one
    dts_end: float = 0.0  # end of the last video packet in seconds, decoding order
    end: float = 0.0  # end of the last packet of any stream in seconds, presentation order
    gap: float = 0.0  # longest step between video packets in seconds
    last_dts: float | None = field(default=None, repr=False)

    def see(self, packet: Packet, is_video: bool) -> None:
        """Take note of a packet that holds data."""
        step = float(packet.time_base or 0)
        length = (packet.duration or 0) * step
        dts = packet.dts if packet.dts is not None else packet.pts
        if packet.pts is not None or dts is not None:
            self.end = max(
                self.end, (packet.pts if packet.pts is not None else dts or 0) * step + length
            )
        if not is_video:
            return
        self.packets += 1
        self.torn_packets += self.cut_packet
        self.cut_packet = packet.is_corrupt
        if dts is not None:
            self.dts_end = max(self.dts_end, dts * step + length)
            if self.last_dts is not None:
                self.gap = max(self.gap, dts * step - self.last_dts)
            self.last_dts = dts * step


def _decode(
    container: InputContainer,
    path: Path,
    every: int,
    short_side: int | None,
    exact: tuple[int, int] | None,
    min_frames: int,
) -> Video:
    """The single pass of :func:`read_video`: read packets, decode, convert the frames to keep, judge."""
    if not container.streams.video:
        return _failed("no-video: the file has no video stream")
    stream = container.streams.video[0]
    if stream.codec_context is None:
        return _failed("unreadable: FFmpeg has no decoder for its video stream")
    stream.codec_context.thread_count = 1
    reformatter, size, kept, seen = VideoReformatter(), None, [], _Progress()
    packets = container.demux()
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                break
            is_video = (
                packet.stream.index == stream.index
            )  # packet.stream_index is 0 in any stream's flushing packet
            if packet.size:
                seen.see(packet, is_video)
            if not is_video:
                continue
            for frame in stream.decode(packet):
                if seen.decoded % every == 0:
                    # One size per video, whatever the stream does midway.
                    size = size or target_size(frame.height, frame.width, short_side, exact)
                    rgb = reformatter.reformat(
                        frame,
                        width=size[1],
                        height=size[0],
                        format="rgb24",
                        interpolation=INTERPOLATION,
                        threads=1,
                    )
                    kept.append(rgb.to_ndarray())
                seen.decoded += 1
                seen.damaged += frame.is_corrupt
        except av.FFmpegError:
            seen.failed += (
                1  # an error of the reader ends its iterator, one of the decoder costs the packet
            )
    declared, reached = _declared_and_reached(container, stream, seen)
    problem, note = _judge(seen, declared, reached, _riff_shortfall(path), stream, min_frames)
    frames = np.stack(kept) if kept else np.empty((0, 0, 0, 3), np.uint8)
    return Video(frames, None if declared is None else round(declared), seen.decoded, problem, note)


def target_size(
    height: int, width: int, short_side: int | None = None, exact: tuple[int, int] | None = None
) -> tuple[int, int]:
    """(H, W) after resizing: ``exact``, or the shorter side ``short_side`` and the longer rounded, halves up."""
    if exact is not None:
        return exact
    if short_side is None:
        return height, width
    short = min(height, width)
    return (2 * height * short_side + short) // (2 * short), (2 * width * short_side + short) // (
        2 * short
    )


def stored_size(path: str | Path) -> tuple[int, int]:
    """(H, W) of a video's frames as they are stored; of a file that can be decoded."""
    with av.open(str(Path(path).absolute()), metadata_errors="replace") as container:
        stream = container.streams.video[0]
        return stream.height, stream.width


def _declared_and_reached(
    container: InputContainer, stream: VideoStream, seen: _Progress
) -> tuple[float | None, float]:
    """Length the container announces (None: it does not) and where its last packet ends, both in frame slots.

    A frame count is met by that many packets (MP4), or by a last packet in the last slot (AVI, where a dropped frame
    has a slot and no packet). A duration covers all streams, so the longest counts.
    """
    rate = float(stream.average_rate or 0)
    if stream.frames:
        start = float((stream.start_time or 0) * (stream.time_base or 0))
        return float(stream.frames), max(float(seen.packets), (seen.dts_end - start) * rate)
    if container.duration and rate and STORED_DURATION & set(container.format.name.split(",")):
        return container.duration / av.time_base * rate, seen.end * rate
    return None, float(seen.packets)


def _judge(
    seen: _Progress,
    declared: float | None,
    reached: float,
    shortfall: int,
    stream: VideoStream,
    min_frames: int,
) -> tuple[str | None, str | None]:
    """The problem, the cause before its symptoms, and the note of a video that was read to its end."""
    if seen.decoded == 0:
        return "no-frame: no frame of its video stream could be decoded", None
    missing = (declared or 0.0) - reached
    # The last packet may state no duration; it may then last as long as any before it. Where the byte count also says
    # that the end is gone, one missing slot is enough.
    if missing > 0.5 + (0.0 if shortfall else max(1.0, seen.gap * float(stream.average_rate or 0))):
        return f"truncated: it ends after {reached:.0f} of {declared:.0f} frame slots", None
    if seen.cut_packet:
        return "truncated: the file ends inside its last packet", None
    if seen.failed or seen.damaged or seen.torn_packets:
        return (
            f"corrupt: {seen.failed} of {seen.packets} packets failed to decode, "
            f"{max(seen.damaged, seen.torn_packets)} frames are damaged"
        ), None
    if seen.decoded == 1 and min_frames > 1:
        return "one-frame: a single frame", None
    if seen.decoded < min_frames:
        return f"too-short: {seen.decoded} frames, {min_frames} needed", None
    if shortfall:
        return None, f"the file lacks its last {shortfall} bytes (index only: every frame is there)"
    return None, None


def _riff_shortfall(path: Path) -> int:
    """By how many bytes an AVI file is shorter than its RIFF header says; 0 for other files."""
    with path.open("rb") as file:
        head = file.read(12)
    length = int.from_bytes(head[4:8], "little")
    if (
        head[:4] != b"RIFF" or head[8:] != b"AVI " or length in (0, 0xFFFFFFFF)
    ):  # the two mean: never filled in
        return 0
    return max(0, length + 8 - path.stat().st_size)


def _failed(problem: str) -> Video:
    return Video(np.empty((0, 0, 0, 3), np.uint8), problem=problem)
