"""Frames as players show them: the display matrix of a video, as EXIF of a photograph."""

import struct
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from av.video.frame import VideoFrame


@dataclass(frozen=True)
class Turn:
    """A turn by right angles, perhaps mirrored.

    Attributes:
        transposed: rows become columns.
        rows: the order of rows is reversed, after that.
        columns: the order of columns is reversed.
    """

    transposed: bool = False
    rows: bool = False
    columns: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> Self | None:
        """The turn that makes a frame upright; None for an angle that is no right one.

        The matrix sends column p and row q to column ``a p + c q`` and row ``b p + d q`` (FFmpeg's
        ``display.h``).
        """
        data: Any = frame.side_data.get("DISPLAYMATRIX")
        if data is None:
            return cls()
        a, b, _, c, d = struct.unpack_from("=5i", bytes(data))
        if a and d and not (b or c):
            return cls(False, d < 0, a < 0)
        if b and c and not (a or d):
            return cls(True, b < 0, c < 0)
        return None

    def size(self, height: int, width: int) -> tuple[int, int]:
        """(H, W) of a frame after the turn, from that before it, or the other way round."""
        return (width, height) if self.transposed else (height, width)

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """The (H, W, 3) pixels, turned."""
        pixels = pixels.swapaxes(0, 1) if self.transposed else pixels
        return pixels[:: -1 if self.rows else 1, :: -1 if self.columns else 1]

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return self.transposed or self.rows or self.columns
