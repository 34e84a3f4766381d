# From videos to frames, a shard of videos per job, and the report of everything that was wrong with a video.
# Every feature has frames of its own, at the rate and size its network wants: a new feature leaves the others alone.


rule decode_frames:
    input:
        listed=rules.list_items.output.listed,
        clips=shard_videos,
        room=ancient(shard_before),  # frames are large: their network uses them up before there are more
    output:
        frames=temp(f"results/{FEATURE}/frames/{{scatteritem}}.h5"),
        report=temp(f"results/{FEATURE}/frames/{{scatteritem}}.csv"),
    log:
        f"logs/{FEATURE}/frames/{{scatteritem}}.log",
    benchmark:
        f"logs/{FEATURE}/frames/{{scatteritem}}.tsv"
    wildcard_constraints:
        feature=any_of(config["features"]),
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=1000, runtime=60),
    params:
        videos=videos_of,
        decoding=decoding_of,
        min_frames=config["min_frames"],
    message:
        "decoding {wildcards.dataset} for {wildcards.feature}, shard {wildcards.scatteritem}"
    script:
        "../scripts/decode_frames.py"


rule report_videos:
    input:
        reports=shard_reports,
    output:
        report=report(
            f"results/{FEATURE}/frames/report.csv",
            caption="../report/videos.rst",
            category="Videos",
            labels={"data set": "{dataset}", "feature": "{feature}"},
        ),
    log:
        f"logs/{FEATURE}/frames/report.log",
    conda:
        "../envs/rnnfv.yaml"
    message:
        "reporting on the videos of {wildcards.dataset}"
    script:
        "../scripts/report_videos.py"


rule check_videos:
    input:
        report=rules.report_videos.output.report,
    output:
        usable=f"results/{FEATURE}/frames/items.csv",
    log:
        f"logs/{FEATURE}/frames/items.log",
    priority: 100
    conda:
        "../envs/rnnfv.yaml"
    params:
        on_bad_video=config["on_bad_video"],
        listed_in="bad_videos.csv",
    # The list of bad videos is no declared output, so that it survives when this job stops the run.
    message:
        "checking the videos of {wildcards.dataset}"
    script:
        "../scripts/check_videos.py"
