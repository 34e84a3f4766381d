# Representations of sentences (pooled words, RNN Fisher vectors), projected into the common space.
from rnnfv.planning.forecast import read_sizes, size_of

# The input of everything that learns from images with sentences.
PAIRS = {**CAPTION_SET, "vectors": rules.join_images.output.vectors}
SIZES = read_sizes(f"{workflow.basedir}/data/sizes.csv")
NETWORK_MODELS = [name for name, model in config["models"].items() if model["pooling"] == "rnn-fv"]
SETTINGS_OF = lambda w: sentences.model_settings(config, w.model)
MIXTURES_OF_MODEL = branch(
    lookup("{model}/pooling", within=config["models"]),
    cases=dict.fromkeys(sentences.MIXTURE_POOLINGS, rules.fit_mixtures.output.mixtures),
    otherwise=[],
)
NETWORK_OF = lambda w: sentences.network_model(config, w.model)
EMBEDDING = sentences.embedding_model(config)
COUNT_OF = lambda w: size_of({"captions": w.captions}, config, SIZES).get("sentences", 0)
CCA_MEMORY = lambda w: sentences.cca_memory(config, w.captions, w.words, w.model, COUNT_OF(w))
# The table of words of a model: that of the word vectors, or their CCA embedding.
WORDS_OF_MODEL = branch(
    lambda w: SETTINGS_OF(w)["words"],
    cases={
        "given": TABLE_OF_WORDS,
        "cca": with_model(f"<results>/{MODEL}/words.h5", EMBEDDING),
    },
)


rule project_pooled:
    input:
        **PAIRS,
        words=TABLE_OF_WORDS,
        mixtures=MIXTURES_OF_MODEL,
    output:
        projected=f"<results>/{MODEL}/projected.h5",
        choice=f"<results>/{MODEL}/choice.json",
        cca=f"<results>/{MODEL}/cca.h5",
    wildcard_constraints:
        model=any_of(sorted(set(config["models"]) - set(NETWORK_MODELS))),
    resources:
        **growing(mem_mb=CCA_MEMORY, runtime=480),
    params:
        settings=lambda w: sentences.settings_for(config, w.model, "projection"),
    message:
        "CCA of {wildcards.model}, {wildcards.captions}, seed {wildcards.seed}"
    script:
        "../scripts/project_sentences.py"


rule embed_words:
    input:
        words=TABLE_OF_WORDS,
        mixtures=rules.fit_mixtures.output.mixtures,
        cca=rules.project_pooled.output.cca,
    output:
        words=f"<results>/{MODEL}/words.h5",
    resources:
        **growing(mem_mb=3000, runtime=20),
    params:
        settings=lambda w: sentences.settings_for(config, w.model, "embedding"),
    message:
        "CCA word embedding of {wildcards.captions}, seed {wildcards.seed}"
    script:
        "../scripts/embed_words.py"


rule train_sentence_rnn:
    input:
        **PAIRS,
        words=WORDS_OF_MODEL,
        corpus=lambda w: expand(TOKENS, corpus=SETTINGS_OF(w)["corpus"] or []),
    output:
        network=f"<results>/{MODEL}/network.pt",
        choice=f"<results>/{MODEL}/trained.json",
        curve=f"<results>/{MODEL}/curve.csv",
        plot=in_report(f"<results>/{MODEL}/curve.png", "curve"),
    resources:
        **growing(mem_mb=8000, runtime=1440),
        **GPU,
    params:
        settings=lambda w: sentences.settings_for(config, w.model, "training"),
    message:
        "training the RNN of {wildcards.model}, {wildcards.captions}, seed {wildcards.seed}"
    script:
        "../scripts/train_sentence_rnn.py"


# No GPU: what takes the time is the CCA, in memory that few GPUs have.
use rule project_pooled as project_rnn with:
    input:
        **PAIRS,
        words=WORDS_OF_MODEL,
        network=lambda w: with_model(rules.train_sentence_rnn.output.network, NETWORK_OF(w)),
        trained=lambda w: with_model(rules.train_sentence_rnn.output.choice, NETWORK_OF(w)),
    output:
        projected=f"<results>/{MODEL}/projected.h5",
        choice=f"<results>/{MODEL}/choice.json",
    wildcard_constraints:
        model=any_of(NETWORK_MODELS),
    resources:
        **growing(mem_mb=CCA_MEMORY, runtime=720),
    message:
        "RNN Fisher vectors and CCA of {wildcards.model}, {wildcards.captions}, "
        "seed {wildcards.seed}"
