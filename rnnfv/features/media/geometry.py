"""Sizes of frames: the geometry that a network wants, the size after resizing, and its limits."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["frame", "clip"]

MIN_SIDE = 8
"""Pixels that the shorter side of a picture must have."""

MOST_PIXELS = 2 * 89_478_485
"""Pixels that a picture may have: where Pillow speaks of an attack, twice its MAX_IMAGE_PIXELS."""


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


def size_problem(
    stored: tuple[int, int], target: tuple[int, int], most: float = MOST_PIXELS
) -> str | None:
    """The problem of a picture that is too small or too large to be meant: ``"code: words"``.

    Args:
        stored: (height, width) upright and before resizing.
        target: the same after resizing.
        most: pixels that are allowed.
    """
    before, after = (f"{height}x{width}" for height, width in (stored, target))
    if min(stored) < MIN_SIDE:
        return f"too-small: {before} pixels (height x width)"
    if stored[0] * stored[1] > most:
        return f"too-large: {before} pixels (height x width)"
    if target[0] * target[1] > most:
        return f"too-large: {before} would become {after} pixels"
    return None
