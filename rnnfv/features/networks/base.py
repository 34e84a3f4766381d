"""The base of all feature networks, and the blocks of a video. No torch: planning must be cheap."""

from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

import numpy as np

from rnnfv.errors import InputError
from rnnfv.features.media.geometry import Geometry, Kind


@dataclass(eq=False)
class FeatureNetwork(ABC):
    """Turns frames, or blocks of frames, into vectors.

    A subclass is a dataclass whose keyword fields are its options in the configuration: their types
    are checked by :mod:`rnnfv.features.networks.registry`, their values by :meth:`check`. Making
    one is cheap; :meth:`load` does the work.

    Attributes:
        name: the registered name.
        dim: D, the dimension of the vectors.
        geometry: the frames it wants.
        block: frames per vector; 1 for frame networks.
        stride: frames from the start of one block to the start of the next.
        weights_label: the weights and protocol in words, for tables. Set by :meth:`load`.
        weights_sha256: checksum of the weights file; "random" for random weights, "none" without
            weights.
        mean_sha256: of a mean that is subtracted, where it is a file; else empty.
        key: where the options were written, for error messages.
    """

    name: str
    _: KW_ONLY

    block: ClassVar[int] = 1

    def __post_init__(self) -> None:
        self.key = f"features.{self.name}"
        self.stride = getattr(self, "stride", 1)
        self.weights_label = ""
        self.weights_sha256 = ""
        self.mean_sha256 = ""

    @property
    @abstractmethod
    def dim(self) -> int:
        """D, the dimension of the vectors."""

    @property
    @abstractmethod
    def geometry(self) -> Geometry:
        """The frames it wants from the decoder."""

    @property
    def kind(self) -> Kind:
        """Its input: "frame" or "clip"."""
        return self.geometry.kind

    def check(self) -> None:
        """Check the values of the options.

        Raises:
            InputError: naming the option.
        """
        if self.stride < 1:
            problem = f"{self.stride} given; it is a number of frames, at least 1"
            raise InputError(f"{self.key}.stride: {problem}.")

    def check_weights(self) -> None:  # noqa: B027
        """Check that the weights file is there, without reading it: cheap, for planning.

        Raises:
            InputError: it is absent; the message says where to get it and which key to set.
        """

    def load(self) -> None:  # noqa: B027  (networks without weights have nothing to load)
        """Read the weights and move them to the device.

        Raises:
            InputError: the weights file is absent or does not fit.
        """

    @abstractmethod
    def vectors(self, batch: np.ndarray) -> np.ndarray:
        """The work of :meth:`__call__`, on a batch that was checked."""

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """The (B, D) float32 vectors of a batch of uint8 RGB items.

        Args:
            batch: (B, H, W, 3) frames, or (B, ``block``, H, W, 3) blocks of frames, of the
                network's geometry.

        Raises:
            InputError: the frames do not have the network's geometry.
        """
        items = 4 if self.kind == "frame" else 5
        if batch.dtype != np.uint8 or batch.ndim != items or batch.shape[-1] != 3:
            wanted = f"uint8 RGB {self.kind}s, {items} dimensions with 3 channels last"
            found = f"{batch.dtype} of shape {batch.shape}"
            raise InputError(f"{self.name} takes {wanted}; got {found}.")
        if self.kind == "clip" and batch.shape[1] != self.block:
            found = batch.shape[1]
            raise InputError(f"{self.name} takes blocks of {self.block} frames, got {found}.")
        if not self.geometry.accepts(*batch.shape[-3:-1]):
            found = f"{batch.shape[-3]}x{batch.shape[-2]} (height x width)"
            problem = f"{self.name} wants {self.geometry} frames, got {found}"
            raise InputError(f"{problem}: decode the videos again for this network.")
        return np.asarray(self.vectors(batch), dtype=np.float32)


def blocks_of(n_frames: int, block: int, stride: int) -> list[int]:
    """First frames of the blocks of a video: every ``stride`` frames, whole blocks only.

    Frames after the last whole block are dropped. A video shorter than one block has one block,
    which starts at 0 and is filled up by repeating the last frame (:func:`take_block`).

    Args:
        n_frames: of the video.
        block: frames in a block.
        stride: frames from one start to the next.
    """
    return list(range(0, max(n_frames - block, 0) + 1, stride))


def take_block(frames: Any, start: int, block: int) -> np.ndarray:
    """``block`` frames of a (T, H, W, 3) video from ``start`` on, filled up by the last frame.

    Args:
        frames: of the video, an array or :class:`~rnnfv.features.media.frames.StoredFrames`.
        start: first frame of the block.
        block: frames in the block.
    """
    taken = frames[start : start + block]
    return np.concatenate([taken, np.repeat(frames[-1:], block - len(taken), axis=0)])
