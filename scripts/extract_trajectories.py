"""Improved dense trajectories of a shard of videos, or the text files that the user has."""

from pathlib import Path

import cv2
import pandas as pd
from job import inputs, output, params, snakemake, wildcards

from rnnfv.arrays.provenance import provenance
from rnnfv.arrays.writing import atomic_path
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.replaced import identities, keep
from rnnfv.features.trajectories.files import write_tracks
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.features.trajectories.shards import ListedShard, ShardOfTracks
from rnnfv.features.trajectories.text import read_people
from rnnfv.progress import progress

COLUMNS = ["id", "path", "status", "reason", "declared", "decoded", "kept", "tracks"]

cv2.setNumThreads(snakemake.threads)
settings = TrajectorySettings(**params.settings)
listed = ListedShard(wildcards.dataset, read_manifest(inputs.listed), wildcards.scatteritem)
people = read_people(inputs.people) if inputs.people else {}
listed.check_people(people, str(inputs.people))
shard = ShardOfTracks(settings, params.max_tracks, params.short_side, params.min_frames, people)
unfinished = None
read = identities(listed.files(params.text, params.videos) if not inputs.clips else [])
if params.text:
    source = "tracks of the original program"
    videos = listed.text_tracks(shard, Path(params.text))
else:
    matches = f", {settings.features} matches" if settings.stabilize else ""
    source = f"{settings.flow} flow{matches}"
    root = Path(inputs.clips or params.videos or "")
    folder = Path(output.tracks).with_suffix(".unfinished")
    unfinished = listed.unfinished(folder, shard, inputs.people or None)
    videos = listed.video_tracks(shard, root, unfinished)
tracked_with = [params.settings, params.max_tracks, params.short_side]
weights = f"improved dense trajectories ({source})"
made_by = provenance(tracked_with, ["opencv-python-headless", "av"], weights=weights)
shown = progress(videos, "videos", len(listed.mine))
write_tracks(output.tracks, shown, settings.length, made_by)
with atomic_path(output.report) as temporary:
    pd.DataFrame(shard.reports, columns=COLUMNS).to_csv(temporary, index=False)
keep(params.seen, params.since, read)
if unfinished and all(row["status"] != "bad" for row in shard.reports):
    unfinished.clear()  # else another attempt repeats the bad ones alone
