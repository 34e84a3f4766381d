# Fewer dimensions for the elements: PCA fitted on the training items of a split alone, or the image side of a CCA with
# sentences, learnt on another data set altogether.


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
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        components=config["pca"]["components"],
    message:
        "PCA of {wildcards.feature}, {wildcards.dataset}, split {wildcards.split}"
    script:
        "../scripts/reduce_pca.py"


rule reduce_cca:
    input:
        sequences=sequences_of,
        usable=ancient(items_of),
        manifest=rules.manifest.output.manifest,
        cca=transferred_cca,
    output:
        sequences=f"{ACTIONS}/{{feature}}/cca/split{{split}}/sequences.h5",
    log:
        "logs/actions/{dataset}/{feature}/cca/split{split}/reduce.log",
    benchmark:
        "logs/actions/{dataset}/{feature}/cca/split{split}/reduce.tsv"
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        components=config.get("transfer", {}).get("components"),
        captions=config.get("transfer", {}).get("captions"),
    message:
        "CCA of {wildcards.feature}, {wildcards.dataset}, split {wildcards.split}"
    script:
        "../scripts/reduce_cca.py"
