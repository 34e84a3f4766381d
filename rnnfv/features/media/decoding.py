"""One pass through a video file: its frames are handed on as they come, and it is judged."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream

from rnnfv.features.media.evidence import Evidence, missing_bytes
from rnnfv.features.media.geometry import size_problem
from rnnfv.features.media.upright import Turn

INTERPOLATION = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
"""How swscale resizes and converts: bicubic, without shortcuts that differ between processors."""

MOST_SECONDS = 60
"""Of reading until the next packet, or to the first: FFmpeg looks through a file to its end."""

Sized = Callable[[int, int], tuple[int, int]]
"""(H, W) after resizing, from (H, W) upright."""

Put = Callable[[np.ndarray], None]
"""Takes a frame, (H, W, 3) uint8 RGB."""


@dataclass
class Decoded:
    """A video file after decoding: facts and judgement, without its pixels.

    Attributes:
        declared: length announced by the container, in frame slots; None where it announces none.
            It need not equal ``decoded`` in a sound file: AVI counts the slots of dropped frames,
            packed B-frames share one.
        decoded: number of frames the decoder gave from the first key frame on, kept or not.
        kept: number of frames that were kept.
        problem: ``"code: words"`` with a code from the table above, or None.
        note: harmless oddities in words, or None.
    """

    declared: int | None = None
    decoded: int = 0
    kept: int = 0
    problem: str | None = None
    note: str | None = None


def main_stream(container: InputContainer) -> VideoStream:
    """The video that a player shows: not its cover, nor a smaller one beside it.

    Raises:
        BadVideo: there is none.
    """
    found = container.streams.best("video")
    if not isinstance(found, VideoStream):
        raise BadVideo("no-video: the file has no video stream")
    if found.codec_context is None:
        raise BadVideo("unreadable: FFmpeg has no decoder for its video stream")
    return max(_alike(found, container), key=_pixels)


def _alike(found: VideoStream, container: InputContainer) -> Iterator[VideoStream]:
    """A stream, and those that FFmpeg prefers it to though they may be larger."""
    yield found
    for other in container.streams.video:
        same_codec = other.codec_context and other.codec.name == found.codec.name
        if same_codec and other.disposition == found.disposition:
            yield other


def _pixels(stream: VideoStream) -> int:
    return stream.codec_context.width * stream.codec_context.height


class BadVideo(Exception):
    """A video cannot be used; the text is ``"code: words"``."""


@dataclass
class Decoding:
    """A single pass through a video: read packets, decode, convert, judge.

    Attributes:
        path: the file.
        put: takes the frames that are kept.
        every: keep frames 0, every, 2 every, ...
        sized: the size after resizing.
        min_frames: fewer decoded frames than this are a problem.
        quick: colours with swscale's shortcuts where frames are not resized.
    """

    path: Path
    put: Put
    every: int
    sized: Sized
    min_frames: int
    quick: bool

    def decode(self, container: InputContainer) -> Decoded:
        """Read the container to its end.

        Raises:
            BadVideo: there is nothing to decode, or its frames have a size that cannot be meant.
        """
        self.notes: list[str] = []
        stream = main_stream(container)
        if len(container.streams.video) > 1:
            self.notes.append(
                f"of {len(container.streams.video)} video streams the main one is used"
            )
        if (shape := stream.sample_aspect_ratio or 1) != 1:
            self.notes.append(f"pixels of shape {shape} (width / height) are taken for squares")
        stored = (stream.codec_context.height, stream.codec_context.width)
        if all(stored) and (problem := size_problem(stored, stored)):
            raise BadVideo(problem)
        stream.codec_context.thread_count = 1
        self.kept, self.seen = 0, Evidence()
        self.convert: Callable[[VideoFrame], np.ndarray] | None = None
        self._read(container, stream)
        declared, reached = self.seen.lengths(container, stream)
        short, rate = missing_bytes(self.path), float(stream.average_rate or 0)
        problem = self.seen.problem(declared, reached, short, rate, self.min_frames)
        if lost := self.seen.left_out():
            self.notes.append(f"{lost} frames before the first key frame left out")
        if short:
            self.notes.append(f"the file lacks its last {short} bytes: index, or frames not shown")
        slots = None if declared is None else round(declared)
        note = "; ".join(self.notes) if self.notes and not problem else None
        return Decoded(slots, self.seen.decoded, self.kept, problem, note)

    def _read(self, container: InputContainer, stream: VideoStream) -> None:
        packets, seen = container.demux(), self.seen
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                # packet.stream_index is 0 in any stream's flushing packet
                is_video = packet.stream.index == stream.index
                if packet.size:
                    seen.see(packet, is_video)
                for frame in stream.decode(packet) if is_video else ():
                    if not seen.is_ghost(frame):
                        self._take(frame)
            except av.error.ExitError as error:
                raise BadVideo(f"corrupt: nothing of it in {MOST_SECONDS} s of reading") from error
            except av.FFmpegError:
                # An error of the reader ends its iterator, one of the decoder costs the packet.
                seen.fail()

    def _take(self, frame: VideoFrame) -> None:
        """Convert a frame, if it is to be kept, and hand it on."""
        if self.seen.decoded % self.every == 0:
            convert = self.convert = self.convert or self._converter(frame)
            self.put(convert(frame))
            self.kept += 1
        self.seen.decoded += 1
        self.seen.damaged += frame.is_corrupt

    def _converter(self, frame: VideoFrame) -> Callable[[VideoFrame], np.ndarray]:
        """Makes upright RGB pixels of a frame: one size for the video, whatever it does midway."""
        turn = Turn.of(frame)
        if turn:
            self.notes.append("turned upright (display matrix)")
        elif turn is None:
            self.notes.append(f"turned by {frame.rotation} degrees, which is ignored")
            turn = Turn()
        first = frame.height, frame.width
        upright = turn.size(*first)
        target = self.sized(*upright)
        if problem := size_problem(upright, target):
            raise BadVideo(problem)
        height, width = turn.size(*target)
        inexact = self.quick and target == upright
        how = INTERPOLATION & ~Interpolation.ACCURATE_RND if inexact else INTERPOLATION
        reformat, changed = VideoReformatter().reformat, "frames change size, and are made alike"

        def convert(frame: VideoFrame) -> np.ndarray:
            if (frame.height, frame.width) != first and changed not in self.notes:
                self.notes.append(changed)
            rgb = reformat(frame, width, height, "rgb24", interpolation=how, threads=1)
            return turn(rgb.to_ndarray())

        return convert
