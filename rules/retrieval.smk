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
    resources:
        **growing(mem_mb=12000, runtime=120),
    params:
        methods=methods_of_table,
        seeded=seeded_models,
        seeds=config["seeds"],
        protocols=protocols_of,
    message:
        "retrieval for {wildcards.table}"
    script:
        "../scripts/evaluate_retrieval.py"


rule retrieval_table:
    input:
        metrics=rules.evaluate_retrieval.output.metrics,
        choices=settings_chosen,
        usable=ancient(usable_of_table),
        coverage=coverage_of_table,
        gallery="results/retrieval/{table}/gallery.html",
        published=f"{workflow.basedir}/data/published.csv",
    output:
        csv=report("results/{table}.csv", caption="../report/retrieval.rst", category="Tables"),
        md="results/{table}.md",
        tex="results/{table}.tex",
    log:
        "logs/retrieval/{table}/table.log",
    conda:
        "../envs/rnnfv.yaml"
    params:
        captions=captions_of_table,
        synthetic=is_drawn,
        labels=labels_of,
        protocols=protocols_of,
    message:
        "{wildcards.table}"
    script:
        "../scripts/retrieval_table.py"


rule gallery:
    input:
        projected=projections_of,
        sentences=sentences_of_table,
        images=images_of_table,
        pictures=pictures_of_table,
    output:
        html=report(
            "results/retrieval/{table}/gallery.html",
            caption="../report/gallery.rst",
            category="Retrieved",
            labels={"table": "{table}"},
        ),
    log:
        "logs/retrieval/{table}/gallery.log",
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=8000, runtime=20),
    params:
        method=shown_method,
        labels=labels_of,
        folder=folder_of_table,
    message:
        "pictures of what {wildcards.table} retrieved"
    script:
        "../scripts/draw_gallery.py"
