# From a clone to raw data: what data/sources.csv lists is downloaded, verified, unpacked and counted. What is there already is
# left in peace. `snakemake data` gets what the configuration asks for, `snakemake data_<group>` one group,
# `snakemake check` says what is there and what to do next.


rule data:
    input:
        expand(MARKER, source=DATA_NEEDED),
    localrule: True


for group in DATA_GROUPS:

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
        needed=DATA_NEEDED,
        commands={"data": next_command("data"), "tables": next_command(tables_of_files())},
        report="results/check.txt",
    message:
        "looking at data and machine"
    script:
        "../scripts/check_data.py"
