# Improved dense trajectories: tracks of every video, a shard of videos per job; a codebook of the
# training tracks of a split for every seed; Fisher vectors. The report of bad videos is that of
# frames.smk, in the folder that is named after the trajectories.


ENCODED_BY = ("length", "components", "max_samples", "max_iter")
# Rendered clips, and text files of the original program, are looked for elsewhere.
HAS_NO_FILES = lambda w: (
    is_rendered(w) or w.trajectories in config["datasets"][w.dataset].get("tracks", {})
)
TRACKED_BY = {name: fusion.trajectory_settings(config, name) for name in config["trajectories"]}


rule extract_trajectories:
    input:
        listed=rules.list_items.output.listed,
        clips=branch(is_rendered, then=f"<results>/{ACTIONS}/clips/{{scatteritem}}"),
        files=ancient(branch(HAS_NO_FILES, then=[], otherwise=rules.check_files.output.files)),
        bad=bad_before(f"{TRACKS}/frames/bad_videos.csv"),
        people=people_of,
    output:
        tracks=temp(f"<results>/{TRACKS}/tracks/{{scatteritem}}.h5"),
        report=f"<results>/{TRACKS}/frames/{{scatteritem}}.csv",
    resources:
        **growing(mem_mb=2000, runtime=720),
    params:
        **looks_at(f"{RESULTS}/{TRACKS}/frames/{{scatteritem}}.seen.json"),
        videos=videos_of,
        text=lookup("{dataset}/tracks/{trajectories}", within=config["datasets"], default=None),
        settings=lambda w: TRACKED_BY[w.trajectories],
        short_side=lookup("{trajectories}/short_side", within=config["trajectories"]),
        max_tracks=lookup("{trajectories}/max_tracks", within=config["trajectories"]),
        min_frames=config["min_frames"],
    message:
        "tracks of {wildcards.dataset}, shard {wildcards.scatteritem}"
    script:
        "../scripts/extract_trajectories.py"


rule encode_trajectories:
    input:
        tracks=gathered("tracks-", rules.extract_trajectories.output.tracks),
        usable=ancient(f"<results>/{TRACKS}/frames/items.csv"),
        manifest=rules.manifest.output.manifest,
    output:
        codebooks=by_seed(f"<results>/{TRACKS}/split{{split}}/seed{{seed}}/codebook.rnnfv"),
        vectors=by_seed(f"<results>/{TRACKS}/split{{split}}/seed{{seed}}/vectors.h5"),
    resources:
        **growing(mem_mb=8000, runtime=1440),
    params:
        settings=lambda w: {k: config["trajectories"][w.trajectories][k] for k in ENCODED_BY},
        alpha=lookup("{trajectories}/alpha", within=config["trajectories"]),
        seeds=config["seeds"],
    message:
        "Fisher vectors of {wildcards.trajectories}, {wildcards.dataset}, split {wildcards.split}"
    script:
        "../scripts/encode_trajectories.py"


rule draw_trajectories:
    input:
        listed=rules.list_items.output.listed,
        clips=branch(is_rendered, then=gathered("clips-", rules.render_clips.output.clips)),
        people=people_of,
    output:
        picture=in_report(f"<results>/{TRACKS}/tracks.png", "tracks"),
    resources:
        **growing(mem_mb=2000, runtime=30),
    params:
        videos=videos_of,
        settings=lambda w: TRACKED_BY[w.trajectories],
        short_side=lookup("{trajectories}/short_side", within=config["trajectories"]),
    message:
        "drawing tracks of {wildcards.dataset}, before and after stabilisation"
    script:
        "../scripts/draw_trajectories.py"
