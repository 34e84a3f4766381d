# Table 2: networks trained on another data set, normalised vectors of single representations, their early fusion.


rule transfer_rnn:
    input:
        sequences=transferred_sequences,
        usable=ancient(items_of),
        manifest=rules.manifest.output.manifest,
        network=source_network,
        pca=source_pca,
    output:
        vectors=temp(f"results/{TRANSFERRED}/seed{{seed}}/vectors.h5"),
    log:
        f"logs/{TRANSFERRED}/seed{{seed}}/transfer.log",
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=4000, runtime=60),
        **GPU,
    params:
        trained_on="{donor}",
    message:
        "{wildcards.feature} of {wildcards.dataset}, split {wildcards.split}, by the RNN of {wildcards.donor}"
    script:
        "../scripts/transfer_rnn.py"


rule normalize_transferred:
    input:
        vectors=rules.transfer_rnn.output.vectors,
        manifest=rules.manifest.output.manifest,
    output:
        vectors=f"results/{TRANSFERRED}/seed{{seed}}/normalized.h5",
    log:
        f"logs/{TRANSFERRED}/seed{{seed}}/normalize.log",
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=8000, runtime=120),
    params:
        grid=transferred_grid,
    message:
        "normalising what the RNN of {wildcards.donor} says of {wildcards.dataset}, split {wildcards.split}"
    script:
        "../scripts/normalize.py"


rule normalize:
    input:
        vectors=f"results/{SPLIT}/{{pooling}}/seed{{seed}}/vectors.h5",
        choice=chosen_before,
        manifest=rules.manifest.output.manifest,
    output:
        vectors=f"results/{SPLIT}/{{pooling}}/seed{{seed}}/normalized.h5",
    log:
        f"logs/{SPLIT}/{{pooling}}/seed{{seed}}/normalize.log",
    priority: 10  # its input is large and temporary
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=8000, runtime=120),
    params:
        grid=grid_of,
    message:
        "normalising {wildcards.pooling} of {wildcards.feature}, {wildcards.dataset}, split {wildcards.split}"
    script:
        "../scripts/normalize.py"


rule fuse:
    input:
        members=fused_members,
        manifest=rules.manifest.output.manifest,
    output:
        metrics=f"results/{FUSED}/metrics.json",
        predictions=f"results/{FUSED}/predictions.csv",
    log:
        f"logs/{FUSED}/fuse.log",
    benchmark:
        f"logs/{FUSED}/fuse.tsv"
    conda:
        "../envs/rnnfv.yaml"
    resources:
        **growing(mem_mb=8000, runtime=240),
    params:
        names=members_of_row,
        seeds=seeds_of_row,
        C=config["svm"]["C"],
    message:
        "Table 2, {wildcards.row} of {wildcards.dataset}, split {wildcards.split}"
    script:
        "../scripts/fuse.py"


rule table2:
    input:
        metrics=table2_metrics,
        pictures=table2_pictures,
        published=f"{workflow.basedir}/data/published.csv",
    output:
        csv=report("results/table2.csv", caption="../report/table2.rst", category="Tables"),
        md="results/table2.md",
        tex="results/table2.tex",
    log:
        "logs/table2.log",
    conda:
        "../envs/rnnfv.yaml"
    params:
        rows=TABLE2,
        missing=fusion_planning.missing_rows(config) if TABLE2 else [],
        synthetic=planning.synthetic(config, "table2"),
    message:
        "Table 2"
    script:
        "../scripts/table2.py"
