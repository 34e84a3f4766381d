# The poolings that are blind to order: the mean, and the Fisher vector of a Gaussian mixture.

SPLIT = f"{ACTIONS}/{{feature}}/{{reduction}}/split{{split}}"
SPLIT_LOG = SPLIT.replace("results/", "logs/")


rule pool_mean:
    input:
        sequences=f"{SPLIT}/sequences.h5",
    output:
        vectors=f"{SPLIT}/mean/seed0/vectors.h5",
    log:
        f"{SPLIT_LOG}/mean/pool.log",
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    message:
        "mean pooling of {wildcards.feature}, {wildcards.dataset}, split {wildcards.split}"
    script:
        "../scripts/pool_mean.py"


rule pool_gmm:
    input:
        sequences=f"{SPLIT}/sequences.h5",
        manifest=rules.manifest.output.manifest,
    output:
        vectors=temp(f"{SPLIT}/gmm-fv/seed{{seed}}/vectors.h5"),
        choice=f"{SPLIT}/gmm-fv/seed{{seed}}/choice.json",
    log:
        f"{SPLIT_LOG}/gmm-fv/seed{{seed}}/pool.log",
    benchmark:
        f"{SPLIT_LOG}/gmm-fv/seed{{seed}}/pool.tsv"
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=growing(9000),
        runtime=growing(240),
    params:
        gmm=config["gmm"],
        C=config["svm"]["C"],
    message:
        "GMM Fisher vectors of {wildcards.feature}, {wildcards.dataset}, split {wildcards.split}, seed {wildcards.seed}"
    script:
        "../scripts/pool_gmm.py"
