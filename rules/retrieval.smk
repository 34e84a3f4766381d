# Retrieval of test items by models and combinations, and the tables and pictures made of it.

PROJECTED = lambda w: retrieval.files_of_models(config, w.table, rules.project_rnn.output.projected)
CHOICE = rules.project_rnn.output.choice
METHODS = lambda w: retrieval.methods(config, w.table)
LABELS = lambda w: retrieval.labels(config, w.table)


rule evaluate_retrieval:
    input:
        projected=PROJECTED,
        partners=lambda w: rules.list_captions.output.partners.format(**config[w.table]),
    output:
        metrics="<results>/retrieval/{table}/metrics.json",
    resources:
        **growing(mem_mb=12000, runtime=120),
    params:
        methods=METHODS,
        seeded=lambda w: retrieval.seeded_models(config, w.table),
        seeds=config["seeds"],
        protocols=lookup("{table}/protocols", within=config),
    message:
        "retrieval for {wildcards.table}"
    script:
        "../scripts/evaluate_retrieval.py"


rule retrieval_table:
    input:
        metrics=rules.evaluate_retrieval.output.metrics,
        choices=lambda w: retrieval.files_of_models(config, w.table, CHOICE),
        usable=ancient(lambda w: rules.check_images.output.usable.format(**config[w.table])),
        coverage=lambda w: rules.look_up_words.output.coverage.format(
            **config[w.table], seed=config["seeds"][0]
        ),
        notes=ancient(lambda w: rules.check_images.output.notes.format(**config[w.table])),
        gallery="<results>/retrieval/{table}/gallery.html",
        published=f"{workflow.basedir}/data/published.csv",
    output:
        **table_files("{table}", "retrieval"),
    params:
        captions=lookup("{table}/captions", within=config),
        synthetic=lambda w: retrieval.synthetic_captions(config, w.table),
        labels=LABELS,
        protocols=lookup("{table}/protocols", within=config),
    message:
        "{wildcards.table}"
    script:
        "../scripts/retrieval_table.py"


rule gallery:
    input:
        projected=PROJECTED,
        sentences=lambda w: rules.list_captions.output.sentences.format(**config[w.table]),
        images=lambda w: rules.draw_caption_validation.output.images.format(**config[w.table]),
        pictures=rendered_pictures,
    output:
        html=in_report("<results>/retrieval/{table}/gallery.html", "gallery"),
    resources:
        **growing(mem_mb=8000, runtime=20),
    params:
        method=lambda w: list(METHODS(w).items())[-1],
        labels=LABELS,
        folder=lambda w: config["captions"][config[w.table]["captions"]].get("images"),
    message:
        "pictures of what {wildcards.table} retrieved"
    script:
        "../scripts/draw_gallery.py"
