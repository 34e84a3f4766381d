# From frames to feature sequences: a network per feature, a shard per job; or the user's own.


rule extract_features:
    input:
        frames=rules.decode_frames.output.frames,
        weights=weights_of,
    output:
        sequences=temp(f"<results>/{FEATURE}/shards/{{scatteritem}}.h5"),
    priority: 5  # frames are large and temporary: use them up before decoding more
    resources:
        **growing(mem_mb=3000, runtime=MINUTES_OF_FEATURES),
        **GPU,
    params:
        **looks_at(f"{RESULTS}/{FEATURE}/shards/{{scatteritem}}.seen.json"),
        settings=lambda w: without_source(config["features"][w.feature]),
    message:
        "{wildcards.feature} features of {wildcards.dataset}, shard {wildcards.scatteritem}"
    script:
        "../scripts/extract_features.py"


rule join_features:
    input:
        shards=gathered("clips-", f"<results>/{FEATURE}/shards/{{scatteritem}}.h5"),
        # ancient: another policy for bad videos is no news for features that are there
        usable=ancient(items_of),
        listed=rules.list_items.output.listed,
    output:
        sequences=f"<results>/{FEATURE}/sequences.h5",
    message:
        "joining the {wildcards.feature} features of {wildcards.dataset}"
    script:
        "../scripts/join_features.py"


rule check_sequences:
    input:
        sequences=sequences_of,
        listed=rules.list_items.output.listed,
    output:
        usable=f"<results>/{FEATURE}/items.csv",
    params:
        on_bad_video=config["on_bad_video"],
    message:
        "checking the {wildcards.feature} sequences given for {wildcards.dataset}"
    script:
        "../scripts/check_sequences.py"
