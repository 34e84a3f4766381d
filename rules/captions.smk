# Caption data sets: images and sentences with their part of the data; pictures; features of images
# by the same network as video frames, a shard per job; every image that cannot be used is reported.


rule list_captions:
    input:
        files=lambda w: fetched_or(
            config["captions"][w.captions], sentences.caption_files(config, w.captions)
        ),
    output:
        listed=f"<results>/{CAPTIONS}/listed.csv",
        sentences=f"<results>/{CAPTIONS}/sentences.csv",
        partners=f"<results>/{CAPTIONS}/partners.csv",
    resources:
        **growing(mem_mb=3000, runtime=20),
    params:
        settings=lambda w: sentences.caption_settings(config, w.captions),
    message:
        "reading the captions of {wildcards.captions}"
    script:
        "../scripts/list_captions.py"


# A job of its own, so that another choice of validation images does not make all features anew.
rule draw_caption_validation:
    input:
        listed=rules.list_captions.output.listed,
        sentences=rules.list_captions.output.sentences,
    output:
        images=f"<results>/{CAPTIONS}/images.csv",
    resources:
        **growing(mem_mb=3000, runtime=10),
    params:
        validation=lookup("{captions}/validation", within=config["captions"]),
        seed=lookup("{captions}/validation_seed", within=config["captions"]),
    message:
        "drawing the validation images of {wildcards.captions}"
    script:
        "../scripts/draw_caption_validation.py"


rule render_pictures:
    input:
        listed=rules.list_captions.output.listed,
    output:
        pictures=directory(f"<results>/{CAPTIONS}/pictures/{{scatteritem}}"),
    params:
        style=lookup("{captions}/style", within=config["captions"]),
        seed=lookup("{captions}/seed", within=config["captions"]),
    message:
        "drawing pictures of {wildcards.captions}, shard {wildcards.scatteritem}"
    script:
        "../scripts/render_pictures.py"


rule preview_pictures:
    output:
        picture=f"<results>/{CAPTIONS}/preview.png",
    params:
        style=lookup("{captions}/style", within=config["captions"]),
        seed=lookup("{captions}/seed", within=config["captions"]),
    message:
        "drawing some pictures of {wildcards.captions}"
    script:
        "../scripts/preview_pictures.py"


rule extract_images:
    input:
        listed=rules.list_captions.output.listed,
        pictures=branch(
            lookup("{captions}/layout", within=config["captions"]),
            cases={"synthetic": rules.render_pictures.output.pictures},
            otherwise=[],
        ),
        bad=bad_before(f"{CAPTIONS}/{{feature}}/bad_images.csv"),
        weights=weights_of,
    output:
        features=temp(f"<results>/{CAPTIONS}/{{feature}}/shards/{{scatteritem}}.h5"),
        report=f"<results>/{CAPTIONS}/{{feature}}/shards/{{scatteritem}}.csv",  # stays, as frames'
    resources:
        **growing(mem_mb=3000, runtime=MINUTES_OF_FEATURES),
        **GPU,
    params:
        **looks_at(f"{RESULTS}/{CAPTIONS}/{{feature}}/shards/{{scatteritem}}.seen.json"),
        settings=lambda w: without_source(config["features"][w.feature]),
        folder=lookup("{captions}/images", within=config["captions"], default=None),
    message:
        "{wildcards.feature} of the images of {wildcards.captions}, shard {wildcards.scatteritem}"
    script:
        "../scripts/extract_images.py"


rule check_images:
    input:
        listed=rules.list_captions.output.listed,
        reports=unless_given(rules.extract_images.output.report),
        own=OWN_VECTORS,
    output:
        report=f"<results>/{CAPTIONS}/{{feature}}/report.csv",
        page=in_report(f"<results>/{CAPTIONS}/{{feature}}/report.html", "images"),
        usable=f"<results>/{CAPTIONS}/{{feature}}/items.csv",
        notes=f"<results>/{CAPTIONS}/{{feature}}/notes.json",
    priority: 100
    params:
        on_bad_video=config["on_bad_video"],
        on_leak=config["on_leak"],
        folder=lookup("{captions}/images", within=config["captions"], default=None),
        bad=f"{RESULTS}/{CAPTIONS}/{{feature}}/bad_images.csv",  # see bad_before
    message:
        "checking the images of {wildcards.captions}"
    script:
        "../scripts/check_images.py"


rule join_images:
    input:
        shards=unless_given(rules.extract_images.output.features),
        own=OWN_VECTORS,
        usable=ancient(rules.check_images.output.usable),
    output:
        vectors=f"<results>/{CAPTIONS}/{{feature}}/images.h5",
    resources:
        **growing(mem_mb=6000, runtime=20),
    message:
        "joining {wildcards.feature} of the images of {wildcards.captions}"
    script:
        "../scripts/join_images.py"
