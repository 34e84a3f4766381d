"""Clips and pictures for paper_mini.py: real ones of other data sets, else synthetic."""

import io
import re
import tempfile
from pathlib import Path

import av
import numpy as np
from PIL import Image

from rnnfv.data.manifests.hmdb51 import film
from rnnfv.data.synthetic.actions.dataset import dataset_manifest, render_clip, write_clip
from rnnfv.data.synthetic.captions.dataset import caption_set, render_picture

FILMS = 4
"""Of every class: one to test on in each of three splits, and others to hold out for validation."""

PARTS = {"train": 12, "val": 5, "test": 5}
"""Pictures of a caption set."""

HMDB_CLASSES = ("pour", "sit", "throw")
UCF_CLASSES = {"BaseballPitch": "swing_baseball", "BenchPress": "climb_stairs", "Diving": "stand"}
"""And the class of JHMDB whose clips stand in."""

UCF_CLIP = "v_BenchPress_g01_c05.avi"
"""A short clip of UCF101 itself, used as it is."""

_SHORTEST = 32  # frames: two blocks of C3D, and more than a track is long


def hmdb_clips(real):
    """Files by class, of ``FILMS`` films, and another of the first.

    ``real`` is the folder of real data, or None.
    """
    if real is not None:  # JHMDB's clips are HMDB51's, trimmed, and have their names
        clips = {
            label: _of_films(real / "jhmdb" / "videos" / label, label) for label in HMDB_CLASSES
        }
    else:
        drawn = _drawn(len(HMDB_CLASSES))
        tags = "u_nm_np1_fr_med_0.avi"
        clips = {
            label: {f"Film_{i}_{label}_{tags}": data for i, data in enumerate(group)}
            for label, group in zip(HMDB_CLASSES, drawn, strict=True)
        }
    for files in clips.values():
        first, data = next(iter(files.items()))
        files[re.sub(r"_\d+\.avi$", "_99.avi", first)] = data
    return clips


def ucf_clips(real):
    """Files by class: a clip of each of ``FILMS`` groups, named as UCF101's are."""
    if real is None:
        clips = _drawn(len(UCF_CLASSES))
    else:
        clips = [
            list(_of_films(real / "jhmdb" / "videos" / source, source).values())
            for source in UCF_CLASSES.values()
        ]
    named = {
        label: {f"v_{label}_g{i:02d}_c01.avi": data for i, data in enumerate(group, 1)}
        for label, group in zip(UCF_CLASSES, clips, strict=True)
    }
    if real is not None:
        named["BenchPress"].pop("v_BenchPress_g01_c01.avi")
        named["BenchPress"][UCF_CLIP] = (real / "ucf101_sample" / UCF_CLIP).read_bytes()
    return named


def pictures(real):
    """Lists for Flickr8k, Flickr30k and COCO: pictures (JPEG), each with its five sentences."""
    count = sum(PARTS.values())
    if real is None:
        return [_drawn_pictures(style, count) for style in ("flat", "textured", "outlined")]
    told = {}
    for line in (real / "flickr8k" / "Flickr8k.token.txt").read_text(encoding="utf-8").splitlines():
        name, _, text = line.partition("\t")
        told.setdefault(name.partition("#")[0], []).append(text)
    paths = sorted((real / "flickr8k" / "images").glob("*.jpg"))[: 3 * count]
    both = [(path.read_bytes(), told[path.name]) for path in paths]
    return [both[start : start + count] for start in range(0, 3 * count, count)]


def _of_films(folder, label):
    """The first ``FILMS`` films in a folder, the shortest clip of each that is long enough."""
    films = {}
    for path in sorted(folder.glob("*.avi")):
        with av.open(str(path)) as video:
            length = video.streams.video[0].frames
        if length >= _SHORTEST:
            films.setdefault(film(path.name, label), []).append((length, path))
    shortest = [min(found)[1] for found in films.values()][:FILMS]
    return {path.name: path.read_bytes() for path in shortest}


def _drawn(classes):
    """Clips of ``classes`` drawn motions in ``FILMS`` scenes each."""
    listed = dataset_manifest("loops", FILMS, 1, seed=0).groupby("label")["id"].apply(list)
    return [
        [_video(render_clip("loops", name, seed=0)) for name in names]
        for names in listed.iloc[:classes]
    ]


def _video(frames):
    length = max(_SHORTEST, len(frames))
    frames = np.concatenate([frames, frames])[:length]  # it repeats: the motions are loops
    with tempfile.TemporaryDirectory() as folder:
        write_clip(Path(folder) / "clip.avi", frames)
        return (Path(folder) / "clip.avi").read_bytes()


def _drawn_pictures(style, count):
    images, told = caption_set(style, count, seed=0, splits=[n / count for n in PARTS.values()])
    sentences = told.groupby("image")["text"].apply(list)
    return [
        (_jpeg(render_picture(style, name, seed=0)), sentences[name]) for name in images["image"]
    ]


def _jpeg(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="jpeg", quality=90)
    return file.getvalue()
