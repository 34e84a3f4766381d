# The synthetic data sets: clips as video files, so that the default run decodes real videos.


RENDERED_BY = ("recipe", "scenes", "clips_per_class", "seed")


rule render_clips:
    output:
        clips=directory(f"<results>/{ACTIONS}/clips/{{scatteritem}}"),
    params:
        settings=lambda w: {key: config["datasets"][w.dataset][key] for key in RENDERED_BY},
    message:
        "rendering {wildcards.dataset}, clips {wildcards.scatteritem}"
    script:
        "../scripts/render_clips.py"


rule preview_clips:
    output:
        picture=f"<results>/{ACTIONS}/preview.png",
    params:
        settings=lambda w: {key: config["datasets"][w.dataset][key] for key in RENDERED_BY},
    message:
        "drawing one clip of every class of {wildcards.dataset}"
    script:
        "../scripts/preview_clips.py"
