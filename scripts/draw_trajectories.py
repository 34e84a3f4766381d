"""Draw the tracks of one video a class, a dozen at most, before and after stabilisation."""

from pathlib import Path

import cv2
from job import inputs, output, params, snakemake

from rnnfv.arrays.writing import atomic_path
from rnnfv.data.files import file_problem, on_disk
from rnnfv.data.manifests.table import read_manifest
from rnnfv.features.media.video import read_video
from rnnfv.features.trajectories.drawing import draw_videos
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.features.trajectories.shards import boxes_in
from rnnfv.features.trajectories.text import read_people

CLASSES = 12


def one_of_each(manifest, roots, short_side, people):
    """Name, frames and boxes of the first video of each class that can be decoded."""
    for label, members in list(manifest.groupby("label", sort=True))[:CLASSES]:
        for name, path in zip(members["id"], members["path"], strict=True):
            places = [on_disk(root / path) for root in roots]
            found = next((place for place in places if not file_problem(place)), None)
            video = read_video(found, short_side=short_side, as_opencv=True) if found else None
            if video is not None and video.problem is None:
                yield name, video.frames, boxes_in(video.frames, found, people.get(name))
                break
            print(f"{name} of {label} cannot be drawn: {video.problem if video else 'missing'}")


cv2.setNumThreads(snakemake.threads)
roots = [Path(folder) for folder in inputs.clips] or [Path(params.videos)]
people = read_people(inputs.people) if inputs.people else {}
listed = read_manifest(inputs.listed)
videos = one_of_each(listed, roots, params.short_side, people)
with atomic_path(output.picture) as temporary:
    draw_videos(videos, TrajectorySettings(**params.settings), temporary)
