# What the data stage needs besides common.smk: the table of sources, which of them the configuration asks for, and the
# markers that say what is in place. Archives are no declared outputs: Snakemake would delete what a user has put there.
from rnnfv.data import download as acquire
from rnnfv.planning import sources as data_sources

config["data"].setdefault("sources", f"{workflow.basedir}/data/sources.csv")
DATA_ROOT = config["data"]["root"]
RECEIPT = f"{DATA_ROOT}/.downloaded/{{source}}.json"
MARKER = f"{DATA_ROOT}/.unpacked/{{source}}.json"
try:
    SOURCES = acquire.read_sources(config["data"]["sources"])
    DATA_NEEDED = data_sources.sources_needed(config, SOURCES)
except InputError as error:
    raise WorkflowError(f"Data: {error}")
DATA_GROUPS = sorted({source.group for source in SOURCES.values()})


wildcard_constraints:
    source=any_of(SOURCES),


def markers_of(groups):
    """The markers of all archives of one group, or of a list of them."""
    groups = [groups] if isinstance(groups, str) else groups
    return expand(
        MARKER, source=[name for name, source in SOURCES.items() if source.group in groups]
    )


def source_row(wildcards):
    """What an archive and its files depend on: addresses, for example, do not matter once it is there."""
    row = vars(SOURCES[wildcards.source])
    return {
        key: row[key] for key in ("file", "bytes", "checksums", "kind", "take", "into", "expected")
    }


def tables_of_files():
    """The tables that are not of drawn data alone; where there is none, the default one."""
    tables = []
    for table in ("table1", "table2"):
        names = config.get(table, {}).get("datasets", [])
        tables += (
            [table]
            if {config["datasets"][name]["layout"] for name in names} - {"synthetic"}
            else []
        )
    for table in sentence_planning.tables(config):
        tables += (
            [table] if config["captions"][config[table]["captions"]]["layout"] == "files" else []
        )
    return " ".join(f"results/{table}.csv" for table in tables or ["table1"])


def next_command(target):
    """The command that makes `target` with the configuration of this run."""
    files = [str(path) for path in workflow.config_settings.configfiles or []]
    return " ".join(["snakemake --cores all", target, *(["--configfile", *files] if files else [])])


def show_check(since):
    """Print the report on data and machine, if this run made one."""
    path = Path("results/check.txt")
    if path.exists() and path.stat().st_mtime >= since:
        print(f"\n{path.read_text()}\n({path})\n", file=sys.stderr)
