"""Say what data is there, what is missing, on what machine, and what to do next."""

from pathlib import Path

from job import params, snakemake

from rnnfv.arrays.hdf5 import atomic_path
from rnnfv.data.download.reporting import report, state_of
from rnnfv.data.download.sources import read_sources

data = snakemake.config["data"]
sources, root = read_sources(data["sources"]), Path(data["root"])
states = {name: state_of(source, root) for name, source in sources.items()}
options = ["--configfile", *params.configfiles] if params.configfiles else []
commands = {
    name: " ".join(["snakemake --cores all", *targets, *options])
    for name, targets in {"data": ["data"], "tables": params.tables}.items()
}
text = report(sources.values(), states, params.needed, root, commands)
print(text)
with atomic_path(params.report) as path:
    path.write_text(text)
