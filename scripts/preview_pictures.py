"""Draw pictures of a synthetic caption data set with their sentences and their partners."""

from job import run

from rnnfv.data.synthetic.captions.preview import preview_pictures


def main(snakemake):
    preview_pictures(snakemake.params.style, snakemake.params.seed, snakemake.output.picture)


run(main, snakemake)
