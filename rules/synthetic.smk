# The embedded data sets: clips drawn by rule into real video files, so that the default run decodes real videos.


rule render_clips:
    output:
        clips=directory(f"{ACTIONS}/clips/{{scatteritem}}"),
    log:
        "logs/actions/{dataset}/clips/{scatteritem}.log",
    benchmark:
        "logs/actions/{dataset}/clips/{scatteritem}.tsv"
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        settings=rendering_of,
    message:
        "rendering {wildcards.dataset}, clips {wildcards.scatteritem}"
    script:
        "../scripts/render_clips.py"


rule preview_clips:
    output:
        picture=f"{ACTIONS}/preview.png",
    log:
        "logs/actions/{dataset}/preview.log",
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        settings=rendering_of,
    message:
        "drawing one clip of every class of {wildcards.dataset}"
    script:
        "../scripts/preview_clips.py"
