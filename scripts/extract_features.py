"""Run one feature network over one shard of frames."""

import numpy as np
from job import inputs, output, params
from loaded_network import load_network, weights_files

from rnnfv.arrays.sequences import write_sequences
from rnnfv.data.replaced import identities, keep
from rnnfv.features.media.frames import iterate_frames
from rnnfv.features.networks.extraction import extract
from rnnfv.progress import progress

read = identities(weights_files())
network, made_by = load_network("torch")
frames = iterate_frames(inputs.frames)
features = progress(extract(network, frames, params.settings["batch_size"]), "videos")
# float16 rounds features by at most 0.05 %, and halves what paper-scale features take on disk.
write_sequences(output.sequences, features, network.dim, np.float16, made_by)
keep(params.seen, params.since, read)
