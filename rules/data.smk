# From a clone to raw data: what data/sources.csv lists is downloaded, verified, unpacked, counted.
# What is there already is left in peace. `snakemake data` gets what the configuration asks for,
# `snakemake data_<group>` one group; `snakemake check` says what is there and what to do next.


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
        "<logs>/data/{source}.download.log",
    localrule: True  # compute nodes often cannot reach the internet
    resources:
        **growing(mem_mb=500, runtime=2880),
        downloads=1,
    params:
        row=lambda wildcards: SOURCES[wildcards.source].identity(),
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
        "<logs>/data/{source}.unpack.log",
    resources:
        **growing(mem_mb=500, runtime=480),
    message:
        "unpacking {wildcards.source}"
    script:
        "../scripts/unpack.py"


# No output, so that it runs whenever it is asked for.
rule check:
    log:
        "<logs>/data/check.log",
    localrule: True
    params:
        options=options_of(workflow),
        report=f"{RESULTS}/check.txt",
    message:
        "looking at data and machine"
    script:
        "../scripts/check_data.py"
