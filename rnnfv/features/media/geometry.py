"""Sizes of frames: the geometry that a network wants, and the size after resizing."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["frame", "clip"]


@dataclass(frozen=True)
class Geometry:
    """The frames a network wants from the decoder, by ``short_side`` or by ``exact`` size.

    Attributes:
        kind: "frame" networks see single frames, "clip" networks blocks of consecutive frames.
        short_side: resize so that the shorter side has this many pixels, keeping the aspect ratio.
        exact: (height, width) in pixels, whatever the aspect ratio.
    """

    kind: Kind
    short_side: int | None = None
    exact: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if (self.short_side is None) == (self.exact is None):
            raise ValueError("a geometry has either a short side or an exact size")

    def __str__(self) -> str:
        """A name fit for files: "frame-short256", "clip-128x171"."""
        if self.exact is None:
            return f"{self.kind}-short{self.short_side}"
        return f"{self.kind}-{self.exact[0]}x{self.exact[1]}"

    def accepts(self, height: int, width: int) -> bool:
        """Whether frames of this size were decoded for this geometry."""
        if self.exact is None:
            return min(height, width) == self.short_side
        return (height, width) == self.exact


def target_size(
    height: int, width: int, short_side: int | None = None, exact: tuple[int, int] | None = None
) -> tuple[int, int]:
    """(H, W) after resizing; as stored where neither size is given.

    Args:
        height: stored, in pixels.
        width: stored, in pixels.
        short_side: pixels of the shorter side. The longer keeps the aspect ratio, rounded halves
            up.
        exact: (H, W), whatever the aspect ratio.
    """
    if exact is not None:
        return exact
    if short_side is None:
        return height, width
    short = min(height, width)
    rows, columns = ((2 * side * short_side + short) // (2 * short) for side in (height, width))
    return rows, columns
