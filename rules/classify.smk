# Vectors of a split by every pooling, and one linear SVM for each: normalisation chosen on
# validation, tested once; then what it gets wrong.


rule classify:
    input:
        sequences=f"<results>/{SPLIT}/sequences.h5",
        manifest=rules.manifest.output.manifest,
        networks=rules.train_rnn.output.networks if TRAINED_POOLINGS else [],
        choices=rules.train_rnn.output.choices if TRAINED_POOLINGS else [],
    output:
        metrics=f"<results>/{SPLIT}/metrics.json",
        predictions=f"<results>/{SPLIT}/predictions.csv",
    resources:
        **growing(mem_mb=12000, runtime=1440),
    params:
        poolings=config["table1"]["poolings"],
        settings=POOLING_SETTINGS,
        folds=config["validation"]["folds"],
        seeds=config["seeds"],
    message:
        f"classifying {ON_SPLIT}"
    script:
        "../scripts/classify.py"


rule confusion:
    input:
        predictions=lambda w: expand(rules.classify.output.predictions, **w, split=splits_of(w)),
        manifest=rules.manifest.output.manifest,
    output:
        confusion=f"<results>/{FEATURE}/{{reduction}}/confusion.csv",
        per_class=f"<results>/{FEATURE}/{{reduction}}/per_class.csv",
        plot=in_report(f"<results>/{FEATURE}/{{reduction}}/confusion.png", "confusion"),
    message:
        "confusion matrices of {wildcards.feature} by {wildcards.reduction}, {wildcards.dataset}"
    script:
        "../scripts/plot_confusion.py"
