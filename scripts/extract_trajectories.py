"""Improved dense trajectories of a shard of videos, or the text files that the user has."""

from pathlib import Path

import cv2
import pandas as pd
from job import run

from rnnfv.arrays.hdf5 import atomic_path, provenance
from rnnfv.data.manifests.table import read_manifest
from rnnfv.features.trajectories.files import write_tracks
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.features.trajectories.shards import ListedShard, ShardOfTracks
from rnnfv.features.trajectories.text import read_people
from rnnfv.progress import progress

COLUMNS = ["id", "path", "status", "reason", "declared", "decoded", "kept", "tracks"]


def main(snakemake):
    cv2.setNumThreads(snakemake.threads)
    params, files, wildcards = snakemake.params, snakemake.input, snakemake.wildcards
    settings = TrajectorySettings(**params.settings)
    listed = ListedShard(wildcards.dataset, read_manifest(files.listed), wildcards.scatteritem)
    people = read_people(files.people) if files.people else {}
    listed.check_people(people, str(files.people))
    shard = ShardOfTracks(settings, params.max_tracks, params.short_side, params.min_frames, people)
    unfinished = None
    if params.text:
        source = "tracks of the original program"
        videos = listed.text_tracks(shard, Path(params.text))
    else:
        matches = f", {settings.features} matches" if settings.stabilize else ""
        source = f"{settings.flow} flow{matches}"
        root = Path(files.clips or params.videos or "")
        folder = Path(snakemake.output.tracks).with_suffix(".unfinished")
        unfinished = listed.unfinished(folder, shard, files.people or None)
        videos = listed.video_tracks(shard, root, unfinished)
    tracked_with = [params.settings, params.max_tracks, params.short_side]
    weights = f"improved dense trajectories ({source})"
    made_by = provenance(tracked_with, ["opencv-python-headless", "av"], weights=weights)
    shown = progress(videos, "videos", len(listed.mine))
    write_tracks(snakemake.output.tracks, shown, settings.length, made_by)
    with atomic_path(snakemake.output.report) as temporary:
        pd.DataFrame(shard.reports, columns=COLUMNS).to_csv(temporary, index=False)
    if unfinished and all(row["status"] != "bad" for row in shard.reports):
        unfinished.clear()  # else another attempt repeats the bad ones alone


run(main, snakemake)
