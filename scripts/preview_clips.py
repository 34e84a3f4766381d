"""Draw a few frames of one clip of every class of a synthetic data set."""

from job import run

from rnnfv.data.synthetic import preview


def main(snakemake):
    settings = snakemake.params.settings
    preview(settings["recipe"], settings["seed"]).save(snakemake.output.picture)


run(main, snakemake)
