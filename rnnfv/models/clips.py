"""Inputs of a model of sequences: features, tracks, or both, of a video or of files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np

from rnnfv.arrays.sequences import Sequences, open_sequences
from rnnfv.errors import InputError
from rnnfv.models.frame_features import FrameFeatures, Read
from rnnfv.models.fused_classifier import FusedClassifier
from rnnfv.models.inputs import guarded, read_inputs
from rnnfv.models.video_tracks import VideoTracks


class ClipInputs:
    """Makes what a model takes of clips: a batch of one, for ``predict`` and ``encode``.

    Args:
        model: a :class:`~rnnfv.SequenceClassifier`, or a :class:`~rnnfv.FusedClassifier`, which may
            take several inputs.
        device: ``auto`` or a torch device, for the networks.
        weights: files of theirs that are not where they were; see :meth:`FrameFeatures.network`.
            Of several networks, each is named.

    Attributes:
        dims: dimensions of each input, by name.
    """

    def __init__(self, model: Any, device: str = "auto", weights: Sequence[str] | None = None):
        self.fused = isinstance(model, FusedClassifier)
        if self.fused:
            self.dims, described = model.dims_, model.about_.get("inputs", {})
        else:
            name = model.about_.get("feature", "sequences")
            self.dims, described = {name: model.n_features_in_}, {name: model.about_}
        self._tracks = model.tracks_ if self.fused else set()
        self._sources = {name: _source(described.get(name, {})) for name in self.dims}
        self._device, self._weights = device, list(weights or ())

    @property
    def advice(self) -> str:
        """The way to give files, in words."""
        files = " ".join(f"{name}=FILE.h5" for name in self.dims)
        return f"Give {files if self.fused else 'a sequences file (.h5)'}"

    def of_videos(self) -> Callable[[str], Read]:
        """A function that gives the batch of a video, or its problem.

        Raises:
            InputError: a network cannot be loaded, or an input cannot be made of a video.
        """
        if missing := [name for name, source in self._sources.items() if source is None]:
            problem = f"this model needs {' and '.join(missing)} of the user's own files"
            raise InputError(f"{problem}, which no video gives. {self.advice}.")
        networks = [n for n, source in self._sources.items() if isinstance(source, FrameFeatures)]
        own: dict[str, list[str]] = {name: [] for name in networks}
        for text in self._weights:
            named = [n for n in networks if text.startswith((f"{n}=", f"{n}."))]
            if not named and len(networks) > 1:
                problem = f"--weights {text}: the model has several networks"
                raise InputError(f"{problem}. Write NAME=FILE, of {', '.join(networks)}.")
            for name in named or networks:
                own[name].append(text)
        readers = {
            name: source.reader(self._device, own.get(name))
            for name, source in self._sources.items()
            if source is not None
        }
        return partial(self._of_video, readers)

    def _of_video(self, readers: Mapping[str, Any], path: str) -> Read:
        made = {}
        for name, read in readers.items():
            [(_, made[name], problem)] = read([path])
            if problem:
                return path, None, problem
        return path, self._batch(made), ""

    def of_files(self, files: Mapping[str, str]) -> Iterator[Read]:
        """The batch of every item, or its problem, of files of sequences and of tracks.

        Args:
            files: a file for each input.

        Raises:
            InputError: a file is missing, cannot be read, or has other dimensions.
        """
        if missing := [name for name in self.dims if name not in files]:
            raise InputError(f"this model also needs {' and '.join(missing)}. {self.advice}.")
        with ExitStack() as stack:
            opened = {n: stack.enter_context(open_sequences(path)) for n, path in files.items()}
            for name, sequences in opened.items():
                if sequences.dim != self.dims[name]:
                    needs = f"the model needs {name} of {self.dims[name]}"
                    found = f"elements have {sequences.dim} dimensions"
                    raise InputError(f"{files[name]}: {found}; {needs}.")
            places = {n: {item: i for i, item in enumerate(s.ids)} for n, s in opened.items()}
            flaws = {name: self._flaws(name, sequences) for name, sequences in opened.items()}
            for item in dict.fromkeys(item for place in places.values() for item in place):
                made, problem = {}, ""
                for name, sequences in opened.items():
                    i = places[name].get(item)
                    lost = f"it is not in {files[name]}."
                    problem = lost if i is None else flaws[name].get(i, "")
                    if i is None or problem:
                        break
                    made[name] = sequences[i].astype(np.float32)
                yield item, None if problem else self._batch(made), problem

    def _flaws(self, name: str, sequences: Sequences) -> dict[int, str]:
        """Sequences that cannot be used; a video may have no tracks."""
        may_be_empty = name in self._tracks
        found = sequences.flaws().items()
        return {i: text for i, text in found if not (may_be_empty and text.startswith("empty"))}

    def _batch(self, made: Mapping[str, np.ndarray]) -> Any:
        if self.fused:
            return {name: [value] for name, value in made.items()}
        [value] = made.values()
        return [value]


def _source(described: Mapping[str, Any]) -> FrameFeatures | VideoTracks | None:
    """The maker of an input of a video, as a model describes it."""
    if described.get("frames"):
        return FrameFeatures(**described["frames"])
    return VideoTracks(**described["tracks"]) if described.get("tracks") else None


def elements_of(
    model: Any, inputs: Sequence[str], device: str = "auto", weights: Sequence[str] | None = None
) -> Iterator[Read]:
    """A batch of one for every item, or its problem: of videos, and of files of sequences.

    Where there are several sequences files, ids have the file before them. ``<input>=FILE`` are
    files of the inputs of one set of items.

    Args:
        model: a :class:`~rnnfv.SequenceClassifier`.
        inputs: files.
        device: see :class:`ClipInputs`, as is
        weights: of the networks.

    Raises:
        InputError: no video can be used with this model, or an input's file is named twice.
    """
    clips, others = ClipInputs(model, device, weights), []
    named: dict[str, str] = {}
    for text in inputs:
        name, equals, path = text.partition("=")
        if not equals or name not in clips.dims:
            others.append(text)
        elif named.setdefault(name, path) != path:
            raise InputError(f"{name}=: two files are named; give those of one set of items.")
    if named:
        yield from guarded(", ".join(named.values()), clips.of_files(named))

    def stored(path: str) -> Iterator[Read]:
        [first, *_] = clips.dims
        return clips.of_files({first: path})

    def of_videos() -> Callable[[str], Iterator[Read]]:
        read = clips.of_videos()
        return lambda path: iter([read(path)])

    yield from read_inputs(others, stored, of_videos)
