"""Manifests, clips and shards of the synthetic data sets.

Every scene and every clip has a random stream of its own, made of the seed and its name. So a clip
does not depend on which others are made, in what order, or in which shard.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import product
from pathlib import Path

import av
import numpy as np
import pandas as pd

from rnnfv.arrays.writing import atomic_path
from rnnfv.data.synthetic.actions.filming import film, stage
from rnnfv.data.synthetic.actions.motions import Parameters, draw_parameters
from rnnfv.data.synthetic.actions.recipes import RECIPES
from rnnfv.data.synthetic.actions.scenes import Scene, draw_scene
from rnnfv.data.synthetic.random_streams import random_stream

SPLITS, FRAMES_PER_SECOND = 3, 25
QUANTISER = 4
"""MPEG-4 quantiser of every frame, 1 (finest) to 31."""

_ID = re.compile(r"(?P<label>\w+)/(?P=label)_s(?P<scene>\d+)_c(?P<clip>\d+)\.avi")


def dataset_manifest(recipe: str, scenes: int, clips_per_class: int, seed: int) -> pd.DataFrame:
    """Every clip of a data set: ``clips_per_class`` of every class in every scene.

    Scenes are dealt to three folds by ``seed``; split k tests on fold k and trains on the other
    two, so that no scene is on both sides. Validation is left to be drawn from training.

    Args:
        recipe: ``pairs`` or ``loops``.
        scenes: number of scenes, at least 3. The scene is the group.
        clips_per_class: clips of each class in each scene.
        seed: of the deal. (And of the clips, when they are rendered.)

    Returns:
        A table with columns ``id``, ``path``, ``label``, ``group``, ``split1``, ``split2``,
        ``split3`` (train | test).
    """
    labels = sorted(RECIPES[recipe].actions)
    folds = np.empty(scenes, dtype=int)
    folds[random_stream(seed, recipe, "folds").permutation(scenes)] = np.arange(scenes) % SPLITS
    rows = []
    for label, scene, clip in product(labels, range(scenes), range(1, clips_per_class + 1)):
        name = f"{label}/{label}_s{scene:02d}_c{clip}.avi"
        parts = ["test" if folds[scene] == k else "train" for k in range(SPLITS)]
        rows.append([name, name, label, f"scene{scene:02d}", *parts])
    splits = [f"split{k + 1}" for k in range(SPLITS)]
    return pd.DataFrame(rows, columns=["id", "path", "label", "group", *splits])


def clip_parameters(recipe: str, clip_id: str, seed: int) -> Parameters:
    """The parameters of one clip, from its id. They are drawn the same way for every class.

    Args:
        recipe: ``pairs`` or ``loops``.
        clip_id: from the manifest.
        seed: the seed of the manifest.
    """
    rng = random_stream(seed, recipe, *_parse(recipe, clip_id), "motion")
    return draw_parameters(RECIPES[recipe].moments, rng)


def render_clip(recipe: str, clip_id: str, seed: int) -> np.ndarray:
    """The frames of one clip, (T, height, width, 3) uint8 RGB, from its id in the manifest.

    Args:
        recipe: ``pairs`` or ``loops``.
        clip_id: from the manifest.
        seed: the seed of the manifest.
    """
    label, number, clip = _parse(recipe, clip_id)
    scene = _scene(recipe, number, seed)
    frames = stage(RECIPES[recipe], label, scene, clip_parameters(recipe, clip_id, seed))
    # The camera's stream is not the motion's, so that neither shifts the other's draws.
    return film(frames, scene, random_stream(seed, recipe, label, number, clip, "camera"))


def write_clip(path: str | Path, frames: np.ndarray) -> None:
    """Write frames (T, height, width, 3) uint8 RGB as MPEG-4 in AVI, whole or not at all.

    The same frames give the same bytes (same FFmpeg): one encoder thread, no version strings, no
    dates.
    """
    with (
        atomic_path(path) as temporary,
        av.open(str(temporary), "w", format="avi", options={"fflags": "+bitexact"}) as file,
    ):
        stream = file.add_stream("mpeg4", rate=FRAMES_PER_SECOND)
        stream.height, stream.width, stream.pix_fmt = frames.shape[1], frames.shape[2], "yuv420p"
        context = stream.codec_context
        context.thread_count = 1
        context.qmin = context.qmax = QUANTISER
        context.options = {"flags": "+bitexact"}
        for frame in frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        file.mux(stream.encode(None))


def render_clips(recipe: str, ids: Iterable[str], folder: str | Path, seed: int) -> list[Path]:
    """Render clips into ``folder``; return the files.

    Args:
        recipe: ``pairs`` or ``loops``.
        ids: those of the manifest.
        folder: root of the data set's ``path`` column. Each file appears only when it is whole.
        seed: the seed of the manifest.
    """
    files = {clip_id: Path(folder, clip_id) for clip_id in ids}
    for clip_id, path in files.items():
        write_clip(path, render_clip(recipe, clip_id, seed))
    return list(files.values())


def _parse(recipe: str, clip_id: str) -> tuple[str, int, int]:
    """Class, scene and clip number of an id."""
    match = _ID.fullmatch(clip_id)
    assert match and match["label"] in RECIPES[recipe].actions, f"no clip of {recipe}: {clip_id}"
    return match["label"], int(match["scene"]), int(match["clip"])


@lru_cache(maxsize=64)
def _scene(recipe: str, number: int, seed: int) -> Scene:
    rng = random_stream(seed, recipe, "scene", number)
    return draw_scene(RECIPES[recipe].look, number, rng)
