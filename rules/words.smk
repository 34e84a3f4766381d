# Words: corpora, word vectors (given, or trained in the run), the table of a data set's words, mixtures of word vectors.


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
        corpora=word_corpora,
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
        corpora=model_corpora,
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
        label=words_label,
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
        settings=mixtures_needed,
        fetched=fetched_vectors,
    message:
        "mixtures of word vectors {wildcards.words} for {wildcards.captions}, seed {wildcards.seed}"
    script:
        "../scripts/fit_mixtures.py"
