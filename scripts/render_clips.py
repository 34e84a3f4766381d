"""Render one shard of a synthetic data set into video files."""

from job import run

from rnnfv.data.synthetic.actions.dataset import dataset_manifest, render_clips
from rnnfv.data.usable import in_shard


def main(snakemake):
    settings = snakemake.params.settings
    manifest = dataset_manifest(**settings)
    names = in_shard(manifest, snakemake.wildcards.scatteritem)["id"]
    clips = snakemake.output.clips
    render_clips(settings["recipe"], names, clips, seed=settings["seed"])


run(main, snakemake)
