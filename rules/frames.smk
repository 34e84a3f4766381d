# From videos to frames, a shard per job, and the report of everything that was wrong with a video.
# Every feature has frames of its own, as its network wants them: a new one leaves others alone.


rule decode_frames:
    input:
        listed=rules.list_items.output.listed,
        clips=branch(is_rendered, then=f"<results>/{ACTIONS}/clips/{{scatteritem}}"),
        # ancient: another policy for missing videos decodes nothing again
        files=ancient(branch(is_rendered, then=[], otherwise=rules.check_files.output.files)),
        bad=bad_before(f"{FEATURE}/frames/bad_videos.csv"),
        room=ancient(shard_before),  # frames are large: the network uses them up before more come
    output:
        frames=temp(f"<results>/{FEATURE}/frames/{{scatteritem}}.h5"),
        # kept, so that another policy for bad videos decodes nothing again
        report=f"<results>/{FEATURE}/frames/{{scatteritem}}.csv",
    wildcard_constraints:
        feature=any_of(config["features"]),
    resources:
        **growing(mem_mb=1000, runtime=60),
    params:
        **looks_at(f"{RESULTS}/{FEATURE}/frames/{{scatteritem}}.seen.json"),
        videos=videos_of,
        decoding=lambda w: NETWORKS[w.feature].decoding,
        min_frames=config["min_frames"],
    message:
        "decoding {wildcards.dataset} for {wildcards.feature}, shard {wildcards.scatteritem}"
    script:
        "../scripts/decode_frames.py"


rule check_videos:
    input:
        reports=shard_reports,
    output:
        report=f"<results>/{FEATURE}/frames/report.csv",
        page=in_report(f"<results>/{FEATURE}/frames/report.html", "videos"),
        usable=f"<results>/{FEATURE}/frames/items.csv",
    priority: 100
    params:
        on_bad_video=config["on_bad_video"],
        bad=f"{RESULTS}/{FEATURE}/frames/bad_videos.csv",  # see bad_before
    message:
        "checking the videos of {wildcards.dataset}"
    script:
        "../scripts/check_videos.py"
