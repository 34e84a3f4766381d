"""The network that made a model's features, remembered so that new files get the same ones."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np

from rnnfv.errors import InputError
from rnnfv.features.networks.base import FeatureNetwork
from rnnfv.features.networks.extraction import extract
from rnnfv.features.networks.registry import create_network, describe_network
from rnnfv.planning.actions import PlannedNetwork, network_options

Read = tuple[str, np.ndarray | None, str]
"""A file, what was made of it, and its problem: None and words, or an array and ""."""


@dataclass(frozen=True)
class FrameFeatures:
    """A feature network as a model's file describes it.

    Attributes:
        feature: its name in the configuration.
        settings: its network and options, how frames are taken, and the batch size.
        weights: the weights and protocol in words.
        weights_sha256: checksum of the weights file; that of other weights is refused.
        mean_sha256: of the mean that the network subtracts, where it is a file.
        min_frames: a video with fewer frames is bad.
    """

    feature: str
    settings: Mapping[str, Any]
    weights: str
    weights_sha256: str
    mean_sha256: str = ""
    min_frames: int = 2

    @classmethod
    def of_file(cls, planned: Mapping[str, Any], made_by: Mapping[str, Any]) -> Self:
        """Those of a file of features.

        Args:
            planned: ``feature``, ``settings`` and, of videos, ``min_frames``.
            made_by: the file's attributes.
        """
        keys = ("weights", "weights_sha256", "mean_sha256")
        known = {key: str(made_by[key]) for key in keys if key in made_by}
        return cls(**{**planned, **known})

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> Self:
        """Those of a model of images, from what it says about itself under ``frames``.

        Raises:
            InputError: the model was made of features that the user gave.
        """
        if not about.get("frames"):
            problem = "this model was made of features from a file, and knows no network"
            raise InputError(f"{problem} for images: give it such a file (.h5) instead.")
        return cls(**about["frames"])

    def described(self) -> dict[str, Any]:
        """As :meth:`of` reads it."""
        return asdict(self)

    def network(self, device: str = "auto", weights: Sequence[str] | None = None) -> FeatureNetwork:
        """The network, loaded.

        Args:
            device: ``auto`` or a torch device.
            weights: files that are not where they were: ``FILE`` or ``<feature>=FILE`` of the
                weights, ``<feature>.mean=FILE`` of the mean.

        Raises:
            InputError: weights that are absent, or not those the model was made with.
        """
        options = network_options(dict(self.settings))
        prefixes = {f"{self.feature}.mean=": "mean", f"{self.feature}=": "weights"}
        for text in weights or ():
            start = next(filter(text.startswith, prefixes), "")
            options[prefixes.get(start, "weights")] = text.removeprefix(start)
        name, key = self.settings["network"], f"features.{self.feature}"
        if hasattr(describe_network(name, key=key, **options), "device"):
            options["device"] = device
        try:
            network = create_network(name, key=key, **options)
        except InputError as error:
            how = f"--weights {self.feature}=FILE, of a mean --weights {self.feature}.mean=FILE"
            raise InputError(f"{error} A command takes it as {how}.") from error
        for what in ("weights", "mean"):
            found, wanted = (getattr(one, f"{what}_sha256") for one in (network, self))
            if found != wanted:
                problem = f"this file has sha256 {found[:8] or '(none)'}"
                needed = f"the model was made with that of {wanted[:8] or '(none)'}"
                raise InputError(f"{key}.{what}: {problem}, but {needed}. Name that file.")
        return network

    def reader(
        self, device: str = "auto", weights: Sequence[str] | None = None
    ) -> Callable[[Iterable[str | Path]], Iterator[Read]]:
        """A function, :meth:`of_videos` of the loaded network; arguments as of :meth:`network`."""
        return partial(self.of_videos, self.network(device, weights))

    def of_videos(self, network: FeatureNetwork, paths: Iterable[str | Path]) -> Iterator[Read]:
        """Elements (T, D) of every video, as the workflow's files have them, or its problem."""
        from rnnfv.features.media.video import read_video

        planned = PlannedNetwork(network, self.settings.get("every", 1))
        decoding = {key: value for key, value in planned.decoding.items() if key != "pad_to"}
        for path in map(str, paths):
            video = read_video(path, min_frames=self.min_frames, **decoding)
            if video.problem:
                yield path, None, video.problem
                continue
            [(_, elements)] = extract(network, [(path, video.frames)], self._batch_size)
            # Rounded as the workflow's files are, so that a prediction is the same.
            yield path, elements.astype(np.float16).astype(np.float32), ""

    def of_images(self, network: FeatureNetwork, paths: Iterable[str | Path]) -> Iterator[Read]:
        """Vector (D,) of every image, or its problem."""
        from rnnfv.features.media.images import read_image

        for path in map(str, paths):
            picture = read_image(path, network.geometry)
            if picture.problem:
                yield path, None, picture.problem
                continue
            [(_, vectors)] = extract(network, [(path, picture.pixels[None])], self._batch_size)
            yield path, vectors[0], ""

    @property
    def _batch_size(self) -> int:
        return int(self.settings.get("batch_size", 32))
