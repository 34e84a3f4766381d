# Which videos there are: id, path, label, group and the part (train, val, test, unused) in every
# split. In two files: videos are decoded by the first, which stays when validation is drawn anew.

DATASET = lambda w: config["datasets"][w.dataset]


rule list_items:
    input:
        lists=lambda w: fetched_or(DATASET(w), actions.list_files(DATASET(w))),
    output:
        listed=f"<results>/{ACTIONS}/listed.csv",
    params:
        settings=lambda w: actions.listing(DATASET(w)),
        videos=videos_of,
    message:
        "reading the lists of {wildcards.dataset}"
    script:
        "../scripts/list_items.py"


# Nothing is decoded before every file has been looked for.
rule check_files:
    input:
        listed=rules.list_items.output.listed,
    output:
        files=f"<results>/{ACTIONS}/files.csv",
    params:
        videos=videos_of,
        on_bad_video=config["on_bad_video"],
        bad=f"{RESULTS}/{ACTIONS}/missing_videos.csv",
    message:
        "looking for the videos of {wildcards.dataset}"
    script:
        "../scripts/check_files.py"


rule check_leaks:
    input:
        listed=rules.list_items.output.listed,
        sequences=lambda w: list(DATASET(w).get("sequences", {}).values()),
        donors=lambda w: expand(rules.list_items.output.listed, dataset=fusion.donors(config, w)),
        theirs=lambda w: [
            path for donor in fusion.donors(config, w).values() for path in donor["sequences"]
        ],
    output:
        notes=f"<results>/{ACTIONS}/notes.json",
    priority: 100
    params:
        **looks_at(f"{RESULTS}/{ACTIONS}/notes.seen.json"),
        videos=videos_of,
        splits=splits_of,
        on_leak=config["on_leak"],
        drawn=lambda w: actions.is_drawn(DATASET(w)),
        donors=lambda w: fusion.donors(config, w),
    message:
        "looking for what {wildcards.dataset} both trains and tests on"
    script:
        "../scripts/check_leaks.py"


rule manifest:
    input:
        listed=rules.list_items.output.listed,
        notes=ancient(lambda w: leak_notes([w.dataset])),
    output:
        manifest=f"<results>/{ACTIONS}/manifest.csv",
    params:
        splits=splits_of,
        validation={key: config["validation"][key] for key in ("fraction", "seed")},
    message:
        "drawing the validation items of {wildcards.dataset}"
    script:
        "../scripts/draw_validation.py"
