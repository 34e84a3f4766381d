# What each table was made by: code, configuration, packages, machine, features. No table depends
# on it.
DESCRIBED = [name for name in ("table1", "table2", "ablations") if name in config]


def features_behind(wildcards):
    """The files of features, and of words, that a table's numbers come from."""
    if wildcards.described == "table1":
        return sorted({path for row in TABLE1 for path in features_of_row(row)})
    if wildcards.described == "table2":
        seed, files = config["seeds"][0], set()
        for row in TABLE2:
            split = config["datasets"][row["dataset"]]["splits"][0]
            place = {"dataset": row["dataset"], "split": split}
            files |= {member_vectors(place, name, seed) for name in row["members"]}
        return sorted(files)
    if wildcards.described == "ablations":
        dataset, features = ablations("dataset"), ablation_features()
        return [features_of_row({"dataset": dataset, "feature": name})[0] for name in features]
    return images_and_words(**config[wildcards.described])


def features_of_row(row):
    """Features of a row of Table 1; with a CCA, also the images and words that it was fitted to."""
    own = config["datasets"][row["dataset"]].get("sequences", {}).get(row["feature"])
    files = [own or f"results/{FEATURE}/sequences.h5".format(**row)]
    if row.get("reduction") == "cca":
        files += images_and_words(**config["transfer"] | {"feature": row["feature"]})
    return files


def images_and_words(captions, feature, words, **_):
    """The vectors of a caption set's images and of its words."""
    folder = f"results/captions/{captions}"
    return [f"{folder}/{feature}/images.h5", f"{folder}/words/{words}/table.h5"]


def shaping(wildcards):
    """The configuration without the device, which is the machine's."""
    return {key: value for key, value in sorted(config.items()) if key != "device"}


rule provenance:
    input:
        table="results/{described}.csv",
        features=features_behind,
    output:
        facts="results/{described}.provenance.json",
    log:
        "logs/provenance/{described}.log",
    wildcard_constraints:
        described=any_of([*DESCRIBED, *sentence_planning.tables(config)]),
    conda:
        "../envs/rnnfv.yaml"
    params:
        config=shaping,
    message:
        "writing down what {wildcards.described} was made by"
    script:
        "../scripts/write_provenance.py"


rule all_provenance:
    input:
        facts=expand("results/{table}.provenance.json", table=TABLES),
    output:
        facts="results/provenance.json",
    log:
        "logs/provenance/all.log",
    localrule: True
    conda:
        "../envs/rnnfv.yaml"
    message:
        "writing down what all tables were made by"
    script:
        "../scripts/join_provenance.py"
