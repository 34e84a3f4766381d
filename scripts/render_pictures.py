"""Draw one shard of the pictures of a synthetic caption data set."""

from job import run

from rnnfv.data.synthetic.captions.dataset import render_pictures
from rnnfv.data.usable import in_shard, read_table


def main(snakemake):
    listed, params = read_table(snakemake.input.listed), snakemake.params
    names = in_shard(listed, snakemake.wildcards.scatteritem)["image"]
    render_pictures(params.style, names, snakemake.output.pictures, seed=params.seed)


run(main, snakemake)
