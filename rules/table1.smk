# Table 1, from the metrics of every split.


rule table1:
    input:
        metrics=[rules.classify.output.metrics.format(**place) for place in TABLE1_SPLITS],
        usable=ancient([items_of(row).format(**row) for row in TABLE1]),
        pictures=[rules.confusion.output.plot.format(**place) for place in TABLE1_SPLITS],
        notes=leak_notes(row["dataset"] for row in TABLE1),
        published=f"{workflow.basedir}/data/published.csv",
    output:
        **table_files("table1", "table1"),
    params:
        rows=TABLE1,
        synthetic=actions.synthetic(config),
        drawn=actions.drawn_splits(config),
        missing=actions.features_without_weights(config),
    message:
        "Table 1"
    script:
        "../scripts/table1.py"


rule draw_order:
    input:
        table="<results>/table1.csv",
    output:
        picture="docs/images/order.png",
    log:
        "<logs>/order.log",
    params:
        seed=lookup("synthetic-pairs/seed", within=config["datasets"], default=None),
    message:
        "drawing clips that are each other's reverse beside Table 1"
    script:
        "../scripts/draw_order.py"
