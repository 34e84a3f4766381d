"""Render one shard of a synthetic data set into video files."""

from job import run

from rnnfv.data.synthetic.actions import dataset_manifest, render_clips


def main(snakemake):
    settings = snakemake.params.settings
    shard, shards = map(int, snakemake.wildcards.scatteritem.split("-of-"))
    manifest = dataset_manifest(
        settings["recipe"], settings["scenes"], settings["clips_per_class"], settings["seed"]
    )
    render_clips(
        settings["recipe"],
        manifest["id"],
        snakemake.output.clips,
        seed=settings["seed"],
        shard=shard - 1,
        shards=shards,
    )


run(main, snakemake)
