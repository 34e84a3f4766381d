# Improved dense trajectories: tracks of every video, a shard of videos per job; a codebook of the training tracks of a split;
# Fisher vectors. The report of bad videos is that of frames.smk, in the folder that is named after the trajectories.


rule extract_trajectories:
    input:
        listed=rules.list_items.output.listed,
        clips=shard_videos,
        people=people_of,
    output:
        tracks=temp(f"results/{TRACKS}/tracks/{{scatteritem}}.h5"),
        report=f"results/{TRACKS}/frames/{{scatteritem}}.csv",
    log:
        f"logs/{TRACKS}/tracks/{{scatteritem}}.log",
    benchmark:
        f"logs/{TRACKS}/tracks/{{scatteritem}}.tsv"
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=2000, runtime=720),
    params:
        videos=videos_of,
        text=text_tracks,
        settings=tracking_of,
        short_side=tracked_size,
        max_tracks=tracks_kept,
        min_frames=config["min_frames"],
    message:
        "tracks of {wildcards.dataset}, shard {wildcards.scatteritem}"
    script:
        "../scripts/extract_trajectories.py"


rule fit_codebook:
    input:
        tracks=shard_tracks,
        usable=ancient(items_of_trajectories),
        manifest=rules.manifest.output.manifest,
    output:
        codebook=f"results/{TRACKS}/split{{split}}/seed{{seed}}/codebook.h5",
    log:
        f"logs/{TRACKS}/split{{split}}/seed{{seed}}/codebook.log",
    benchmark:
        f"logs/{TRACKS}/split{{split}}/seed{{seed}}/codebook.tsv"
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=8000, runtime=360),
    params:
        settings=encoding_of,
    message:
        "codebook of {wildcards.trajectories}, {wildcards.dataset}, split {wildcards.split}, seed {wildcards.seed}"
    script:
        "../scripts/fit_codebook.py"


rule encode_trajectories:
    input:
        tracks=shard_tracks,
        codebook=rules.fit_codebook.output.codebook,
        usable=ancient(items_of_trajectories),
        manifest=rules.manifest.output.manifest,
    output:
        vectors=f"results/{TRACKS}/split{{split}}/seed{{seed}}/vectors.h5",
    log:
        f"logs/{TRACKS}/split{{split}}/seed{{seed}}/encode.log",
    benchmark:
        f"logs/{TRACKS}/split{{split}}/seed{{seed}}/encode.tsv"
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=3000, runtime=720),
    params:
        alpha=power_of_tracks,
    message:
        "Fisher vectors of {wildcards.trajectories}, {wildcards.dataset}, split {wildcards.split}, seed {wildcards.seed}"
    script:
        "../scripts/encode_trajectories.py"


rule draw_trajectories:
    input:
        listed=rules.list_items.output.listed,
        clips=all_clips,
        people=people_of,
    output:
        picture=report(
            f"results/{TRACKS}/tracks.png",
            caption="../report/tracks.rst",
            category="Trajectories",
            labels={"data set": "{dataset}", "trajectories": "{trajectories}"},
        ),
    log:
        f"logs/{TRACKS}/tracks.log",
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=2000, runtime=30),
    params:
        videos=videos_of,
        settings=tracking_of,
        short_side=tracked_size,
    message:
        "drawing tracks of {wildcards.dataset}, before and after stabilisation"
    script:
        "../scripts/draw_trajectories.py"
