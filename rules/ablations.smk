# Side experiments on actions: networks for each training that differs, then every change with them.
REFERENCE = {"feature": config.get("ablations", {}).get("feature")}


use rule train_rnn as train_ablation with:
    output:
        networks=by_seed(f"<results>/{TRAINED}/seed{{seed}}/network.pt"),
        choices=by_seed(f"<results>/{TRAINED}/seed{{seed}}/choice.json"),
        curves=by_seed(f"<results>/{TRAINED}/seed{{seed}}/curve.csv"),
    params:
        rnn=lambda w: ablations.training(config, w.feature, w.training),
        svm=config["svm"],
        stride=lambda w: ablations.sharing(config, w.feature, w.training)[0]["stride"],
        folds=config["validation"]["folds"],
        seeds=config["seeds"],
    message:
        f"training for side experiments ({{wildcards.training}}) on {ON_SPLIT}"


rule measure_ablations:
    input:
        networks=rules.train_ablation.output.networks,
        sequences=f"<results>/{SPLIT}/sequences.h5",
        reference=lambda w: f"<results>/{SPLIT}/sequences.h5".format(**{**w, **REFERENCE}),
        manifest=rules.manifest.output.manifest,
    output:
        metrics=f"<results>/{TRAINED}/metrics.json",
    resources:
        **growing(mem_mb=8000, runtime=720),
        **GPU,
    params:
        changes=lambda w: ablations.sharing(config, w.feature, w.training),
        reference=CHANGES[0] if CHANGES else None,
        C=config["svm"]["C"],
        seeds=config["seeds"],
    message:
        f"measuring side experiments ({{wildcards.training}}) on {ON_SPLIT}"
    script:
        "../scripts/measure_ablations.py"


rule ablations:
    input:
        metrics=measured_ablations,
        usable=ancient([items_of(place).format(**place) for place in MEASURED_FEATURES]),
        notes=leak_notes(place["dataset"] for place in MEASURED_FEATURES),
    output:
        **table_files("ablations", "ablations"),
    params:
        changes=CHANGES,
        dataset=config.get("ablations", {}).get("dataset"),
        features=[place["feature"] for place in MEASURED_FEATURES],
        synthetic=actions.synthetic(config, "ablations"),
        drawn=actions.drawn_splits(config, "ablations"),
    message:
        "side experiments"
    script:
        "../scripts/ablations_table.py"
