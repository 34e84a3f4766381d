# From videos to frames, a shard of videos per job, and the report of everything that was wrong with a video.
# A geometry such as every10-frame-short256 says which frames are kept and at what size.


rule decode_frames:
    input:
        listed=rules.list_items.output.listed,
        clips=shard_videos,
    output:
        frames=temp(f"{ACTIONS}/frames/{{geometry}}/{{scatteritem}}.h5"),
        report=temp(f"{ACTIONS}/frames/{{geometry}}/{{scatteritem}}.csv"),
    log:
        "logs/actions/{dataset}/frames/{geometry}/{scatteritem}.log",
    benchmark:
        "logs/actions/{dataset}/frames/{geometry}/{scatteritem}.tsv"
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        videos=videos_of,
        decoding=decoding_of,
        min_frames=config["min_frames"],
    message:
        "decoding {wildcards.dataset}, shard {wildcards.scatteritem}"
    script:
        "../scripts/decode_frames.py"


rule report_videos:
    input:
        reports=shard_reports,
    output:
        report=report(
            f"{ACTIONS}/frames/{{geometry}}/report.csv",
            caption="../report/videos.rst",
            category="Videos",
            labels={"data set": "{dataset}", "frames": "{geometry}"},
        ),
    log:
        "logs/actions/{dataset}/frames/{geometry}/report.log",
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    message:
        "reporting on the videos of {wildcards.dataset}"
    script:
        "../scripts/report_videos.py"


rule check_videos:
    input:
        report=rules.report_videos.output.report,
    output:
        usable=f"{ACTIONS}/frames/{{geometry}}/items.csv",
    log:
        "logs/actions/{dataset}/frames/{geometry}/items.log",
    priority: 100
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        on_bad_video=config["on_bad_video"],
    # The list of bad videos is no declared output, so that it survives when this job stops the run.
    message:
        "checking the videos of {wildcards.dataset}"
    script:
        "../scripts/check_videos.py"
