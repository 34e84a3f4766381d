# Representations of sentences, projected into the space they share with images: pooled words, and RNN Fisher vectors.
from rnnfv.planning.forecast import read_sizes, size_of

SIZES = read_sizes(f"{workflow.basedir}/data/sizes.csv")
NETWORK_MODELS = sentence_planning.models_pooled(config, ["rnn-fv"])
MIXTURE_MODELS = sentence_planning.models_pooled(config, sentence_planning.MIXTURE_POOLINGS)


def cca_memory(wildcards):
    """Memory of a model's CCA in MB: p x p numbers, image features twice, blocks, and its PCA's.

    Where it is known that there are fewer sentences n than 3/4 of the dimensions p, the CCA takes
    their n x n Gram matrix, and holds n x p.
    """
    p = sentence_planning.dimension(config, wildcards.model, wildcards.words)
    drawn = config["captions"][wildcards.captions]["layout"] == "synthetic"
    base = 2000 if drawn else 6000
    pca = sentence_planning.model_settings(config, wildcards.model)["pca"] or 0
    n = size_of({"captions": wildcards.captions}, config, SIZES).get("sentences", 0)
    if n and 4 * n < 3 * p:
        return round(base + max(8e-6 * n * n + 20e-6 * n * 4096, 4e-6 * n * p + 4e-6 * n * n))
    covariance = 8e-6 * p * p + 20e-6 * min(p, pca or p) * 4096
    return round(base + max(covariance, 16e-6 * p * p if pca else 0))


def settings_for(step):
    """What a step of a model depends on: it is done again when these settings change, and only then."""
    return lambda wildcards: sentence_planning.settings_for(config, wildcards.model, step)


def words_of_model(wildcards):
    """The table of words of a model: that of the word vectors, or their CCA embedding."""
    if sentence_planning.model_settings(config, wildcards.model)["words"] == "given":
        return rules.look_up_words.output.table
    model = sentence_planning.embedding_model(config)
    return expand(rules.embed_words.output.words, model=model, allow_missing=True)


def corpus_of_model(wildcards):
    """The corpus a model's network is trained on; none where that is the data set itself."""
    corpus = sentence_planning.model_settings(config, wildcards.model)["corpus"]
    return tokens_of([corpus]) if corpus else []


def mixtures_of_model(wildcards):
    """The fitted mixtures; the mean of word vectors needs none."""
    return rules.fit_mixtures.output.mixtures if wildcards.model in MIXTURE_MODELS else []


def network_of_model(file):
    """A file of the model whose network is used."""

    def trained(wildcards):
        model = sentence_planning.network_model(config, wildcards.model)
        pattern = getattr(rules.train_sentence_rnn.output, file)
        return expand(pattern, model=model, allow_missing=True)

    return trained


rule project_pooled:
    input:
        images=rules.draw_caption_validation.output.images,
        sentences=rules.list_captions.output.sentences,
        vectors=rules.join_images.output.vectors,
        words=rules.look_up_words.output.table,
        mixtures=mixtures_of_model,
    output:
        projected=f"results/{MODEL}/projected.h5",
        choice=f"results/{MODEL}/choice.json",
        cca=f"results/{MODEL}/cca.h5",
    log:
        f"logs/{MODEL}/project.log",
    benchmark:
        f"logs/{MODEL}/project.tsv"
    wildcard_constraints:
        model=any_of(sorted(set(config["models"]) - set(NETWORK_MODELS))),
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=cca_memory, runtime=480),
    params:
        settings=settings_for("projection"),
    message:
        "CCA of {wildcards.model}, {wildcards.captions}, seed {wildcards.seed}"
    script:
        "../scripts/project_sentences.py"


rule embed_words:
    input:
        words=rules.look_up_words.output.table,
        mixtures=rules.fit_mixtures.output.mixtures,
        cca=rules.project_pooled.output.cca,
    output:
        words=f"results/{MODEL}/words.h5",
    log:
        f"logs/{MODEL}/words.log",
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=3000, runtime=20),
    params:
        settings=settings_for("embedding"),
    message:
        "CCA word embedding of {wildcards.captions}, seed {wildcards.seed}"
    script:
        "../scripts/embed_words.py"


rule train_sentence_rnn:
    input:
        images=rules.draw_caption_validation.output.images,
        sentences=rules.list_captions.output.sentences,
        vectors=rules.join_images.output.vectors,
        words=words_of_model,
        corpus=corpus_of_model,
    output:
        network=f"results/{MODEL}/network.pt",
        choice=f"results/{MODEL}/trained.json",
        curve=f"results/{MODEL}/curve.csv",
        plot=report(
            f"results/{MODEL}/curve.png",
            caption="../report/curve.rst",
            category="Learning curves",
            labels={"data set": "{captions}", "model": "{model}", "seed": "{seed}"},
        ),
    log:
        f"logs/{MODEL}/train.log",
    benchmark:
        f"logs/{MODEL}/train.tsv"
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=8000, runtime=1440),
        **GPU,
    params:
        settings=settings_for("training"),
    message:
        "training the RNN of {wildcards.model}, {wildcards.captions}, seed {wildcards.seed}"
    script:
        "../scripts/train_sentence_rnn.py"


# No GPU: what takes the time is the CCA, in memory that few GPUs have.
use rule project_pooled as project_rnn with:
    input:
        images=rules.draw_caption_validation.output.images,
        sentences=rules.list_captions.output.sentences,
        vectors=rules.join_images.output.vectors,
        words=words_of_model,
        network=network_of_model("network"),
        trained=network_of_model("choice"),
    output:
        projected=f"results/{MODEL}/projected.h5",
        choice=f"results/{MODEL}/choice.json",
    wildcard_constraints:
        model=any_of(NETWORK_MODELS),
    resources:
        **growing(mem_mb=cca_memory, runtime=720),
    message:
        "RNN Fisher vectors and CCA of {wildcards.model}, {wildcards.captions}, seed {wildcards.seed}"
