# The network that predicts the next element: one for every seed, trained on one split.


rule train_rnn:
    input:
        sequences=f"<results>/{SPLIT}/sequences.h5",
        manifest=rules.manifest.output.manifest,
    output:
        networks=by_seed(f"<results>/{SPLIT}/rnn/seed{{seed}}/network.pt"),
        choices=by_seed(f"<results>/{SPLIT}/rnn/seed{{seed}}/choice.json"),
        curves=by_seed(f"<results>/{SPLIT}/rnn/seed{{seed}}/curve.csv"),
        plots=[
            in_report(f"<results>/{SPLIT}/rnn/seed{{seed}}/curve.png", "curve", seed=seed)
            for seed in config["seeds"]
        ],
    resources:
        **growing(mem_mb=8000, runtime=1440),
        **GPU,
    params:
        rnn=config["rnn"],
        svm=config["svm"],
        stride=1,
        folds=config["validation"]["folds"],
        seeds=config["seeds"],
    message:
        f"training RNNs on {ON_SPLIT}"
    script:
        "../scripts/train_rnn.py"
