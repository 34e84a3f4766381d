"""Draw one shard of the pictures of a synthetic caption data set."""

from job import run

from rnnfv.data.synthetic.captions import render_pictures
from rnnfv.data.usable import read_table


def main(snakemake):
    shard, shards = map(int, snakemake.wildcards.scatteritem.split("-of-"))
    style, seed = snakemake.params.style, snakemake.params.seed
    names, folder = list(read_table(snakemake.input.listed)["image"]), snakemake.output.pictures
    render_pictures(style, names, folder, seed=seed, shard=shard - 1, shards=shards)


run(main, snakemake)
