# Which file feeds which: input functions, and what a job depends on. Rules stand elsewhere.
TABLE1 = actions.table1_rows(config)
TABLE1_SPLITS = actions.table1_splits(config)
TRAINED_POOLINGS = [name for name in config["table1"]["poolings"] if POOLINGS[name].trained]
POOLING_SETTINGS = actions.pooling_settings(config)
TABLE2 = fusion.table2_rows(config)
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
