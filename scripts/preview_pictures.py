"""Draw pictures of a synthetic caption data set with their sentences and their partners."""

from job import output, params

from rnnfv.data.synthetic.captions.preview import preview_pictures

preview_pictures(params.style, params.seed, output.picture)
