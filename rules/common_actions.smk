# What the action stages need besides common.smk: the functions that say which file feeds which.

TABLE1 = planning.table1_rows(config)
RNN_POOLINGS = [name for name in config["table1"]["poolings"] if name.startswith("rnn")]
if "rnn-fv" not in RNN_POOLINGS:
    RNN_POOLINGS.insert(0, "rnn-fv")  # Table 2 may want it


def dataset(wildcards):
    """The configuration of the data set."""
    return config["datasets"][wildcards.dataset]


def gather_shards(wildcards, pattern):
    """The files of all shards of the data set; `pattern` holds {scatteritem} and other wildcards."""
    return getattr(gather, wildcards.dataset)(pattern, **wildcards)


def gather_track_shards(wildcards, pattern):
    """The same of the shards that tracks are extracted by."""
    return getattr(gather, f"tracks-{wildcards.dataset}")(pattern, **wildcards)


def shard_reports(wildcards):
    """The decoding reports of all shards."""
    shards_of = (
        gather_track_shards if wildcards.feature in config["trajectories"] else gather_shards
    )
    return shards_of(wildcards, f"results/{FEATURE}/frames/{{scatteritem}}.csv")


def shard_features(wildcards):
    """The features of all shards."""
    return gather_shards(wildcards, f"results/{FEATURE}/shards/{{scatteritem}}.h5")


def shard_before(wildcards):
    """The features of the shard that is `frames_ahead` before this one; nothing for the first ones, and without that limit."""
    shard, shards = map(int, wildcards.scatteritem.split("-of-"))
    earlier = shard - (config["frames_ahead"] or shards)
    return f"results/{FEATURE}/shards/{earlier}-of-{shards}.h5" if earlier > 0 else []


def decoding_of(wildcards):
    """Which frames to keep, and at what size."""
    return NETWORKS[wildcards.feature].decoding


def shard_videos(wildcards):
    """The folder of a shard's rendered clips; nothing where the videos are not made by a rule."""
    return (
        f"results/{ACTIONS}/clips/{{scatteritem}}"
        if dataset(wildcards)["layout"] == "synthetic"
        else []
    )


def split_lists(wildcards):
    """The files that say which video is in which split; rendered data sets know it themselves."""
    settings = dataset(wildcards)
    if "source" in settings:
        return markers_of(settings["source"])
    if "lists" not in settings:
        return settings.get("manifest", [])
    # The files in the folder, since a folder does not change when they do.
    return sorted(map(str, Path(settings["lists"]).glob("*.txt"))) or settings["lists"]


def selected(wildcards, *keys):
    """Some keys of the data set's configuration, in this order: a rule runs again when these change, and only then."""
    return {key: dataset(wildcards)[key] for key in keys if key in dataset(wildcards)}


def rendering_of(wildcards):
    """What the clips of a synthetic data set depend on."""
    return selected(wildcards, "recipe", "scenes", "clips_per_class", "seed")


def listing_of(wildcards):
    """What the list of items depends on, besides files."""
    keys = ["layout", "recipe", "scenes", "clips_per_class", "seed", "lists", "check_counts"]
    return selected(wildcards, *keys, *(["splits"] if "lists" in dataset(wildcards) else []))


def splits_of(wildcards):
    """The numbers of the splits to evaluate."""
    return dataset(wildcards)["splits"]


def videos_of(wildcards):
    """The folder of the user's videos, or None."""
    return dataset(wildcards).get("videos")


def own_sequences(wildcards):
    """The user's sequences file for this feature, or None."""
    return dataset(wildcards).get("sequences", {}).get(wildcards.feature)


def sequences_of(wildcards):
    """The sequences of a feature: the user's file or the joined shards."""
    return own_sequences(wildcards) or f"results/{FEATURE}/sequences.h5"


def items_of(wildcards):
    """Which items there are and which are left out: from the user's file, or from decoding the videos."""
    if own_sequences(wildcards):
        return f"results/{FEATURE}/items.csv"
    return f"results/{FEATURE}/frames/items.csv"


def transferred_cca(wildcards):
    """The CCA whose image side projects frames."""
    settings = config["transfer"]
    seed = sentence_planning.seeds_of(config, settings["model"])[0]
    return f"results/{MODEL}/cca.h5".format(**settings, feature=wildcards.feature, seed=seed)


def vectors_of(wildcards):
    """The vectors of a pooling, one file per seed; mean pooling has no randomness, so one file."""
    return expand(
        f"results/{SPLIT}/{{pooling}}/seed{{seed}}/vectors.h5",
        **wildcards,
        seed=[0] if wildcards.pooling == "mean" else config["seeds"],
    )


def choices_of(wildcards):
    """What was chosen on validation before classification, one file per seed."""
    makers = {"gmm-fv": "gmm-fv", "rnn-fv": "rnn", "rnn-hidden": "rnn"}
    if wildcards.pooling not in makers:
        return []
    home = f"results/{SPLIT}/{makers[wildcards.pooling]}"
    return expand(f"{home}/seed{{seed}}/choice.json", **wildcards, seed=config["seeds"])


def grid_of(wildcards):
    """From what validation chooses the normalisation of a pooling."""
    section = {"mean": "mean", "gmm-fv": "gmm", "rnn-hidden": "mean"}.get(wildcards.pooling, "rnn")
    return {
        "pca": config[section]["pca"],
        "alpha": config[section]["alpha"],
        "C": config["svm"]["C"],
    }


def predictions_of(wildcards):
    """The predictions of every pooling and split of a feature."""
    return [
        f"results/{SPLIT}/{{pooling}}/predictions.csv".format(
            **wildcards, split=split, pooling=pooling
        )
        for split in dataset(wildcards)["splits"]
        for pooling in config["table1"]["poolings"]
    ]


def table1_metrics(wildcards):
    """The metrics of every row and split of Table 1."""
    pattern = f"results/{SPLIT}/{{pooling}}/metrics.json"
    splits = {name: settings["splits"] for name, settings in config["datasets"].items()}
    return [
        pattern.format(split=split, **row) for row in TABLE1 for split in splits[row["dataset"]]
    ]


def table1_pictures(wildcards):
    """The confusion matrices that go with Table 1."""
    pattern = f"results/{FEATURE}/{{reduction}}/confusion.png"
    return sorted({pattern.format(**row) for row in TABLE1})


def table1_items(wildcards):
    """Which items were used, for every row of Table 1."""
    return [items_of(Wildcards(fromdict=row)).format(**row) for row in TABLE1]
