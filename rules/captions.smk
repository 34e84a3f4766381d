# Caption data sets: images and sentences with their part of the data; pictures; features of images by the same network
# as video frames, a shard of images per job, every image that cannot be used reported.


rule list_captions:
    input:
        files=caption_files,
    output:
        images=f"{CAPTIONS}/images.csv",
        sentences=f"{CAPTIONS}/sentences.csv",
        partners=f"{CAPTIONS}/partners.csv",
    log:
        f"{CAPTION_LOGS}/captions.log",
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        settings=captions_of,
    message:
        "reading the captions of {wildcards.captions}"
    script:
        "../scripts/list_captions.py"


rule render_pictures:
    input:
        images=rules.list_captions.output.images,
    output:
        pictures=directory(f"{CAPTIONS}/pictures/{{scatteritem}}"),
    log:
        f"{CAPTION_LOGS}/pictures/{{scatteritem}}.log",
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        settings=captions_of,
    message:
        "drawing pictures of {wildcards.captions}, shard {wildcards.scatteritem}"
    script:
        "../scripts/render_pictures.py"


rule extract_images:
    input:
        images=rules.list_captions.output.images,
        pictures=pictures_of,
        weights=weights_of,
    output:
        vectors=temp(f"{CAPTIONS}/{{feature}}/shards/{{scatteritem}}.h5"),
        report=temp(f"{CAPTIONS}/{{feature}}/shards/{{scatteritem}}.csv"),
    log:
        f"{CAPTION_LOGS}/{{feature}}/shards/{{scatteritem}}.log",
    benchmark:
        f"{CAPTION_LOGS}/{{feature}}/shards/{{scatteritem}}.tsv"
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=240,
        gpu=gpus(),
        device=config["device"],
    params:
        settings=feature_settings,
        folder=image_folder,
    message:
        "{wildcards.feature} of the images of {wildcards.captions}, shard {wildcards.scatteritem}"
    script:
        "../scripts/extract_images.py"


rule join_images:
    input:
        images=rules.list_captions.output.images,
        shards=image_features,
        reports=image_reports,
    output:
        vectors=f"{CAPTIONS}/{{feature}}/images.h5",
    log:
        f"{CAPTION_LOGS}/{{feature}}/images.log",
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=6000,
        runtime=20,
    params:
        on_bad=config["on_bad_video"],
        own=own_vectors,
        usable=f"{CAPTIONS}/{{feature}}/items.csv",
    # The list of bad images is no declared output, so that it survives when this job stops the run.
    message:
        "joining {wildcards.feature} of the images of {wildcards.captions}"
    script:
        "../scripts/join_images.py"
