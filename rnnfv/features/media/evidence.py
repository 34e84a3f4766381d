"""Evidence for or against a whole video file, gathered while it is decoded."""

from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

STORED_DURATION = {"matroska", "webm", "mov", "mp4", "avi", "flv", "asf"}
"""Containers whose header states a duration. Elsewhere FFmpeg estimates one: no claim to check."""

EDITED = {"mov", "mp4"}
"""Containers whose edit lists say which of the stored frames are shown."""

BOXES = set(b"ftyp styp moov moof mdat sidx mfra free skip wide pnot udta uuid meta".split())
"""Parts of an MP4 or QuickTime file that stand side by side."""


@dataclass
class Evidence:
    """Counts and times of one pass through a file. Times are in seconds.

    Attributes:
        packets: video packets read.
        decoded: frames decoded, from the first key frame on.
        ghosts: frames before the first key frame: the decoder has nothing to build them on.
        keyed: whether a packet with a key frame was read.
        primed: whether an edit list hides a key frame that the first frame shown rests on.
        early: packets before the first key frame; a decoder may drop them without a word.
        failed: video packets, or reads, that raised; those before the first key frame may.
        damaged: frames whose gaps the decoder filled with a guess.
        cut_packet: the last packet is shorter than its header says.
        torn_packets: video packets marked corrupt before the last one.
        dts_end: end of the last video packet, decoding order.
        end: end of the last packet of any stream, presentation order.
        gap: longest step between video packets.
        last_dts: start of the last video packet, decoding order.
    """

    packets: int = 0
    decoded: int = 0
    ghosts: int = 0
    keyed: bool = False
    primed: bool = False
    early: int = 0
    failed: int = 0
    damaged: int = 0
    cut_packet: bool = False
    torn_packets: int = 0
    dts_end: float = 0.0
    end: float = 0.0
    gap: float = 0.0
    last_dts: float | None = None

    def see(self, packet: Packet, is_video: bool) -> None:
        """Take note of a packet that holds data."""
        step = float(packet.time_base or 0)
        length = (packet.duration or 0) * step
        dts = packet.dts if packet.dts is not None else packet.pts
        pts = packet.pts if packet.pts is not None else dts
        if pts is not None:
            self.end = max(self.end, pts * step + length)
        if not is_video:
            return
        self.packets += 1
        self.keyed |= packet.is_keyframe
        self.primed |= packet.is_keyframe and packet.is_discard
        self.early += not self.keyed
        self.torn_packets += self.cut_packet
        self.cut_packet = packet.is_corrupt
        if dts is not None:
            self.dts_end = max(self.dts_end, dts * step + length)
            if self.last_dts is not None:
                self.gap = max(self.gap, dts * step - self.last_dts)
            self.last_dts = dts * step

    def is_ghost(self, frame: VideoFrame) -> bool:
        """Whether a frame comes before the first key frame; takes note of it."""
        if self.decoded or frame.key_frame or self.primed:
            self.keyed = True  # containers may lack the flag
            return False
        self.ghosts += 1
        return True

    def left_out(self) -> int:
        """Frames that come before the first key frame, dropped here or by the decoder."""
        return max(self.ghosts, min(self.early, self.packets - self.decoded))

    def fail(self) -> None:
        """Take note of a packet, or a read, that raised."""
        self.failed += self.keyed

    def lengths(self, container: InputContainer, stream: VideoStream) -> tuple[float | None, float]:
        """The length announced (None: none is) and the end of the last packet, both in frame slots.

        A frame count is met by that many packets (MP4), or by a last packet in the last slot (AVI,
        where a dropped frame has a slot and no packet). Edit lists show a part of what is stored:
        FFmpeg's index, made by them, says how many packets there are. A duration covers all
        streams, so the longest counts.
        """
        rate, kinds = float(stream.average_rate or 0), set(container.format.name.split(","))
        if stream.frames and EDITED & kinds and len(stream.index_entries):
            return float(len(stream.index_entries)), float(self.packets)
        if stream.frames:
            start = float((stream.start_time or 0) * (stream.time_base or 0))
            return float(stream.frames), max(float(self.packets), (self.dts_end - start) * rate)
        if container.duration and rate and STORED_DURATION & kinds:
            return container.duration / av.time_base * rate, self.end * rate
        return None, float(self.packets)

    def problem(
        self, declared: float | None, reached: float, shortfall: int, rate: float, min_frames: int
    ) -> str | None:
        """The problem of a video that was read to its end, the cause before its symptoms.

        Args:
            declared: length announced, in frame slots.
            reached: end of the last packet, in frame slots.
            shortfall: bytes that are missing at the end (:func:`missing_bytes`).
            rate: frames per second.
            min_frames: frames that are needed.

        Returns:
            ``"code: words"``, or None.
        """
        if self.decoded == 0:
            lacks = ", and it has no key frame" if self.ghosts else ""
            return f"no-frame: no frame of its video stream could be decoded{lacks}"
        # The last packet may state no duration; it may then last as long as any before it. Where
        # the byte count also says that the end is gone, one missing slot is enough.
        tolerance = 0.5 + (0.0 if shortfall else max(1.0, self.gap * rate))
        if declared is not None and declared - reached > tolerance:
            return f"truncated: it ends after {reached:.0f} of {declared:.0f} frame slots"
        if self.cut_packet:
            return "truncated: the file ends inside its last packet"
        if self.failed or self.damaged or self.torn_packets:
            lost = f"{self.failed} of {self.packets} packets failed to decode"
            return f"corrupt: {lost}, {max(self.damaged, self.torn_packets)} frames are damaged"
        if self.decoded == 1 and min_frames > 1:
            return "one-frame: a single frame"
        if self.decoded < min_frames:
            return f"too-short: {self.decoded} frames, {min_frames} needed"
        return None


def missing_bytes(path: Path) -> int:
    """By how many bytes an AVI or MP4 file is shorter than its header says; 0 for other files."""
    size, end = path.stat().st_size, 0
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] == b"RIFF" and head[8:] == b"AVI ":
            length = int.from_bytes(head[4:8], "little")
            unknown = length in (0, 0xFFFFFFFF)  # never filled in
            return 0 if unknown else max(0, length + 8 - size)
        while head[4:8] in BOXES and end < size:
            file.seek(end)
            head = file.read(16)
            length = int.from_bytes(head[:4])  # 1: the length follows; 0: up to the end
            length = int.from_bytes(head[8:]) if length == 1 else length or size - end
            if length < 8 or head[4:8] not in BOXES:
                return 0  # damage, or a part that is not known
            end += length
    return max(0, end - size)
