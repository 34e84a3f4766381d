# Caption data sets: images and sentences with their part of the data; pictures; features of images by the same network
# as video frames, a shard of images per job, every image that cannot be used reported.


def caption_files(wildcards):
    """The files that hold the captions and say which image is in which split."""
    settings = config["captions"][wildcards.captions]
    if "source" in settings:
        return markers_of(settings["source"])
    files, splits = settings.get("captions", []), settings.get("splits", {})
    files = [files] if isinstance(files, str) else files
    return [*files, *([splits] if isinstance(splits, str) else splits.values())]


def captions_of(wildcards):
    """What the list of images and sentences depends on."""
    left_out = ("images", "vectors", "shards", "source", "validation", "validation_seed")
    settings = config["captions"][wildcards.captions]
    return {key: settings[key] for key in sorted(set(settings) - set(left_out))}


def pictures_of(wildcards):
    """The folder of a shard's rendered pictures; nothing where images are the user's."""
    drawn = config["captions"][wildcards.captions]["layout"] == "synthetic"
    return rules.render_pictures.output.pictures if drawn else []


def image_shards(kind):
    """The shards' features or reports; none where the user gives features."""

    def files(wildcards):
        pattern = getattr(rules.extract_images.output, kind)
        every_shard = getattr(gather, f"captions-{wildcards.captions}")
        return [] if OWN_VECTORS(wildcards) else every_shard(pattern, **wildcards)

    return files


OWN_VECTORS = lookup("{captions}/vectors/{feature}", within=config["captions"], default=[])


rule list_captions:
    input:
        files=caption_files,
    output:
        listed=f"results/{CAPTIONS}/listed.csv",
        sentences=f"results/{CAPTIONS}/sentences.csv",
        partners=f"results/{CAPTIONS}/partners.csv",
    log:
        f"logs/{CAPTIONS}/captions.log",
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=3000, runtime=20),
    params:
        settings=captions_of,
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
        images=f"results/{CAPTIONS}/images.csv",
    log:
        f"logs/{CAPTIONS}/validation.log",
    conda:
        "../envs/rnnfv.yaml"
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
        pictures=directory(f"results/{CAPTIONS}/pictures/{{scatteritem}}"),
    log:
        f"logs/{CAPTIONS}/pictures/{{scatteritem}}.log",
    conda:
        "../envs/rnnfv.yaml"
    params:
        style=lookup("{captions}/style", within=config["captions"]),
        seed=lookup("{captions}/seed", within=config["captions"]),
    message:
        "drawing pictures of {wildcards.captions}, shard {wildcards.scatteritem}"
    script:
        "../scripts/render_pictures.py"


rule preview_pictures:
    output:
        picture=f"results/{CAPTIONS}/preview.png",
    log:
        f"logs/{CAPTIONS}/preview.log",
    conda:
        "../envs/rnnfv.yaml"
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
        pictures=pictures_of,
        weights=weights_of,
    output:
        features=temp(f"results/{CAPTIONS}/{{feature}}/shards/{{scatteritem}}.h5"),
        report=temp(f"results/{CAPTIONS}/{{feature}}/shards/{{scatteritem}}.csv"),
    log:
        f"logs/{CAPTIONS}/{{feature}}/shards/{{scatteritem}}.log",
    benchmark:
        f"logs/{CAPTIONS}/{{feature}}/shards/{{scatteritem}}.tsv"
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=3000, runtime=minutes_of_features),
        **GPU,
    params:
        settings=feature_settings,
        folder=lookup("{captions}/images", within=config["captions"], default=None),
    message:
        "{wildcards.feature} of the images of {wildcards.captions}, shard {wildcards.scatteritem}"
    script:
        "../scripts/extract_images.py"


rule report_images:
    input:
        listed=rules.list_captions.output.listed,
        reports=image_shards("report"),
        own=OWN_VECTORS,
    output:
        report=report(
            f"results/{CAPTIONS}/{{feature}}/report.csv",
            caption="../report/images.rst",
            category="Captions",
            labels={"data set": "{captions}", "feature": "{feature}"},
        ),
    log:
        f"logs/{CAPTIONS}/{{feature}}/report.log",
    conda:
        "../envs/rnnfv.yaml"
    message:
        "reporting on the images of {wildcards.captions}"
    script:
        "../scripts/report_images.py"


rule check_images:
    input:
        report=rules.report_images.output.report,
    output:
        usable=f"results/{CAPTIONS}/{{feature}}/items.csv",
    log:
        f"logs/{CAPTIONS}/{{feature}}/items.log",
    priority: 100
    conda:
        "../envs/rnnfv.yaml"
    params:
        on_bad_video=config["on_bad_video"],
        listed_in="bad_images.csv",
    # The list of bad images is no declared output, so that it survives when this job stops the run.
    message:
        "checking the images of {wildcards.captions}"
    script:
        "../scripts/check_videos.py"


rule join_images:
    input:
        shards=image_shards("features"),
        own=OWN_VECTORS,
        usable=ancient(rules.check_images.output.usable),
    output:
        vectors=f"results/{CAPTIONS}/{{feature}}/images.h5",
    log:
        f"logs/{CAPTIONS}/{{feature}}/images.log",
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=6000, runtime=20),
    message:
        "joining {wildcards.feature} of the images of {wildcards.captions}"
    script:
        "../scripts/join_images.py"
