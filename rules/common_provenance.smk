# What the facts about a table are made of: the features behind it, and the configuration without what shapes no number.


def features_behind(wildcards):
    """The files of features, and of words, that a table's numbers come from."""
    if wildcards.described != "table1":
        settings = config[wildcards.described]
        return [f"{CAPTIONS}/{name}".format(**settings) for name in ("{feature}/images.h5", "words/{words}/table.h5")]
    files = []
    for row in TABLE1:
        own = config["datasets"][row["dataset"]].get("sequences", {}).get(row["feature"])
        files.append(own or f"{ACTIONS}/{{feature}}/sequences.h5".format(**row))
        if row["reduction"] == "cca":
            words = "results/captions/{captions}/words/{words}/table.h5".format(**config["transfer"])
            files += [f"results/captions/{config['transfer']['captions']}/{row['feature']}/images.h5", words]
    return sorted(set(files))


def shaping(wildcards):
    """The configuration without the device, which is the machine's."""
    return {key: value for key, value in sorted(config.items()) if key != "device"}
