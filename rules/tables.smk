# The paper's tables, from the metrics of every split.


rule table1:
    input:
        metrics=table1_metrics,
        usable=ancient(table1_items),
        pictures=table1_pictures,
        published=f"{workflow.basedir}/data/published.csv",
    output:
        csv=report("results/table1.csv", caption="../report/table1.rst", category="Tables"),
        md="results/table1.md",
        tex="results/table1.tex",
    log:
        "logs/table1.log",
    conda:
        "../envs/rnnfv.yaml"
    params:
        rows=TABLE1,
        synthetic=planning.synthetic(config),
        missing=planning.features_without_weights(config),
    message:
        "Table 1"
    script:
        "../scripts/table1.py"
