# What the tables of retrieval results are made of: the functions that say which file feeds which.


def of_table(wildcards, name):
    """One file of every model and seed of a table."""
    settings = config[wildcards.table]
    place = {key: settings[key] for key in ("captions", "feature", "words")}
    models = sentence_planning.needed_models(config, wildcards.table)
    return [
        f"results/{MODEL}/{name}".format(**place, model=m, seed=seed)
        for m in models
        for seed in sentence_planning.seeds_of(config, m)
    ]


def projections_of(wildcards):
    """Test items in the space of every model of a table."""
    return of_table(wildcards, "projected.h5")


def settings_chosen(wildcards):
    """What validation chose for every model of a table."""
    return of_table(wildcards, "choice.json")


def of_captions(wildcards, name):
    """A file of the table's caption data set."""
    settings = config[wildcards.table]
    return f"results/{CAPTIONS}/{name}".format(**settings)


def images_of_table(wildcards):
    """The images of the table's caption data set, with their part of the data."""
    return of_captions(wildcards, "images.csv")


def sentences_of_table(wildcards):
    """The sentences of the table's caption data set."""
    return of_captions(wildcards, "sentences.csv")


def partners_of_table(wildcards):
    """Which images have the same words in another order."""
    return of_captions(wildcards, "partners.csv")


def usable_of_table(wildcards):
    """Which of the table's images were used."""
    return of_captions(wildcards, "{feature}/items.csv")


def coverage_of_table(wildcards):
    """How many words of the sentences have vectors."""
    return of_captions(wildcards, "words/{words}/coverage.json")


def pictures_of_table(wildcards):
    """The folders in which the pictures of the table's images lie, drawn or the user's; none where only features are given."""
    name = config[wildcards.table]["captions"]
    if config["captions"][name]["layout"] == "synthetic":
        return getattr(gather, f"captions-{name}")(
            f"results/{CAPTIONS}/pictures/{{scatteritem}}", captions=name
        )
    return []


def methods_of_table(wildcards):
    """The rows of a table: a name and the models whose cosine similarities it averages."""
    alone = {name: [name] for name in config[wildcards.table]["models"]}
    return alone | sentence_planning.combinations(config, wildcards.table)


def seeded_models(wildcards):
    """Those of a table's models that have any randomness."""
    models = sentence_planning.needed_models(config, wildcards.table)
    return [name for name in models if sentence_planning.is_seeded(config, name)]


def protocols_of(wildcards):
    """Which test images a table is evaluated on."""
    return config[wildcards.table]["protocols"]


def labels_of(wildcards):
    """Names of models as tables show them."""
    return {name: sentence_planning.label(config, name) for name in methods_of_table(wildcards)}


def captions_of_table(wildcards):
    """The name of a table's caption data set."""
    return config[wildcards.table]["captions"]


def is_drawn(wildcards):
    """Whether a table's data set is drawn by rule."""
    return sentence_planning.synthetic_captions(config, wildcards.table)


def shown_method(wildcards):
    """The method whose answers are shown: the last row, and its models."""
    return list(methods_of_table(wildcards).items())[-1]


def folder_of_table(wildcards):
    """The folder of the user's images, or None."""
    return config["captions"][config[wildcards.table]["captions"]].get("images")
