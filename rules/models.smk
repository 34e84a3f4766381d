# Models to use on something new, a file a row: a target of its own, so that tables take no longer.


TO_KEEP = tables_with_models(config)
FRAMES_OF = lambda w: actions.frames_of(config, w.dataset, w.feature)
ACTION_MODEL = "models/table1/{dataset}-{feature}-{reduction}-{pooling}-split{split}.rnnfv"
# What the SVM sees of every item of the split: large for many items.
KEPT = {"vectors": f"<results>/{ACTION_MODEL}.h5"} if config.get("keep_vectors") else {}


rule keep_action_model:
    input:
        sequences=f"<results>/{SPLIT}/sequences.h5",
        manifest=rules.manifest.output.manifest,
        networks=rules.train_rnn.output.networks if TRAINED_POOLINGS else [],
        choices=rules.train_rnn.output.choices if TRAINED_POOLINGS else [],
        features=sequences_of,
        pca=branch(BY_PCA, then=rules.reduce_pca.output.pca),
        cca=branch(BY_PCA, then=[], otherwise=TRANSFERRED_CCA),
        predictions=rules.classify.output.predictions,
    output:
        **KEPT,
        model=f"<results>/{ACTION_MODEL}",
    resources:
        **growing(mem_mb=12000, runtime=720),
    params:
        settings=POOLING_SETTINGS,
        folds=config["validation"]["folds"],
        seed=lambda w: config["seeds"][0] if POOLINGS[w.pooling].seeded else 0,
        frames=FRAMES_OF,
        components=TRANSFER.get("components"),
    message:
        "keeping {wildcards.pooling} of {wildcards.dataset}, split {wildcards.split}"
    script:
        "../scripts/keep_action_model.py"


rule keep_space:
    input:
        **PAIRS,
        words=WORDS_OF_MODEL,
        mixtures=branch(
            lookup("{model}/pooling", within=config["models"]),
            cases=dict.fromkeys(sentences.MIXTURE_POOLINGS, rules.fit_mixtures.output.mixtures),
            otherwise=[],
        ),
        network=branch(
            lambda w: w.model in NETWORK_MODELS,
            then=lambda w: with_model(rules.train_sentence_rnn.output.network, NETWORK_OF(w)),
        ),
        choice=rules.project_rnn.output.choice,
        projected=rules.project_rnn.output.projected,
        pictures=rendered_pictures,
    output:
        space=f"<results>/{MODEL}/space.rnnfv",
    resources:
        **growing(mem_mb=CCA_MEMORY, runtime=720),
    params:
        settings=lambda w: sentences.settings_for(config, w.model, "projection"),
        frames=lambda w: sentences.frames_of(config, w.captions, w.feature),
        folder=lookup("{captions}/images", within=config["captions"], default=None),
    message:
        "keeping {wildcards.model}, {wildcards.captions}, seed {wildcards.seed}"
    script:
        "../scripts/keep_space.py"


rule keep_retrieval_model:
    input:
        spaces=lambda w: [
            rules.keep_space.output.space.format(**place)
            for place in sentences.places_of_method(config, w.table, w.method)
        ],
    output:
        model="<results>/models/{table}/{method}.rnnfv",
    params:
        method=lambda w: sentences.method_of_file(config, w.table, w.method),
    message:
        "keeping {wildcards.method} of {wildcards.table}"
    script:
        "../scripts/keep_retrieval_model.py"


rule models:
    input:
        [
            rules.keep_action_model.output.model.format(**place, pooling=pooling)
            for place in (TABLE1_SPLITS if "table1" in TO_KEEP else [])
            for pooling in config["table1"]["poolings"]
        ],
        [
            rules.keep_retrieval_model.output.model.format(table=table, method=method)
            for table in sorted({*TO_KEEP} - {"table1"})
            for method in sentences.method_files(config, table)
        ],
    localrule: True
