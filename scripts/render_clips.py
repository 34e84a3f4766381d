"""Render one shard of a synthetic data set into video files."""

from job import output, params, wildcards

from rnnfv.data.shards import in_shard
from rnnfv.data.synthetic.actions.dataset import dataset_manifest, render_clips

settings = params.settings
names = in_shard(dataset_manifest(**settings), wildcards.scatteritem)["id"]
render_clips(settings["recipe"], names, output.clips, seed=settings["seed"])
