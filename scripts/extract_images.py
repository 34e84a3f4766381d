"""Run a feature network over one shard of images; report on each image."""

from pathlib import Path

import numpy as np
from job import inputs, output, params, wildcards
from loaded_network import load_network, weights_files

from rnnfv.arrays.sequences import write_sequences
from rnnfv.data.files import is_folder
from rnnfv.data.replaced import identities, keep
from rnnfv.data.shards import in_shard
from rnnfv.data.text_files import read_table
from rnnfv.errors import InputError
from rnnfv.features.media.images import read_shard, report_table
from rnnfv.features.networks.extraction import extract
from rnnfv.progress import progress

folder = Path(inputs.pictures or params.folder or "")
if not is_folder(folder):
    key = f"captions.{wildcards.captions}.images"
    raise InputError(f"{key}: {folder} is no folder. Set it to the images' folder.")
images = in_shard(read_table(inputs.listed), wildcards.scatteritem)
names = list(zip(images["image"], images["path"], strict=True))
read = identities(folder / path for _, path in names if not inputs.pictures)
read |= identities(weights_files())
network, made_by = load_network("torch", "pillow")
reports = []
frames = progress(read_shard(folder, names, network.geometry, reports), "images", len(names))
features = extract(network, frames, params.settings["batch_size"])
write_sequences(output.features, features, network.dim, np.float32, made_by)
report_table(reports).to_csv(output.report, index=False)
keep(params.seen, params.since, read)
