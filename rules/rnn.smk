# The network that predicts the next element, and the poolings that come from it.


rule train_rnn:
    input:
        sequences=f"results/{SPLIT}/sequences.h5",
        manifest=rules.manifest.output.manifest,
    output:
        network=f"results/{SPLIT}/rnn/seed{{seed}}/network.pt",
        choice=f"results/{SPLIT}/rnn/seed{{seed}}/choice.json",
        curve=f"results/{SPLIT}/rnn/seed{{seed}}/curve.csv",
        plot=report(
            f"results/{SPLIT}/rnn/seed{{seed}}/curve.png",
            caption="../report/curve.rst",
            category="Learning curves",
            labels={
                "data set": "{dataset}",
                "feature": "{feature}",
                "split": "{split}",
                "seed": "{seed}",
            },
        ),
    log:
        f"logs/{SPLIT}/rnn/seed{{seed}}/train.log",
    benchmark:
        f"logs/{SPLIT}/rnn/seed{{seed}}/train.tsv"
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=8000, runtime=600),
        **GPU,
    params:
        rnn=config["rnn"],
        C=config["svm"]["C"],
    message:
        "training the RNN on {wildcards.feature}, {wildcards.dataset}, split {wildcards.split}, seed {wildcards.seed}"
    script:
        "../scripts/train_rnn.py"


rule pool_rnn:
    input:
        sequences=f"results/{SPLIT}/sequences.h5",
        network=f"results/{SPLIT}/rnn/seed{{seed}}/network.pt",
    output:
        vectors=temp(
            expand(
                f"results/{SPLIT}/{{pooling}}/seed{{seed}}/vectors.h5",
                pooling=RNN_POOLINGS,
                allow_missing=True,
            )
        ),
    log:
        f"logs/{SPLIT}/rnn/seed{{seed}}/pool.log",
    benchmark:
        f"logs/{SPLIT}/rnn/seed{{seed}}/pool.tsv"
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=4000, runtime=60),
        **GPU,
    params:
        poolings=RNN_POOLINGS,
        rnn=config["rnn"],
    message:
        "RNN Fisher vectors of {wildcards.feature}, {wildcards.dataset}, split {wildcards.split}, seed {wildcards.seed}"
    script:
        "../scripts/pool_rnn.py"
