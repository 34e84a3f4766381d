# Representations of sentences, projected into the space they share with images: pooled words, and RNN Fisher vectors.


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
        model=any_of(POOLED_MODELS),
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=cca_memory, runtime=480),
    params:
        settings=projection_of,
    message:
        "CCA of {wildcards.model}, {wildcards.captions}, seed {wildcards.seed}"
    script:
        "../scripts/project_sentences.py"


rule embed_words:
    input:
        words=rules.look_up_words.output.table,
        mixtures=rules.fit_mixtures.output.mixtures,
        cca=f"results/{MODEL}/cca.h5",
    output:
        words=f"results/{MODEL}/words.h5",
    log:
        f"logs/{MODEL}/words.log",
    wildcard_constraints:
        model=any_of(POOLED_MODELS),
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=3000, runtime=20),
    params:
        settings=embedding_of,
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
        settings=training_of,
    message:
        "training the RNN of {wildcards.model}, {wildcards.captions}, seed {wildcards.seed}"
    script:
        "../scripts/train_sentence_rnn.py"


rule project_rnn:
    input:
        images=rules.draw_caption_validation.output.images,
        sentences=rules.list_captions.output.sentences,
        vectors=rules.join_images.output.vectors,
        words=words_of_model,
        network=trained_network,
        trained=trained_choice,
    output:
        projected=f"results/{MODEL}/projected.h5",
        choice=f"results/{MODEL}/choice.json",
    log:
        f"logs/{MODEL}/project.log",
    benchmark:
        f"logs/{MODEL}/project.tsv"
    wildcard_constraints:
        model=any_of(NETWORK_MODELS),
    conda:
        "../envs/rnnfv.yaml"
    resources:  # no GPU: what takes the time is the CCA, in memory that few GPUs have
        **growing(mem_mb=cca_memory, runtime=720),
    params:
        settings=projection_of,
    message:
        "RNN Fisher vectors and CCA of {wildcards.model}, {wildcards.captions}, seed {wildcards.seed}"
    script:
        "../scripts/project_sentences.py"
