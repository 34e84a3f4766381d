"""Unpack an archive to its place and count what is there."""

import json
from dataclasses import asdict
from pathlib import Path

from job import inputs, output, snakemake, wildcards

from rnnfv.arrays.hdf5 import write_json
from rnnfv.data.download.sources import read_sources
from rnnfv.data.download.unpacking import unpack

data = snakemake.config["data"]
source = read_sources(data["sources"])[wildcards.source]
receipt = json.loads(Path(inputs.receipt).read_text())
unpacked = unpack(source, data["root"], data["keep_archives"])
print(f"{unpacked.target}: {unpacked.counts}")
write_json(output.marker, asdict(unpacked) | {"archive": receipt})
