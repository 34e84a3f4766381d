# Models to use on something new, a file a row: a target of its own, so that tables take no longer.
from rnnfv.planning.models import files_of_kept_models, frames_of

SPACE = f"<results>/{MODEL}/space.rnnfv"
ACTION_MODEL = "models/table1/{dataset}/{feature}/{reduction}-{pooling}-split{split}.rnnfv"
# What the SVM sees of every item of the split: large for many items.
KEPT = {"vectors": f"<results>/{ACTION_MODEL}.h5"} if config.get("keep_vectors") else {}
FUSED_STEPS = {
    "own": f"<results>/{SPLIT}/{{pooling}}/steps.rnnfv",
    "transferred": f"<results>/{TRANSFERRED}/steps.rnnfv",
    "trajectories": f"<results>/{TRACKS}/split{{split}}/seed{{seed}}/codebook.rnnfv",
}
STEPS_INPUT = {
    "sequences": f"<results>/{SPLIT}/sequences.h5",
    "manifest": rules.manifest.output.manifest,
    "networks": branch(IS_TRAINED, then=rules.train_rnn.output.networks),
    "choices": branch(IS_TRAINED, then=rules.train_rnn.output.choices),
    "features": sequences_of,
    "pca": branch(BY_PCA, then=rules.reduce_pca.output.pca),
    "cca": branch(BY_PCA, then=[], otherwise=TRANSFERRED_CCA),
}


rule keep_steps:
    input:
        **STEPS_INPUT,
    output:
        steps=temp(FUSED_STEPS["own"]),
    resources:
        **growing(mem_mb=12000, runtime=720),
    params:
        settings=POOLING_SETTINGS,
        folds=config["validation"]["folds"],
        seed=lambda w: config["seeds"][0] if POOLINGS[w.get("pooling", "rnn-fv")].seeded else 0,
        frames=lambda w: frames_of(config, config["datasets"][w.dataset], w.feature),
        components=TRANSFER.get("components"),
    message:
        f"steps of {{wildcards.pooling}} of {ON_SPLIT}"
    script:
        "../scripts/keep_steps.py"


use rule keep_steps as keep_transferred_steps with:
    input:
        **TRANSFER_INPUT,
        features=sequences_of,
        cca=branch(BY_PCA, then=[], otherwise=TRANSFERRED_CCA),
    output:
        steps=temp(FUSED_STEPS["transferred"]),
    message:
        f"steps by the RNNs of {{wildcards.donor}} of {ON_SPLIT}"


use rule keep_steps as keep_action_model with:
    input:
        **STEPS_INPUT,
        predictions=rules.classify.output.predictions,
    output:
        **KEPT,
        model=f"<results>/{ACTION_MODEL}",
    message:
        f"keeping {{wildcards.pooling}} of {ON_SPLIT}"


rule keep_fused_model:
    input:
        steps=lambda w: fusion.member_files(config, w, FUSED_STEPS),
        vectors=lambda w: fusion.member_files(config, w, FUSED_VECTORS),
        features=lambda w: [
            sequences_of(place).format(**place) for place in fusion.features_to_read(config, w)
        ],
        manifest=rules.manifest.output.manifest,
        predictions=rules.fuse.output.predictions,
    output:
        model="<results>/models/table2/{dataset}/{row}-split{split}.rnnfv",
    resources:
        **growing(mem_mb=12000, runtime=720),
    params:
        row=lambda w: fusion.row_to_keep(config, w),
    message:
        "keeping {wildcards.row} of {wildcards.dataset}, split {wildcards.split}"
    script:
        "../scripts/keep_fused_model.py"


rule keep_space:
    input:
        **PAIRS,
        words=WORDS_OF_MODEL,
        mixtures=MIXTURES_OF_MODEL,
        network=branch(
            lambda w: w.model in NETWORK_MODELS,
            then=lambda w: with_model(rules.train_sentence_rnn.output.network, NETWORK_OF(w)),
        ),
        choice=rules.project_rnn.output.choice,
        projected=rules.project_rnn.output.projected,
        pictures=rendered_pictures,
    output:
        space=SPACE,
    resources:
        **growing(mem_mb=CCA_MEMORY, runtime=720),
    params:
        settings=lambda w: sentences.settings_for(config, w.model, "projection"),
        frames=lambda w: frames_of(config, config["captions"][w.captions], w.feature),
        folder=lookup("{captions}/images", within=config["captions"], default=None),
    message:
        "keeping {wildcards.model}, {wildcards.captions}, seed {wildcards.seed}"
    script:
        "../scripts/keep_space.py"


rule keep_retrieval_model:
    input:
        spaces=lambda w: retrieval.files_of_method(config, w.table, w.method, SPACE),
    output:
        model="<results>/models/{table}/{method}.rnnfv",
    params:
        method=lambda w: retrieval.method_of_file(config, w.table, w.method),
    message:
        "keeping {wildcards.method} of {wildcards.table}"
    script:
        "../scripts/keep_retrieval_model.py"


rule models:
    input:
        files_of_kept_models(
            config,
            rules.keep_action_model.output.model,
            rules.keep_fused_model.output.model,
            rules.keep_retrieval_model.output.model,
        ),
    localrule: True
