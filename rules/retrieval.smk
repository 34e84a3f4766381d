# Retrieval of test items by models and combinations, and the tables and pictures made of it.


def of_models(pattern):
    """One file of every model and seed of a table."""

    def files(wildcards):
        place = {key: config[wildcards.table][key] for key in ("captions", "feature", "words")}
        models = sentence_planning.needed_models(config, wildcards.table)
        seeds = {model: sentence_planning.seeds_of(config, model) for model in models}
        return [
            pattern.format(**place, model=model, seed=seed)
            for model in models
            for seed in seeds[model]
        ]

    return files


def of_captions(pattern):
    """A file of a table's caption data set."""
    return lambda wildcards: pattern.format(**config[wildcards.table])


def pictures_of_table(wildcards):
    """The folders of the drawn pictures of a table's data set; none where images are the user's."""
    captions = config[wildcards.table]["captions"]
    if config["captions"][captions]["layout"] != "synthetic":
        return []
    every_shard = getattr(gather, f"captions-{captions}")
    return every_shard(rules.render_pictures.output.pictures, captions=captions)


def methods_of_table(wildcards):
    """The rows of a table: a name and the models whose cosine similarities it averages."""
    return sentence_planning.methods(config, wildcards.table)


def labels_of(wildcards):
    """Names of models as tables show them."""
    return {name: sentence_planning.label(config, name) for name in methods_of_table(wildcards)}


rule evaluate_retrieval:
    input:
        projected=of_models(rules.project_rnn.output.projected),
        partners=of_captions(rules.list_captions.output.partners),
    output:
        metrics="results/retrieval/{table}/metrics.json",
    log:
        "logs/retrieval/{table}/metrics.log",
    benchmark:
        "logs/retrieval/{table}/metrics.tsv"
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=12000, runtime=120),
    params:
        methods=methods_of_table,
        seeded=lambda wildcards: sentence_planning.seeded_models(config, wildcards.table),
        seeds=config["seeds"],
        protocols=lookup("{table}/protocols", within=config),
    message:
        "retrieval for {wildcards.table}"
    script:
        "../scripts/evaluate_retrieval.py"


rule retrieval_table:
    input:
        metrics=rules.evaluate_retrieval.output.metrics,
        choices=of_models(rules.project_rnn.output.choice),
        usable=ancient(of_captions(rules.check_images.output.usable)),
        coverage=of_captions(rules.look_up_words.output.coverage),
        gallery="results/retrieval/{table}/gallery.html",
        published=f"{workflow.basedir}/data/published.csv",
    output:
        csv=report("results/{table}.csv", caption="../report/retrieval.rst", category="Tables"),
        md="results/{table}.md",
        tex="results/{table}.tex",
    log:
        "logs/retrieval/{table}/table.log",
    conda:
        "../envs/rnnfv.yaml"
    params:
        captions=lookup("{table}/captions", within=config),
        synthetic=lambda wildcards: sentence_planning.synthetic_captions(config, wildcards.table),
        labels=labels_of,
        protocols=lookup("{table}/protocols", within=config),
    message:
        "{wildcards.table}"
    script:
        "../scripts/retrieval_table.py"


rule gallery:
    input:
        projected=of_models(rules.project_rnn.output.projected),
        sentences=of_captions(rules.list_captions.output.sentences),
        images=of_captions(rules.draw_caption_validation.output.images),
        pictures=pictures_of_table,
    output:
        html=report(
            "results/retrieval/{table}/gallery.html",
            caption="../report/gallery.rst",
            category="Retrieved",
            labels={"table": "{table}"},
        ),
    log:
        "logs/retrieval/{table}/gallery.log",
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=8000, runtime=20),
    params:
        method=lambda wildcards: list(methods_of_table(wildcards).items())[-1],
        labels=labels_of,
        folder=lambda wildcards: config["captions"][config[wildcards.table]["captions"]].get(
            "images"
        ),
    message:
        "pictures of what {wildcards.table} retrieved"
    script:
        "../scripts/draw_gallery.py"
