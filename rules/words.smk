# Words: corpora, word vectors (given, or trained in the run), a data set's words, their mixtures.

CORPUS = lambda w: config["corpora"][w.corpus]
CAPTION_SET = {
    "images": rules.draw_caption_validation.output.images,
    "sentences": rules.list_captions.output.sentences,
}
# The user's file, the marker of a fetched one, or the one trained in the run.
WORD_VECTORS = lambda w: fetched_or(
    config["words"][w.words], config["words"][w.words].get("path", rules.train_words.output.vectors)
)
# Word vectors that are trained in the run belong to the seeds; a file has one table of words.
TABLE_OF_WORDS = lambda w: rules.look_up_words.output.table.format(
    **{**w, "seed": sentences.seed_of_words(config, w.words, int(w.seed))}
)
# The file where it is fetched first, else None: then it is the input.
FETCHED_VECTORS = branch(
    lookup("{words}/source", within=config["words"], default=None),
    then=lookup("{words}/path", within=config["words"], default=None),
)
ALLOW_PICKLE = lookup("{words}/allow_pickle", within=config["words"], default=False)
MODELS_OF_WORDS = lambda w: retrieval.models_with(config, w.captions, w.words)
CORPORA_OF_NETWORKS = lambda w: retrieval.corpora_of_networks(config, MODELS_OF_WORDS(w))


rule read_corpus:
    input:
        path=lambda w: fetched_or(CORPUS(w), CORPUS(w).get("path", [])),
    output:
        tokens=TOKENS,
    resources:
        **growing(mem_mb=2000, runtime=20),
    params:
        settings=lambda w: without_source(CORPUS(w)),
    message:
        "reading corpus {wildcards.corpus}"
    script:
        "../scripts/read_corpus.py"


rule train_words:
    input:
        **CAPTION_SET,
        corpora=expand(TOKENS, corpus=lookup("{words}/corpora", within=config["words"])),
    output:
        vectors=f"<results>/{CAPTIONS}/words/{{words}}/seed{{seed}}/vectors.bin",
    resources:
        **growing(mem_mb=2000, runtime=60),
    params:
        settings=lambda w: {k: config["words"][w.words][k] for k in ("dim", "epochs")},
    message:
        "training word vectors {wildcards.words} for {wildcards.captions}, seed {wildcards.seed}"
    script:
        "../scripts/train_words.py"


rule look_up_words:
    input:
        **CAPTION_SET,
        vectors=WORD_VECTORS,
        corpora=expand(TOKENS, corpus=CORPORA_OF_NETWORKS),
    output:
        table=f"<results>/{CAPTIONS}/words/{{words}}/seed{{seed}}/table.h5",
        coverage=f"<results>/{CAPTIONS}/words/{{words}}/seed{{seed}}/coverage.json",
        page=in_report(
            f"<results>/{CAPTIONS}/words/{{words}}/seed{{seed}}/coverage.html", "coverage"
        ),
    resources:
        **growing(mem_mb=3000, runtime=30),
    params:
        corpora=lookup("{words}/corpora", within=config["words"], default=None),
        fetched=FETCHED_VECTORS,
        allow_pickle=ALLOW_PICKLE,
    message:
        "looking up the words of {wildcards.captions} in {wildcards.words}, seed {wildcards.seed}"
    script:
        "../scripts/look_up_words.py"


rule fit_mixtures:
    input:
        vectors=WORD_VECTORS,
        words=TABLE_OF_WORDS,
    output:
        mixtures=f"<results>/{CAPTIONS}/words/{{words}}/seed{{seed}}/mixtures.h5",
    resources:
        **growing(mem_mb=6000, runtime=120),
    params:
        settings=lambda w: retrieval.needed_mixtures(config, MODELS_OF_WORDS(w)),
        fetched=FETCHED_VECTORS,
        allow_pickle=ALLOW_PICKLE,
    message:
        "mixtures of word vectors {wildcards.words} for {wildcards.captions}, seed {wildcards.seed}"
    script:
        "../scripts/fit_mixtures.py"
