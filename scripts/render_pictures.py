"""Draw one shard of the pictures of a synthetic caption data set."""

from job import run

from rnnfv.data.synthetic.captions import render_pictures
from rnnfv.data.usable import read_table


def main(snakemake):
    shard, shards = map(int, snakemake.wildcards.scatteritem.split("-of-"))
    settings = snakemake.params.settings
    names = list(read_table(snakemake.input.listed)["image"])
    render_pictures(
        settings["style"],
        names,
        snakemake.output.pictures,
        seed=settings["seed"],
        shard=shard - 1,
        shards=shards,
    )


run(main, snakemake)
