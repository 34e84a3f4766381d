"""Decode one shard of videos to frames, and report on each of them."""

from pathlib import Path

import pandas as pd
from job import inputs, output, params, wildcards

from rnnfv.arrays.provenance import provenance
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.replaced import identities, keep
from rnnfv.data.shards import in_shard
from rnnfv.features.media.frames import write_frames
from rnnfv.features.media.video import decode_shard
from rnnfv.progress import progress

root = Path(inputs.clips or params.videos)
mine = in_shard(read_manifest(inputs.listed), wildcards.scatteritem)
items = [(name, root / path) for name, path in zip(mine["id"], mine["path"], strict=True)]
read = identities(path for _, path in items if not inputs.clips)
decoder = "PyAV, one thread, bit-exact swscale bicubic"
made_by = provenance(dict(params.decoding), ["av"], decoder=decoder)
with write_frames(output.frames, made_by) as frames:
    decoded = decode_shard(items, frames, min_frames=params.min_frames, **params.decoding)
    reports = list(progress(decoded, "videos", len(items)))
pd.DataFrame(reports).to_csv(output.report, index=False)
keep(params.seen, params.since, read)
