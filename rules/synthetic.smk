# The synthetic data sets: clips as video files, so that the default run decodes real videos.


RENDERED_BY = ("recipe", "scenes", "clips_per_class", "seed")


rule render_clips:
    output:
        clips=directory(f"<results>/{ACTIONS}/clips/{{scatteritem}}"),
    log:
        f"<logs>/{ACTIONS}/clips/{{scatteritem}}.log",
    params:
        settings=lambda w: {key: config["datasets"][w.dataset][key] for key in RENDERED_BY},
    message:
        "rendering {wildcards.dataset}, clips {wildcards.scatteritem}"
    script:
        "../scripts/render_clips.py"


rule preview_clips:
    output:
        picture=f"<results>/{ACTIONS}/preview.png",
    log:
        f"<logs>/{ACTIONS}/preview.log",
    params:
        settings=lambda w: {key: config["datasets"][w.dataset][key] for key in RENDERED_BY},
    message:
        "drawing one clip of every class of {wildcards.dataset}"
    script:
        "../scripts/preview_clips.py"
