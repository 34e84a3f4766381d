# What each table was made by: code, configuration, packages, machine, features. No table depends on it.


rule provenance:
    input:
        table="results/{described}.csv",
        features=features_behind,
    output:
        facts="results/{described}.provenance.json",
    log:
        "logs/provenance/{described}.log",
    wildcard_constraints:
        described=any_of(["table1", *SECOND_TABLES, *sentence_planning.tables(config)]),
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(20),
    params:
        config=shaping,
    message:
        "writing down what {wildcards.described} was made by"
    script:
        "../scripts/write_provenance.py"
