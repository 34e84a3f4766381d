# One linear SVM per split and seed: normalisation chosen on validation, tested once; then what it gets wrong.


rule classify:
    input:
        vectors=vectors_of,
        choices=choices_of,
        manifest=rules.manifest.output.manifest,
    output:
        metrics=f"results/{SPLIT}/{{pooling}}/metrics.json",
        predictions=f"results/{SPLIT}/{{pooling}}/predictions.csv",
    log:
        f"logs/{SPLIT}/{{pooling}}/classify.log",
    benchmark:
        f"logs/{SPLIT}/{{pooling}}/classify.tsv"
    priority: 10  # its inputs are large and temporary
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=8000, runtime=120),
    params:
        grid=grid_of,
    message:
        "classifying {wildcards.pooling} of {wildcards.feature}, {wildcards.dataset}, split {wildcards.split}"
    script:
        "../scripts/classify.py"


rule confusion:
    input:
        predictions=predictions_of,
        manifest=rules.manifest.output.manifest,
    output:
        confusion=f"results/{FEATURE}/{{reduction}}/confusion.csv",
        per_class=f"results/{FEATURE}/{{reduction}}/per_class.csv",
        plot=report(
            f"results/{FEATURE}/{{reduction}}/confusion.png",
            caption="../report/confusion.rst",
            category="Confusion matrices",
            labels={
                "data set": "{dataset}",
                "feature": "{feature}",
                "reduction": "{reduction}",
            },
        ),
    log:
        f"logs/{FEATURE}/{{reduction}}/confusion.log",
    conda:
        "../envs/rnnfv.yaml"
    params:
        poolings=config["table1"]["poolings"],
    message:
        "confusion matrices of {wildcards.feature}, {wildcards.dataset}"
    script:
        "../scripts/plot_confusion.py"
