"""Draw a few frames of one clip of every class of a synthetic data set."""

from job import output, params

from rnnfv.data.synthetic.actions.preview import preview_clips

settings = params.settings
preview_clips(settings["recipe"], settings["seed"]).save(output.picture)
