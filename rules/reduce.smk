# Fewer dimensions for the elements: PCA fitted on the training items of a split alone, or the image
# side of a CCA with sentences, learnt on another data set altogether.


TRANSFER = config.get("transfer", {})
TRANSFERRED_CCA = []
if TRANSFER:
    seed = sentences.seeds_of(config, TRANSFER["model"], TRANSFER["words"])[0]
    TRANSFERRED_CCA = f"<results>/{MODEL}/cca.h5".format(**TRANSFER, feature="{feature}", seed=seed)


rule reduce_pca:
    input:
        sequences=sequences_of,
        usable=ancient(items_of),
        manifest=rules.manifest.output.manifest,
    output:
        sequences=f"<results>/{FEATURE}/pca/split{{split}}/sequences.h5",
        pca=f"<results>/{FEATURE}/pca/split{{split}}/pca.rnnfv",
    resources:
        **growing(mem_mb=2000, runtime=60),
    params:
        components=config["pca"]["components"],
    message:
        "PCA of {wildcards.feature}, {wildcards.dataset}, split {wildcards.split}"
    script:
        "../scripts/reduce_pca.py"


rule reduce_cca:
    input:
        sequences=sequences_of,
        usable=ancient(items_of),
        manifest=rules.manifest.output.manifest,
        cca=TRANSFERRED_CCA,
    output:
        sequences=f"<results>/{FEATURE}/cca/split{{split}}/sequences.h5",
    resources:
        **growing(mem_mb=2000, runtime=60),
    params:
        components=TRANSFER.get("components"),
        captions=TRANSFER.get("captions"),
    message:
        "CCA of {wildcards.feature}, {wildcards.dataset}, split {wildcards.split}"
    script:
        "../scripts/reduce_cca.py"
