# Retrieval of test items by models and combinations, and the tables and pictures made of it.


rule evaluate_retrieval:
    input:
        projected=projections_of,
        partners=partners_of_table,
    output:
        metrics="results/retrieval/{table}/metrics.json",
    log:
        "logs/retrieval/{table}/metrics.log",
    benchmark:
        "logs/retrieval/{table}/metrics.tsv"
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=12000,
        runtime=120,
    params:
        methods=methods_of_table,
        seeded=seeded_models,
        protocols=protocols_of,
    message:
        "retrieval for {wildcards.table}"
    script:
        "../scripts/evaluate_retrieval.py"
