# Which file feeds which: input functions, and what a job depends on. Rules stand elsewhere.
TABLE1 = actions.table1_rows(config)
TABLE1_SPLITS = actions.table1_splits(config)
TRAINED_POOLINGS = [name for name in config["table1"]["poolings"] if POOLINGS[name].trained]
POOLING_SETTINGS = actions.pooling_settings(config)
TABLE2 = fusion.table2_rows(config)
ROWS = {(row["dataset"], row["row"]): row for row in TABLE2}
CHANGES = ablations.changes(config)
MEASURED = ablations.measured(config)
MEASURED_FEATURES = ablations.measured_features(config)
splits_of = lookup("{dataset}/splits", within=config["datasets"])
videos_of = lookup("{dataset}/videos", within=config["datasets"], default=None)
people_of = lookup("{dataset}/people", within=config["datasets"], default=[])  # boxes around them
OWN_VECTORS = lookup("{captions}/vectors/{feature}", within=config["captions"], default=[])


def gathered(kind, pattern):
    """An input function: a file of every shard; kind is "clips-", "tracks-" or "captions-"."""

    def files(wildcards):
        name = wildcards.captions if kind == "captions-" else wildcards.dataset
        return getattr(gather, f"{kind}{name}")(pattern, **wildcards)

    return files


def is_rendered(wildcards):
    """Whether the data set's videos are made by a rule."""
    return config["datasets"][wildcards.dataset]["layout"] == "synthetic"


def shard_reports(wildcards):
    """What decoding, or tracking, said of the videos of every shard."""
    kind = "tracks-" if wildcards.feature in config["trajectories"] else "clips-"
    return gathered(kind, f"<results>/{FEATURE}/frames/{{scatteritem}}.csv")(wildcards)


def shard_before(wildcards):
    """The features of the shard that is `frames_ahead` before this one; nothing without a limit."""
    shard, shards = parse_shard(wildcards.scatteritem)
    earlier = shard - (config["frames_ahead"] or shards)
    return f"<results>/{FEATURE}/shards/{earlier}-of-{shards}.h5" if earlier > 0 else []


def bad_before(listed):
    """An input function: the list of bad items that stopped the last run, for shards that have any.

    It is newer than what these shards left, so they are done again and see what was repaired. It
    stays, so that afterwards there is nothing to be done.
    """

    def bad(wildcards):
        path = Path(RESULTS, listed.format(**wildcards))
        there = path.exists() and set(read_table(path).get("shard", ()))
        return str(path) if there and wildcards.scatteritem in there else []

    return bad


def sequences_of(wildcards):
    """The sequences of a feature: the user's file or the joined shards."""
    own = config["datasets"][wildcards["dataset"]].get("sequences", {})
    return own.get(wildcards["feature"], f"<results>/{FEATURE}/sequences.h5")


def items_of(wildcards):
    """Which items there are and which are left out: of the user's file, or of decoded videos."""
    own = config["datasets"][wildcards["dataset"]].get("sequences", {})
    return f"<results>/{FEATURE}/{'' if wildcards['feature'] in own else 'frames/'}items.csv"


def place_of_donor(wildcards):
    """The other data set's split of the same number, or its first."""
    splits = config["datasets"][wildcards.donor]["splits"]
    split = wildcards.split if int(wildcards.split) in splits else splits[0]
    return {**wildcards, "dataset": wildcards.donor, "split": split}


def member_vectors(place, name, seed):
    """The normalised vectors of a representation, at a data set and split."""
    member = {**config["table2"]["representations"][name], **place, "seed": seed}
    if "trajectories" in member:
        return f"<results>/{TRACKS}/split{{split}}/seed{{seed}}/vectors.h5".format(**member)
    parts = {"reduction": "pca", "pooling": "rnn-fv", "donor": member.get("trained_on"), **member}
    pattern = f"{TRANSFERRED}" if "trained_on" in member else f"{SPLIT}/{{pooling}}"
    return f"<results>/{pattern}/seed{{seed}}/normalized.h5".format(**parts)


def fused_members(wildcards):
    """The vectors of all members of a row, by split and in it by seed."""
    row = ROWS[wildcards.dataset, wildcards.row]
    return [
        member_vectors({"dataset": wildcards.dataset, "split": split}, name, seed)
        for split in splits_of(wildcards)
        for seed in row["seeds"]
        for name in row["members"]
    ]


def measured_ablations(wildcards):
    """What was measured with the networks of every training, by split."""
    if not CHANGES:
        problem = "Configuration: there is no section ablations"
        raise WorkflowError(f"{problem}; see docs/configuration.md.")
    return [f"<results>/{TRAINED}/metrics.json".format(**place) for place in MEASURED]


def unless_given(pattern):
    """An input function: a file of every shard of images; none where the user gives the vectors."""
    return branch(OWN_VECTORS, then=[], otherwise=gathered("captions-", pattern))


def rendered_pictures(wildcards):
    """Folders of pictures of captions, or of a table's; none of those that are not drawn here."""
    name = wildcards.get("captions") or config[wildcards.table]["captions"]
    if config["captions"][name]["layout"] != "synthetic":
        return []
    return getattr(gather, f"captions-{name}")(rules.render_pictures.output.pictures, captions=name)


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
