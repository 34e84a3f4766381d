# The poolings that are blind to order: the mean, and the Fisher vector of a Gaussian mixture.


rule pool_mean:
    input:
        sequences=f"results/{SPLIT}/sequences.h5",
    output:
        vectors=f"results/{SPLIT}/mean/seed0/vectors.h5",
    log:
        f"logs/{SPLIT}/mean/pool.log",
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=2000, runtime=10),
    message:
        "mean pooling of {wildcards.feature}, {wildcards.dataset}, split {wildcards.split}"
    script:
        "../scripts/pool_mean.py"


rule pool_gmm:
    input:
        sequences=f"results/{SPLIT}/sequences.h5",
        manifest=rules.manifest.output.manifest,
    output:
        vectors=temp(f"results/{SPLIT}/gmm-fv/seed{{seed}}/vectors.h5"),
        choice=f"results/{SPLIT}/gmm-fv/seed{{seed}}/choice.json",
    log:
        f"logs/{SPLIT}/gmm-fv/seed{{seed}}/pool.log",
    benchmark:
        f"logs/{SPLIT}/gmm-fv/seed{{seed}}/pool.tsv"
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=9000, runtime=240),
    params:
        gmm=config["gmm"],
        C=config["svm"]["C"],
    message:
        "GMM Fisher vectors of {wildcards.feature}, {wildcards.dataset}, split {wildcards.split}, seed {wildcards.seed}"
    script:
        "../scripts/pool_gmm.py"
