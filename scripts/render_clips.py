"""Render one shard of a synthetic data set into video files."""

from job import output, params, wildcards

from rnnfv.data.synthetic.actions.dataset import dataset_manifest, render_clips
from rnnfv.data.usable import in_shard

settings = params.settings
names = in_shard(dataset_manifest(**settings), wildcards.scatteritem)["id"]
render_clips(settings["recipe"], names, output.clips, seed=settings["seed"])
