# Side experiments on action recognition: a network per training that differs, then every change that uses it.


rule train_ablation:
    input:
        sequences=f"results/{SPLIT}/sequences.h5",
        manifest=rules.manifest.output.manifest,
    output:
        network=f"results/{TRAINED}/network.pt",
        curve=f"results/{TRAINED}/curve.csv",
    log:
        f"logs/{TRAINED}/train.log",
    benchmark:
        f"logs/{TRAINED}/train.tsv"
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=8000, runtime=600),
        **GPU,
    params:
        rnn=training_settings,
        stride=training_stride,
        pca=reference_pca(),
        C=config["svm"]["C"],
    message:
        "training {wildcards.training} on {wildcards.feature}, {wildcards.dataset}, split {wildcards.split}, "
        "seed {wildcards.seed}"
    script:
        "../scripts/train_ablation.py"


rule measure_ablations:
    input:
        network=f"results/{TRAINED}/network.pt",
        sequences=f"results/{SPLIT}/sequences.h5",
        reference=reference_sequences,
        manifest=rules.manifest.output.manifest,
    output:
        metrics=f"results/{TRAINED}/metrics.json",
    log:
        f"logs/{TRAINED}/measure.log",
    benchmark:
        f"logs/{TRAINED}/measure.tsv"
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=8000, runtime=240),
        **GPU,
    params:
        changes=changes_sharing,
        reference=reference_change(),
        C=config["svm"]["C"],
    message:
        "measuring changes with {wildcards.training}, {wildcards.feature}, {wildcards.dataset}, split {wildcards.split}, "
        "seed {wildcards.seed}"
    script:
        "../scripts/measure_ablations.py"


rule ablations:
    input:
        metrics=ablation_metrics,
        usable=ancient(ablation_items),
    output:
        csv=report("results/ablations.csv", caption="../report/ablations.rst", category="Tables"),
        md="results/ablations.md",
        tex="results/ablations.tex",
        plot=report(
            "results/ablations.png", caption="../report/ablations.rst", category="Side experiments"
        ),
    log:
        "logs/ablations.log",
    conda:
        "../envs/rnnfv.yaml"
    params:
        changes=shown_changes(),
        features=ablation_features(),
        dataset=ablations("dataset"),
        splits=ablation_splits(),
        synthetic=ablations_synthetic(),
    message:
        "side experiments"
    script:
        "../scripts/ablations_table.py"
