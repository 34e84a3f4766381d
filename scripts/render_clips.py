"""Render one shard of a synthetic data set into video files."""

from job import output, params, wildcards

from rnnfv.data.synthetic.actions.dataset import dataset_manifest, render_clips
from rnnfv.data.usable import in_shard

settings = params.settings
manifest = dataset_manifest(**settings)
names = in_shard(manifest, wildcards.scatteritem)["id"]
clips = output.clips
render_clips(settings["recipe"], names, clips, seed=settings["seed"])
