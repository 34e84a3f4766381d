# What a table was made by: code, configuration, packages, machine, features. No table needs it.
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
        return [features_of_row(place)[0] for place in MEASURED_FEATURES]
    return images_and_words(**config[wildcards.described])


def features_of_row(row):
    """Features of a row of Table 1; with a CCA, also the images and words that it was fitted to."""
    files = [sequences_of(row).format(**row)]
    if row.get("reduction") == "cca":
        files += images_and_words(**config["transfer"] | {"feature": row["feature"]})
    return files


def images_and_words(captions, feature, words, **_):
    """The vectors of a caption set's images and of its words."""
    folder, seed = f"<results>/captions/{captions}", config["seeds"][0]
    return [f"{folder}/{feature}/images.h5", f"{folder}/words/{words}/seed{seed}/table.h5"]


rule provenance:
    input:
        table="<results>/{described}.csv",
        features=features_behind,
    output:
        facts="<results>/{described}.provenance.json",
    wildcard_constraints:
        described=any_of([*DESCRIBED, *sentences.tables(config)]),
    params:
        # The device is the machine's: it shapes no number.
        config={key: value for key, value in sorted(config.items()) if key != "device"},
    message:
        "writing down what {wildcards.described} was made by"
    script:
        "../scripts/write_provenance.py"


rule all_provenance:
    input:
        facts=expand("<results>/{table}.provenance.json", table=TABLES),
    output:
        facts="<results>/provenance.json",
    localrule: True
    message:
        "writing down what all tables were made by"
    script:
        "../scripts/join_provenance.py"
