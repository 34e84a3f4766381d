# What the side experiments on action recognition are made of: the functions that say which file feeds which.

CHANGES = ablation_planning.changes(config)


wildcard_constraints:
    training=any_of(ablation_planning.trainings(config)),


def ablations(key):
    """A setting of the section, or None where there is no section."""
    return config.get("ablations", {}).get(key)


def changes_sharing(wildcards):
    """The changes that use this network."""
    return ablation_planning.sharing(config, wildcards.feature, wildcards.training)


def training_settings(wildcards):
    """The settings of the network that these changes share."""
    return changes_sharing(wildcards)[0]["rnn"]


def training_stride(wildcards):
    """Which elements of the sequences the network sees: every so many."""
    return changes_sharing(wildcards)[0]["stride"]


def reference_pca():
    """Components of the reference's RNN-FV."""
    return ablation_planning.reference_pca(config) if CHANGES else None


def reference_change():
    """The first of the changes, which changes nothing."""
    return CHANGES[0] if CHANGES else None


def ablation_splits():
    """The splits that the changes are measured on."""
    return ablation_planning.splits(config) if CHANGES else []


def ablations_synthetic():
    """Whether their data set is drawn by rule."""
    return bool(CHANGES) and config["datasets"][ablations("dataset")]["layout"] == "synthetic"


def reference_sequences(wildcards):
    """The sequences of the reference, whose extraction is timed beside every change's."""
    place = {**wildcards, "feature": CHANGES[0]["feature"]}
    return f"results/{SPLIT}/sequences.h5".format(**place)


def ablation_features():
    """The features that the changes use, each once."""
    return list(dict.fromkeys(change["feature"] for change in CHANGES))


def ablation_metrics(wildcards):
    """What was measured with every network of the ablations, splits and in them seeds in order."""
    if not CHANGES:
        raise WorkflowError(
            "Configuration: ablations: there is no such section; see config/README.md."
        )
    networks = dict.fromkeys((change["feature"], change["training"]) for change in CHANGES)
    return [
        f"results/{TRAINED}/metrics.json".format(
            dataset=ablations("dataset"),
            feature=feature,
            reduction=ablations("reduction"),
            split=split,
            training=training,
            seed=seed,
        )
        for feature, training in networks
        for split in ablation_splits()
        for seed in config["seeds"]
    ]


def ablation_items(wildcards):
    """Which items were used, for every feature of the ablations."""
    rows = [
        {"dataset": ablations("dataset"), "feature": feature} for feature in ablation_features()
    ]
    return [items_of(Wildcards(fromdict=row)).format(**row) for row in rows]


def shown_changes():
    """The changes with what the table needs of them."""
    wanted = ("name", "changed", "feature", "training")
    return [
        {key: change[key] for key in wanted} | {"reduction": ablations("reduction")}
        for change in CHANGES
    ]
