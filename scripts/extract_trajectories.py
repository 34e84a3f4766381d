"""Improved dense trajectories of one shard of videos; or of the text files of tracks that the user has."""

from pathlib import Path

import cv2
import pandas as pd
from job import run

from rnnfv.arrays.hdf5 import atomic_path, file_sha256, provenance
from rnnfv.data.manifests import read_manifest
from rnnfv.errors import InputError
from rnnfv.features.trajectories.files import (
    UnfinishedTracks,
    find_text_files,
    read_people,
    write_tracks,
)
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.features.trajectories.shards import ShardOfTracks
from rnnfv.progress import progress


def main(snakemake):
    cv2.setNumThreads(snakemake.threads)
    params, name = snakemake.params, snakemake.wildcards.dataset
    settings = TrajectorySettings(**params.settings)
    number, shards = map(int, snakemake.wildcards.scatteritem.split("-of-"))
    listed = read_manifest(snakemake.input.listed)
    mine = listed.iloc[number - 1 :: shards]
    people = read_people(snakemake.input.people) if snakemake.input.people else {}
    unknown = sorted(set(people) - set(listed["id"]))
    if unknown:
        raise InputError(
            f"{snakemake.input.people}: {unknown[0]!r} (and {len(unknown) - 1} more) is no id of {name}."
        )
    shard = ShardOfTracks(settings, params.max_tracks, params.short_side, params.min_frames, people)
    unfinished = None
    if params.text:
        source = "tracks of the original program"
        if not Path(params.text).is_dir():
            raise InputError(
                f"datasets.{name}.tracks: {params.text} is no folder. Set it to the folder of the text files."
            )
        names = dict(
            zip(listed["id"], listed["path"] if "path" in listed else listed["id"], strict=True)
        )
        files = find_text_files(params.text, names)
        videos = shard.of_text_files(Path(params.text), {name: files[name] for name in mine["id"]})
    else:
        source = (
            f"{settings.flow} flow, {settings.features} matches"
            if settings.stabilize
            else f"{settings.flow} flow"
        )
        root = Path(snakemake.input.clips or params.videos or "")
        if "path" not in mine or not root.is_dir():
            raise InputError(
                f"datasets.{name}: the manifest has no column path, or videos ({root}) is no folder."
            )
        boxes = file_sha256(snakemake.input.people) if people else None
        about = [
            params.settings,
            params.max_tracks,
            params.short_side,
            params.min_frames,
            mine["id"].tolist(),
            boxes,
        ]
        unfinished = UnfinishedTracks(
            Path(snakemake.output.tracks).with_suffix(".unfinished"), about
        )
        videos = shard.of_videos(
            [(name, root / path) for name, path in zip(mine["id"], mine["path"], strict=True)],
            unfinished,
        )
    label = f"improved dense trajectories ({source})"
    made_by = provenance(
        [params.settings, params.max_tracks, params.short_side],
        ["opencv-python-headless", "av"],
        weights=label,
    )
    write_tracks(
        snakemake.output.tracks, progress(videos, "videos", len(mine)), settings.length, made_by
    )
    columns = ["id", "path", "status", "reason", "declared", "decoded", "kept", "tracks"]
    with atomic_path(snakemake.output.report) as temporary:
        pd.DataFrame(shard.reports, columns=columns).to_csv(temporary, index=False)
    if unfinished is not None and all(row["status"] != "bad" for row in shard.reports):
        unfinished.clear()  # else it stays until check_videos is content: another attempt repeats the bad ones alone


run(main, snakemake)
