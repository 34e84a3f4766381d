"""Unpack an archive to its place and count what is there."""

from dataclasses import asdict

from job import inputs, output, snakemake, wildcards

from rnnfv.arrays.intermediates import read_json
from rnnfv.arrays.writing import write_json
from rnnfv.data.download.sources import read_sources
from rnnfv.data.download.unpacking import unpack

data = snakemake.config["data"]
source = read_sources(data["sources"])[wildcards.source]
receipt = read_json(inputs.receipt)
unpacked = unpack(source, data["root"], data["keep_archives"])
print(f"{unpacked.target}: {unpacked.counts}")
write_json(output.marker, asdict(unpacked) | {"archive": receipt})
