"""Unpack an archive to its place and count what is there."""

import json
from dataclasses import asdict
from pathlib import Path

from job import run

from rnnfv.arrays.hdf5 import write_json
from rnnfv.data.download.sources import read_sources
from rnnfv.data.download.unpacking import unpack


def main(snakemake):
    data = snakemake.config["data"]
    source = read_sources(data["sources"])[snakemake.wildcards.source]
    receipt = json.loads(Path(snakemake.input.receipt).read_text())
    unpacked = unpack(source, data["root"], data["keep_archives"])
    print(f"{unpacked.target}: {unpacked.counts}")
    write_json(snakemake.output.marker, asdict(unpacked) | {"archive": receipt})


run(main, snakemake)
