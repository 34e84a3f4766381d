"""Draw pictures of a synthetic caption data set with their sentences and their partners."""

from job import run

from rnnfv.data.synthetic.captions.preview import caption_preview


def main(snakemake):
    settings = snakemake.params.settings
    caption_preview(settings["style"], settings["seed"], snakemake.output.picture)


run(main, snakemake)
