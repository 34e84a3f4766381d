# What the image-sentence stages need besides common.smk: wildcards, and the functions that say which file feeds which.

CAPTIONS = "results/captions/{captions}"
MODEL = f"{CAPTIONS}/{{feature}}/{{words}}/{{model}}/seed{{seed}}"
CAPTION_LOGS = CAPTIONS.replace("results/", "logs/")
MODEL_LOGS = MODEL.replace("results/", "logs/")
NETWORK_MODELS = [name for name, model in config["models"].items() if model["pooling"] == "rnn-fv"]
POOLED_MODELS = [name for name in config["models"] if name not in NETWORK_MODELS]


def caption_set(wildcards):
    """The configuration of the caption data set."""
    return config["captions"][wildcards.captions]


def caption_files(wildcards):
    """The files that hold the captions and say which image is in which split."""
    settings = caption_set(wildcards)
    files = settings.get("captions", [])
    splits = settings.get("splits", {})
    return [*([files] if isinstance(files, str) else files), *([splits] if isinstance(splits, str) else splits.values())]


def captions_of(wildcards):
    """What the list of images and sentences depends on, in a fixed order."""
    left_out = ("images", "vectors", "shards")
    return {key: value for key, value in sorted(caption_set(wildcards).items()) if key not in left_out}


def pictures_of(wildcards):
    """The folder of a shard's rendered pictures; nothing where images are the user's."""
    return f"{CAPTIONS}/pictures/{{scatteritem}}" if caption_set(wildcards)["layout"] == "synthetic" else []


def image_folder(wildcards):
    """The folder of the user's images, or None."""
    return caption_set(wildcards).get("images")


def own_vectors(wildcards):
    """The user's file of image features, or None."""
    return caption_set(wildcards).get("vectors", {}).get(wildcards.feature)


def image_shards(wildcards, ending):
    """A file of every shard of the images."""
    pattern = f"{CAPTIONS}/{{feature}}/shards/{{scatteritem}}.{ending}"
    return getattr(gather, f"captions-{wildcards.captions}")(pattern, **wildcards)


def image_features(wildcards):
    """The features of the images: the user's file or the shards."""
    own = own_vectors(wildcards)
    return [own] if own else image_shards(wildcards, "h5")


def image_reports(wildcards):
    """The reports on the images; none where features are given."""
    return [] if own_vectors(wildcards) else image_shards(wildcards, "csv")


def corpus_file(wildcards):
    """The user's file of a corpus; nothing for those that come with a package."""
    return config["corpora"][wildcards.corpus].get("path", [])


def corpus_settings(wildcards):
    """What a corpus depends on, in a fixed order."""
    return dict(sorted(config["corpora"][wildcards.corpus].items()))


def tokens_of(corpora):
    """The tokenised sentences of corpora."""
    return [f"results/corpora/{name}/tokens.txt" for name in corpora]


def word_corpora(wildcards):
    """The corpora that word vectors are trained on."""
    return tokens_of(config["words"][wildcards.words]["corpora"])


def model_corpora(wildcards):
    """The corpora that networks are trained on with these words."""
    tables = [config[name] for name in sentence_planning.tables(config) if config[name]["captions"] == wildcards.captions]
    used = [name for table in tables if table["words"] == wildcards.words for name in table["models"]]
    corpora = [config["models"][name].get("corpus") for name in used]
    return tokens_of(sorted({name for name in corpora if name is not None}))


def word_vectors(wildcards):
    """The file of word vectors: the user's, or trained in the run."""
    return config["words"][wildcards.words].get("path", f"{CAPTIONS}/words/{{words}}/vectors.bin")


def words_label(wildcards):
    """What the word vectors are, for tables; None where their file says it."""
    corpora = config["words"][wildcards.words].get("corpora")
    return f"word2vec trained on the training captions, {', '.join(corpora)}" if corpora else None


def training_of_words(wildcards):
    """What trained word vectors depend on."""
    return {key: config["words"][wildcards.words][key] for key in ("dim", "epochs", "seed")}


def mixtures_needed(wildcards):
    """Which mixtures to fit, and how."""
    poolings = {config["models"][name]["pooling"] for name in POOLED_MODELS} - {"mean"}
    return {key: config["sentences"][key] for key in sentence_planning.MIXTURES[:3]} | {"poolings": sorted(poolings)}


def model_settings(wildcards):
    """Every setting of a model, in a fixed order."""
    return dict(sorted(sentence_planning.model_settings(config, wildcards.model).items()))


def words_of_model(wildcards):
    """The table of words of a model: that of the word vectors, or their CCA embedding."""
    if model_settings(wildcards)["words"] == "given":
        return f"{CAPTIONS}/words/{{words}}/table.h5"
    return f"{CAPTIONS}/{{feature}}/{{words}}/{sentence_planning.embedding_model(config)}/seed{{seed}}/words.h5"


def corpus_of_model(wildcards):
    """The corpus a model's network is trained on; none where that is the data set itself."""
    corpus = model_settings(wildcards)["corpus"]
    return tokens_of([corpus]) if corpus else []


def mixtures_of_model(wildcards):
    """The fitted mixtures; the mean of word vectors needs none."""
    needs = model_settings(wildcards)["pooling"] != "mean"
    return f"{CAPTIONS}/words/{{words}}/seed{{seed}}/mixtures.h5" if needs else []


def of_table(wildcards, name):
    """One file of every model and seed of a table."""
    settings = config[wildcards.table]
    pattern = MODEL.replace("{captions}", settings["captions"]).replace("{feature}", settings["feature"])
    pattern = f"{pattern}/{name}".replace("{words}", settings["words"])
    models = sentence_planning.needed_models(config, wildcards.table)
    return [pattern.format(model=m, seed=seed) for m in models for seed in sentence_planning.seeds_of(config, m)]


def projections_of(wildcards):
    """Test items in the space of every model of a table."""
    return of_table(wildcards, "projected.h5")


def settings_chosen(wildcards):
    """What validation chose for every model of a table."""
    return of_table(wildcards, "choice.json")


def of_captions(wildcards, name):
    """A file of the table's caption data set."""
    settings = config[wildcards.table]
    return f"{CAPTIONS}/{name}".format(**settings)


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
    """The features of the table's images; beside them lies the list of images that were left out."""
    return of_captions(wildcards, "{feature}/images.h5")


def coverage_of_table(wildcards):
    """How many words of the sentences have vectors."""
    return of_captions(wildcards, "words/{words}/coverage.json")


def pictures_of_table(wildcards):
    """The folders in which the pictures of the table's images lie, drawn or the user's; none where only features are given."""
    name = config[wildcards.table]["captions"]
    if config["captions"][name]["layout"] == "synthetic":
        return getattr(gather, f"captions-{name}")(f"{CAPTIONS}/pictures/{{scatteritem}}", captions=name)
    return []


def methods_of_table(wildcards):
    """The rows of a table: a name and the models whose cosine similarities it averages."""
    settings = config[wildcards.table]
    return {name: [name] for name in settings["models"]} | dict(settings["combinations"])


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
