# Elements to 500 dimensions and unit length: PCA fitted on the training items of a split alone.


rule reduce_pca:
    input:
        sequences=sequences_of,
        usable=ancient(items_of),
        manifest=rules.manifest.output.manifest,
    output:
        sequences=f"{ACTIONS}/{{feature}}/pca/split{{split}}/sequences.h5",
        pca=f"{ACTIONS}/{{feature}}/pca/split{{split}}/pca.h5",
    log:
        "logs/actions/{dataset}/{feature}/pca/split{split}/reduce.log",
    benchmark:
        "logs/actions/{dataset}/{feature}/pca/split{split}/reduce.tsv"
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        components=config["pca"]["components"],
    message:
        "PCA of {wildcards.feature}, {wildcards.dataset}, split {wildcards.split}"
    script:
        "../scripts/reduce_pca.py"
