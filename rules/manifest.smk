# Which videos there are: id, path, label, group and the part (train, val, test, unused) in every split.


rule manifest:
    input:
        lists=split_lists,
    output:
        manifest=f"{ACTIONS}/manifest.csv",
    log:
        "logs/actions/{dataset}/manifest.log",
    conda:
        "../envs/rnnfv.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        settings=dataset,
        validation=config["validation"],
    message:
        "reading the lists of {wildcards.dataset}"
    script:
        "../scripts/make_manifest.py"
