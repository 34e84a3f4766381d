# What trajectories and Table 2 need besides common_actions.smk: the functions that say which file feeds which.

TABLE2 = fusion_planning.table2_rows(config)
MEMBERS = {(row["dataset"], row["row"]): row["members"] for row in TABLE2}


def shard_tracks(wildcards):
    """The tracks of all shards."""
    return gather_track_shards(wildcards, f"results/{TRACKS}/tracks/{{scatteritem}}.h5")


def items_of_trajectories(wildcards):
    """Which videos there are and which are left out."""
    return f"results/{TRACKS}/frames/items.csv"


def all_clips(wildcards):
    """The folders of all rendered clips; nothing where the videos are not made by a rule."""
    if dataset(wildcards)["layout"] != "synthetic":
        return []
    return gather_shards(wildcards, f"results/{ACTIONS}/clips/{{scatteritem}}")


def people_of(wildcards):
    """The user's file of boxes around people; nothing where there is none."""
    return dataset(wildcards).get("people", [])


def text_tracks(wildcards):
    """The folder of tracks that the original program made, or None."""
    return dataset(wildcards).get("tracks", {}).get(wildcards.trajectories)


def tracking_of(wildcards):
    """What tracks depend on."""
    return fusion_planning.trajectory_settings(config, wildcards.trajectories)


def tracked_size(wildcards):
    """The shorter side of the frames that are tracked; None for the videos' own size."""
    return config["trajectories"][wildcards.trajectories]["short_side"]


def tracks_kept(wildcards):
    """How many tracks of a video to keep at most."""
    return config["trajectories"][wildcards.trajectories]["max_tracks"]


def encoding_of(wildcards):
    """What the Fisher vectors of tracks depend on."""
    settings = config["trajectories"][wildcards.trajectories]
    return {
        key: settings[key] for key in ("length", "components", "max_samples", "max_iter", "root")
    }


def power_of_tracks(wildcards):
    """The exponent of the power normalisation of the tracks' Fisher vectors."""
    return config["trajectories"][wildcards.trajectories]["alpha"]


def transferred_sequences(wildcards):
    """What the network trained on another data set reads: elements by PCA are projected on the way, by CCA they are ready."""
    if wildcards.reduction == "cca":
        return f"results/{SPLIT}/sequences.h5"
    return sequences_of(wildcards)


def source_split(wildcards):
    """The split of the other data set that the network comes from: of the same number, or its first."""
    splits = config["datasets"][wildcards.donor]["splits"]
    return wildcards.split if int(wildcards.split) in splits else splits[0]


def of_source(wildcards, name):
    """A file of the other data set's split."""
    place = {**wildcards, "dataset": wildcards.donor, "split": source_split(wildcards)}
    return f"results/{SPLIT}/{name}".format(**place)


def source_network(wildcards):
    """The network trained on the other data set."""
    return of_source(wildcards, "rnn/seed{seed}/network.pt")


def source_pca(wildcards):
    """The PCA of the elements fitted on the other data set; none where elements are projected by a CCA."""
    return of_source(wildcards, "pca.h5") if wildcards.reduction == "pca" else []


def chosen_before(wildcards):
    """The choice that was made with the epoch, for RNN-FVs; of everything else the normalisation is chosen now."""
    return f"results/{SPLIT}/rnn/seed{{seed}}/choice.json" if wildcards.pooling == "rnn-fv" else []


def transferred_grid(wildcards):
    """From what validation chooses the normalisation of RNN-FVs of a network trained elsewhere."""
    return {"pca": config["rnn"]["pca"], "alpha": config["rnn"]["alpha"], "C": config["svm"]["C"]}


def member_vectors(wildcards, name, seed):
    """The normalised vectors of one representation."""
    member = config["table2"]["representations"][name]
    if "trajectories" in member:
        pattern = f"results/{TRACKS}/split{{split}}/seed{{seed}}/vectors.h5"
        return pattern.format(**wildcards, **member, seed=seed)
    parts = {"reduction": "pca", "pooling": "rnn-fv", **member, **wildcards}
    if "trained_on" in member:
        return f"results/{TRANSFERRED}/seed{{seed}}/normalized.h5".format(
            **parts,
            donor=member["trained_on"],
            seed=seed,
        )
    seed = 0 if parts["pooling"] == "mean" else seed
    return f"results/{SPLIT}/{{pooling}}/seed{{seed}}/normalized.h5".format(**parts, seed=seed)


def seeds_of_row(wildcards):
    """The seeds of a row; one where all members are mean pooling, which has none."""
    members = config["table2"]["representations"]
    names = MEMBERS[wildcards.dataset, wildcards.row]
    return (
        config["seeds"][:1]
        if all(members[name].get("pooling") == "mean" for name in names)
        else config["seeds"]
    )


def fused_members(wildcards):
    """The vectors of all members of a row, seed by seed."""
    names = MEMBERS[wildcards.dataset, wildcards.row]
    return [
        member_vectors(wildcards, name, seed) for seed in seeds_of_row(wildcards) for name in names
    ]


def members_of_row(wildcards):
    """The names of a row's members."""
    return MEMBERS[wildcards.dataset, wildcards.row]


def table2_metrics(wildcards):
    """The metrics of every row and split of Table 2, in the order of the rows."""
    return [
        f"results/{FUSED}/metrics.json".format(**row, split=split)
        for row in TABLE2
        for split in config["datasets"][row["dataset"]]["splits"]
    ]


def table2_pictures(wildcards):
    """Pictures of the tracks of every data set whose rows have trajectories; not where only tracks are given."""
    members = config.get("table2", {}).get("representations", {})
    tracked = {
        (row["dataset"], members[name]["trajectories"])
        for row in TABLE2
        for name in row["members"]
        if "trajectories" in members[name]
        and members[name]["trajectories"]
        not in config["datasets"][row["dataset"]].get("tracks", {})
    }
    return [
        f"results/{TRACKS}/tracks.png".format(dataset=data, trajectories=name)
        for data, name in sorted(tracked)
    ]
