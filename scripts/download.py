"""Have an archive on disk, whole and checked; data that is in place already is not fetched."""

from dataclasses import asdict

from job import output, snakemake, wildcards

from rnnfv.arrays.writing import write_json
from rnnfv.data.download.downloading import Settings, download
from rnnfv.data.download.sources import read_sources

data = snakemake.config["data"]
source = read_sources(data["sources"])[wildcards.source]
if source.in_place(data["root"]):
    print(f"{source.target(data['root'])} is there: nothing to download")
    receipt = {"file": source.file, "origin": "in place", "checked": "not downloaded"}
else:
    keys = ("mirrors_first", "attempts", "backoff", "timeout", "unverified_hosts")
    settings = Settings(**{key: data[key] for key in keys})
    receipt = asdict(download(source, data["root"], settings))
write_json(output.receipt, receipt)
