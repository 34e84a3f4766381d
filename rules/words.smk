# Words: corpora, word vectors (given, or trained in the run), the table of a data set's words, mixtures of word vectors.


def corpus_file(wildcards):
    """The user's file of a corpus, or the marker of a fetched one; nothing for those that come with a package."""
    settings = config["corpora"][wildcards.corpus]
    return markers_of(settings["source"]) if "source" in settings else settings.get("path", [])


def corpus_settings(wildcards):
    """What a corpus depends on."""
    settings = config["corpora"][wildcards.corpus]
    return {key: value for key, value in sorted(settings.items()) if key != "source"}


def tokens_of(corpora):
    """The tokenised sentences of corpora."""
    return expand(rules.read_corpus.output.tokens, corpus=corpora)


def word_vectors(wildcards):
    """The file of word vectors: the user's, the marker of a fetched one, or the one trained in the run."""
    settings = config["words"][wildcards.words]
    if "source" in settings:
        return markers_of(settings["source"])
    return settings.get("path", rules.train_words.output.vectors)


def fetched_vectors(wildcards):
    """The file of word vectors where it is fetched first, else None: then it is the input."""
    settings = config["words"][wildcards.words]
    return settings["path"] if "source" in settings else None


def training_of_words(wildcards):
    """What trained word vectors depend on."""
    return {key: config["words"][wildcards.words][key] for key in ("dim", "epochs", "seed")}


def needed_mixtures(wildcards):
    """The mixtures to fit, and how."""
    return sentence_planning.needed_mixtures(config, wildcards.captions, wildcards.words)


rule read_corpus:
    input:
        path=corpus_file,
    output:
        tokens="results/corpora/{corpus}/tokens.txt",
    log:
        "logs/corpora/{corpus}.log",
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=2000, runtime=20),
    params:
        settings=corpus_settings,
    message:
        "reading corpus {wildcards.corpus}"
    script:
        "../scripts/read_corpus.py"


rule train_words:
    input:
        images=rules.draw_caption_validation.output.images,
        sentences=rules.list_captions.output.sentences,
        corpora=lambda wildcards: tokens_of(config["words"][wildcards.words]["corpora"]),
    output:
        vectors=f"results/{CAPTIONS}/words/{{words}}/vectors.bin",
    log:
        f"logs/{CAPTIONS}/words/{{words}}/train.log",
    benchmark:
        f"logs/{CAPTIONS}/words/{{words}}/train.tsv"
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=2000, runtime=60),
    params:
        settings=training_of_words,
    message:
        "training word vectors {wildcards.words} for {wildcards.captions}"
    script:
        "../scripts/train_words.py"


rule look_up_words:
    input:
        images=rules.draw_caption_validation.output.images,
        sentences=rules.list_captions.output.sentences,
        vectors=word_vectors,
        corpora=lambda wildcards: tokens_of(
            sentence_planning.corpora_of_networks(config, wildcards.captions, wildcards.words)
        ),
    output:
        table=f"results/{CAPTIONS}/words/{{words}}/table.h5",
        coverage=report(
            f"results/{CAPTIONS}/words/{{words}}/coverage.json",
            caption="../report/coverage.rst",
            category="Captions",
            labels={"data set": "{captions}", "words": "{words}"},
        ),
    log:
        f"logs/{CAPTIONS}/words/{{words}}/table.log",
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=3000, runtime=30),
    params:
        corpora=lookup("{words}/corpora", within=config["words"], default=None),
        fetched=fetched_vectors,
    message:
        "looking up the words of {wildcards.captions} in {wildcards.words}"
    script:
        "../scripts/look_up_words.py"


rule fit_mixtures:
    input:
        vectors=word_vectors,
        words=rules.look_up_words.output.table,
    output:
        mixtures=f"results/{CAPTIONS}/words/{{words}}/seed{{seed}}/mixtures.h5",
    log:
        f"logs/{CAPTIONS}/words/{{words}}/seed{{seed}}/mixtures.log",
    benchmark:
        f"logs/{CAPTIONS}/words/{{words}}/seed{{seed}}/mixtures.tsv"
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=6000, runtime=120),
    params:
        settings=needed_mixtures,
        fetched=fetched_vectors,
    message:
        "mixtures of word vectors {wildcards.words} for {wildcards.captions}, seed {wildcards.seed}"
    script:
        "../scripts/fit_mixtures.py"
