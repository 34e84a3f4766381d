# From a clone to raw data: what data/sources.csv lists is downloaded, verified, unpacked, counted.
# What is there already is left in peace. `snakemake data` gets what the configuration asks for,
# `snakemake data_<group>` one group; `snakemake check` says what is there and what to do next.
from rnnfv.data.download import read_sources
from rnnfv.planning.sources import sources_needed, tables_of_files

config["data"].setdefault("sources", f"{workflow.basedir}/data/sources.csv")
# Archives are no declared outputs: Snakemake would delete what a user has put there.
RECEIPT = f"{config['data']['root']}/.downloaded/{{source}}.json"
MARKER = f"{config['data']['root']}/.unpacked/{{source}}.json"
try:
    SOURCES = read_sources(config["data"]["sources"])
    NEEDED = sources_needed(config, SOURCES)
except InputError as error:
    raise WorkflowError(f"Data: {error}")


wildcard_constraints:
    source=any_of(SOURCES),


def markers_of(groups):
    """The markers of all archives of one group, or of a list of them."""
    groups = [groups] if isinstance(groups, str) else groups
    names = [name for name, source in SOURCES.items() if source.group in groups]
    return expand(MARKER, source=names)


def source_row(wildcards):
    """All that an archive and its files depend on; addresses do not matter once it is there."""
    row = vars(SOURCES[wildcards.source])
    keys = ("file", "bytes", "checksums", "kind", "take", "into", "expected")
    return {key: row[key] for key in keys}


def next_command(*targets):
    """The command that makes targets with the configuration of this run."""
    files = [str(path) for path in workflow.config_settings.configfiles or []]
    options = ["--configfile", *files] if files else []
    return " ".join(["snakemake --cores all", *targets, *options])


def show_check(since):
    """Print the report on data and machine, if this run made one."""
    path = Path("results/check.txt")
    if path.exists() and path.stat().st_mtime >= since:
        print(f"\n{path.read_text()}\n({path})\n", file=sys.stderr)


rule data:
    input:
        expand(MARKER, source=NEEDED),
    localrule: True


for group in sorted({source.group for source in SOURCES.values()}):

    rule:
        name:
            f"data_{group}"
        input:
            markers_of(group),
        localrule: True


rule download:
    output:
        receipt=RECEIPT,
    log:
        "logs/data/{source}.download.log",
    benchmark:
        "logs/data/{source}.download.tsv"
    localrule: True  # compute nodes often cannot reach the internet
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=500, runtime=2880),
        downloads=1,
    params:
        row=source_row,
    message:
        "downloading {wildcards.source}: progress in {log}"
    script:
        "../scripts/download.py"


rule unpack:
    input:
        receipt=rules.download.output.receipt,
    output:
        marker=MARKER,
    log:
        "logs/data/{source}.unpack.log",
    benchmark:
        "logs/data/{source}.unpack.tsv"
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=500, runtime=480),
    message:
        "unpacking {wildcards.source}"
    script:
        "../scripts/unpack.py"


# No output, so that it runs whenever it is asked for.
rule check:
    log:
        "logs/data/check.log",
    localrule: True
    conda:
        "../envs/rnnfv.yaml"
    params:
        needed=NEEDED,
        commands={"data": next_command("data"), "tables": next_command(*tables_of_files(config))},
        report="results/check.txt",
    message:
        "looking at data and machine"
    script:
        "../scripts/check_data.py"
