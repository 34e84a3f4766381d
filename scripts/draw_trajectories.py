"""Draw the tracks of one video of every class, a dozen classes at most, before and after stabilisation."""

from pathlib import Path

import cv2
from job import run

from rnnfv.errors import InputError
from rnnfv.manifests import read_manifest
from rnnfv.storage import atomic_path
from rnnfv.trajectories.drawing import draw_videos
from rnnfv.trajectories.files import read_people
from rnnfv.trajectories.settings import TrajectorySettings
from rnnfv.video import read_video

CLASSES = 12


def main(snakemake):
    cv2.setNumThreads(snakemake.threads)
    roots = [Path(folder) for folder in snakemake.input.clips] or [Path(snakemake.params.videos)]
    manifest = read_manifest(snakemake.input.listed)
    people = read_people(snakemake.input.people) if snakemake.input.people else {}
    videos = []
    for label, members in manifest.groupby("label", sort=True):
        for name, path in zip(members["id"], members["path"], strict=True):
            found = next((root / path for root in roots if (root / path).is_file()), None)
            video = read_video(found, short_side=snakemake.params.short_side) if found else None
            if video is not None and video.problem is None:
                videos.append((name, video.frames))
                break
            print(f"{name} of {label} cannot be drawn: {video.problem if video else 'missing'}")
        if len(videos) == CLASSES:
            break
    if not videos:
        raise InputError(f"datasets.{snakemake.wildcards.dataset}: no video could be decoded.")
    with atomic_path(snakemake.output.picture) as temporary:
        draw_videos(videos, TrajectorySettings(**snakemake.params.settings), temporary, people)


run(main, snakemake)
