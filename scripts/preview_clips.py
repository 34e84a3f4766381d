"""Draw a few frames of one clip of every class of a synthetic data set."""

from job import run

from rnnfv.data.synthetic.actions.preview import preview_clips


def main(snakemake):
    settings = snakemake.params.settings
    preview_clips(settings["recipe"], settings["seed"]).save(snakemake.output.picture)


run(main, snakemake)
