"""Settings of dense trajectories: the published constants, and the few choices there are."""

import math
from dataclasses import dataclass
from numbers import Integral, Real

from rnnfv.errors import InputError

FLOWS = ("farneback", "dis")
FEATURES = ("orb", "sift")
WARPED_FLOWS = ("recompute", "compose")


@dataclass(frozen=True)
class TrajectorySettings:
    """Constants of Wang and Schmid (2013). Lengths are in pixels of the video as it is decoded.

    Attributes:
        length: L, frames a track spans; a track has L steps. A multiple of 3, the cells along time.
        grid: spacing of the points that tracks start from, at every scale.
        scales: at most this many, each 1/sqrt(2) of the one before; fewer where a frame would be
            smaller than ``volume``.
        quality: points whose smaller eigenvalue is below this share of the frame's largest do not
            start tracks.
        volume: side of the square around a track, in which its descriptors are computed.
        flow: ``"farneback"``, as in the original, or ``"dis"``, faster and much less exact.
        stabilize: take out the camera's motion. Without it descriptors come from the flow as it is.
        features: of the matches between frames, ``"orb"`` or ``"sift"``; the original's SURF is not
            free software.
        warped_flow: ``"recompute"`` the flow to the frame that has been warped back, as the
            original does, or ``"compose"`` it from the flow there is and the homography, which
            saves half of the flow's time.
        min_spread: tracks whose standard deviation is below this along both axes are static.
        max_spread: tracks whose standard deviation is above this along either axis are erratic.
        max_jump: a step longer than this, which is also more than 70 % of the whole track, is a
            jump.
        min_motion: tracks that never move this far in a frame, once the camera's motion is taken
            out, are the camera's.

    Examples:
        >>> TrajectorySettings(length=9, volume=24).scales
        8
    """

    length: int = 15
    grid: int = 5
    scales: int = 8
    quality: float = 0.001
    volume: int = 32
    flow: str = "farneback"
    stabilize: bool = True
    features: str = "orb"
    warped_flow: str = "recompute"
    min_spread: float = math.sqrt(3)
    max_spread: float = 50.0
    max_jump: float = 20.0
    min_motion: float = 1.0

    def __post_init__(self) -> None:
        choices = {"flow": FLOWS, "features": FEATURES, "warped_flow": WARPED_FLOWS}
        for name, known in choices.items():
            value = getattr(self, name)
            if value not in known:
                use = " or ".join(known)
                raise InputError(f"trajectories: {name} {value!r} is unknown; use {use}.")
        for name, kind in self.__annotations__.items():
            value = getattr(self, name)
            number = isinstance(value, Real) and not isinstance(value, bool)
            if kind is int and not (number and isinstance(value, Integral) and value < 2**31):
                raise InputError(f"trajectories: {name} is {value!r}, not a whole number.")
            if kind is int:
                object.__setattr__(self, name, int(value))  # NumPy's short ones overflow
            if kind is float and not (number and 0 <= value < math.inf):
                raise InputError(f"trajectories: {name} is {value!r}, not a number from 0 on.")
            if kind is bool and not isinstance(value, bool):
                raise InputError(f"trajectories: {name} is {value!r}, not true or false.")
        if self.length < 3 or self.length % 3:
            problem = f"length {self.length} does not divide into three cells"
            raise InputError(f"trajectories: {problem}; use 3, 6, ... 15, ...")
        if self.volume < 4 or self.volume % 2:
            problem = f"volume {self.volume} does not divide into two cells"
            raise InputError(f"trajectories: {problem}; use an even number, 4 or more.")
        if self.min_spread >= self.max_spread:
            problem = f"min_spread {self.min_spread:g} is not below max_spread {self.max_spread:g}"
            raise InputError(f"trajectories: {problem}: there would be no tracks.")
        if self.grid < 1 or self.scales < 1:
            message = f"trajectories: grid {self.grid} and scales {self.scales} must be 1 or more."
            raise InputError(message)
