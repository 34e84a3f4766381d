"""Say what data is there, what is missing, on what machine, and what to do next."""

from pathlib import Path

from job import run

from rnnfv.acquire import read_sources, report, state_of
from rnnfv.storage import atomic_path


def main(snakemake):
    data, params = snakemake.config["data"], snakemake.params
    sources, root = read_sources(data["sources"]), Path(data["root"])
    states = {name: state_of(source, root) for name, source in sources.items()}
    text = report(sources.values(), states, params.needed, root, params.commands)
    print(text)
    with atomic_path(params.report) as path:
        path.write_text(text)


run(main, snakemake)
