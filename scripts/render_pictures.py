"""Draw one shard of the pictures of a synthetic caption data set."""

from job import inputs, output, params, wildcards

from rnnfv.data.shards import in_shard
from rnnfv.data.synthetic.captions.dataset import render_pictures
from rnnfv.data.text_files import read_table

names = in_shard(read_table(inputs.listed), wildcards.scatteritem)["image"]
render_pictures(params.style, names, output.pictures, seed=params.seed)
