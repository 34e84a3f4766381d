# What the facts about a table are made of: the features behind it, and the configuration without what shapes no number.

SECOND_TABLES = [name for name in ("table2", "ablations") if name in config]
TABLES = [name for name in ("table1", "table2", "table3", "table4", "table5") if name in config]


def features_behind(wildcards):
    """The files of features, and of words, that a table's numbers come from."""
    if wildcards.described == "table2":
        split = {name: settings["splits"][0] for name, settings in config["datasets"].items()}
        places = [
            {"dataset": row["dataset"], "split": split[row["dataset"]]}
            for row in TABLE2
            for _ in row["members"]
        ]
        names = [name for row in TABLE2 for name in row["members"]]
        pairs = zip(places, names, strict=True)
        return sorted({member_vectors(place, name, config["seeds"][0]) for place, name in pairs})
    if wildcards.described == "ablations":
        rows = [
            {"dataset": ablations("dataset"), "feature": feature} for feature in ablation_features()
        ]
        return [sequences_of(Wildcards(fromdict=row)).format(**row) for row in rows]
    if wildcards.described != "table1":
        settings = config[wildcards.described]
        return [
            f"results/{CAPTIONS}/{name}".format(**settings)
            for name in ("{feature}/images.h5", "words/{words}/table.h5")
        ]
    files = []
    for row in TABLE1:
        own = config["datasets"][row["dataset"]].get("sequences", {}).get(row["feature"])
        files.append(own or f"results/{FEATURE}/sequences.h5".format(**row))
        if row["reduction"] == "cca":
            words = f"results/{CAPTIONS}/words/{{words}}/table.h5".format(**config["transfer"])
            files += [
                f"results/captions/{config['transfer']['captions']}/{row['feature']}/images.h5",
                words,
            ]
    return sorted(set(files))


def shaping(wildcards):
    """The configuration without the device, which is the machine's."""
    return {key: value for key, value in sorted(config.items()) if key != "device"}
