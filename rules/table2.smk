# Table 2: networks of another data set, normalised vectors of single representations, early fusion.
BY_PCA = lambda w: w.reduction == "pca"
ROW_OF = lambda w: fusion.row_at(config, w)
DONOR_OF = lambda w: fusion.place_of_donor(config, w)
TRACK_PICTURE = rules.draw_trajectories.output.picture
IS_TRAINED = lambda w: POOLINGS[w.pooling].trained
FUSED_VECTORS = {
    "own": f"<results>/{SPLIT}/{{pooling}}/seed{{seed}}/normalized.h5",
    "transferred": f"<results>/{TRANSFERRED}/seed{{seed}}/normalized.h5",
    "trajectories": f"<results>/{TRACKS}/split{{split}}/seed{{seed}}/vectors.h5",
}
TRANSFER_INPUT = {
    # Elements are projected anew by the other data set's PCA; those by CCA are ready.
    "sequences": branch(BY_PCA, then=sequences_of, otherwise=f"<results>/{SPLIT}/sequences.h5"),
    "usable": ancient(items_of),
    "manifest": rules.manifest.output.manifest,
    "networks": lambda w: expand(rules.train_rnn.output.networks, **DONOR_OF(w)),
    "pca": branch(BY_PCA, then=lambda w: rules.reduce_pca.output.pca.format(**DONOR_OF(w))),
}


rule transfer_rnn:
    input:
        **TRANSFER_INPUT,
    output:
        vectors=by_seed(FUSED_VECTORS["transferred"]),
    resources:
        **growing(mem_mb=12000, runtime=240),
    params:
        settings=POOLING_SETTINGS,
        seeds=config["seeds"],
    message:
        "{wildcards.feature} of {wildcards.dataset}, split {wildcards.split}, by the RNNs of "
        "{wildcards.donor}"
    script:
        "../scripts/transfer_rnn.py"


rule normalize:
    input:
        sequences=f"<results>/{SPLIT}/sequences.h5",
        manifest=rules.manifest.output.manifest,
        networks=branch(IS_TRAINED, then=rules.train_rnn.output.networks),
        choices=branch(IS_TRAINED, then=rules.train_rnn.output.choices),
    output:
        vectors=by_seed(FUSED_VECTORS["own"]),
    resources:
        **growing(mem_mb=12000, runtime=720),
    params:
        settings=POOLING_SETTINGS,
        folds=config["validation"]["folds"],
        seeds=config["seeds"],
    message:
        f"normalising {{wildcards.pooling}} of {ON_SPLIT}"
    script:
        "../scripts/normalize.py"


rule fuse:
    input:
        members=lambda w: [
            path
            for split in splits_of(w)
            for path in fusion.member_files(
                config, {**w, "split": split}, FUSED_VECTORS, ROW_OF(w)["seeds"]
            )
        ],
        manifest=rules.manifest.output.manifest,
    output:
        metrics=f"<results>/{ACTIONS}/table2/{{row}}/metrics.json",
        predictions=f"<results>/{ACTIONS}/table2/{{row}}/predictions.csv",
    resources:
        **growing(mem_mb=8000, runtime=1440),
    params:
        names=lambda w: ROW_OF(w)["members"],
        seeds=lambda w: ROW_OF(w)["seeds"],
        splits=splits_of,
        C=config["svm"]["C"],
    message:
        "Table 2, {wildcards.row} of {wildcards.dataset}"
    script:
        "../scripts/fuse.py"


rule table2:
    input:
        metrics=[rules.fuse.output.metrics.format(**row) for row in TABLE2],
        pictures=[TRACK_PICTURE.format(**tracked) for tracked in fusion.tracked(config)],
        notes=leak_notes(row["dataset"] for row in TABLE2),
        published=f"{workflow.basedir}/data/published.csv",
    output:
        **table_files("table2", "table2"),
    params:
        rows=TABLE2,
        missing=fusion.missing_rows(config),
        synthetic=actions.synthetic(config, "table2"),
        drawn=actions.drawn_splits(config, "table2"),
    message:
        "Table 2"
    script:
        "../scripts/table2.py"
