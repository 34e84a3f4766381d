# What the image-sentence stages need besides common.smk: wildcards, and the functions that say which file feeds which.
from rnnfv.planning.forecast import read_sizes, size_of

SIZES = read_sizes(f"{workflow.basedir}/data/sizes.csv")
NETWORK_MODELS = [name for name, model in config["models"].items() if model["pooling"] == "rnn-fv"]
POOLED_MODELS = [name for name in config["models"] if name not in NETWORK_MODELS]


def caption_set(wildcards):
    """The configuration of the caption data set."""
    return config["captions"][wildcards.captions]


def caption_files(wildcards):
    """The files that hold the captions and say which image is in which split."""
    settings = caption_set(wildcards)
    if "source" in settings:
        return markers_of(settings["source"])
    files = settings.get("captions", [])
    splits = settings.get("splits", {})
    return [
        *([files] if isinstance(files, str) else files),
        *([splits] if isinstance(splits, str) else splits.values()),
    ]


def captions_of(wildcards):
    """What the list of images and sentences depends on, in a fixed order."""
    left_out = ("images", "vectors", "shards", "source", "validation", "validation_seed")
    return {
        key: value for key, value in sorted(caption_set(wildcards).items()) if key not in left_out
    }


def drawing_of(wildcards):
    """What the pictures of a synthetic data set depend on."""
    return {key: caption_set(wildcards)[key] for key in ("style", "seed")}


def validation_images(wildcards):
    """How many training images to hold out where none are given."""
    return caption_set(wildcards)["validation"]


def validation_seed(wildcards):
    """The seed of that draw."""
    return caption_set(wildcards)["validation_seed"]


def pictures_of(wildcards):
    """The folder of a shard's rendered pictures; nothing where images are the user's."""
    return (
        f"results/{CAPTIONS}/pictures/{{scatteritem}}"
        if caption_set(wildcards)["layout"] == "synthetic"
        else []
    )


def image_folder(wildcards):
    """The folder of the user's images, or None."""
    return caption_set(wildcards).get("images")


def own_vectors(wildcards):
    """The user's file of image features; nothing where they are made in the run."""
    return caption_set(wildcards).get("vectors", {}).get(wildcards.feature, [])


def image_shards(wildcards, ending):
    """A file of every shard of the images."""
    pattern = f"results/{CAPTIONS}/{{feature}}/shards/{{scatteritem}}.{ending}"
    return getattr(gather, f"captions-{wildcards.captions}")(pattern, **wildcards)


def image_features(wildcards):
    """The shards of the features; none where the user gives them."""
    return [] if own_vectors(wildcards) else image_shards(wildcards, "h5")


def image_reports(wildcards):
    """The reports on the images; none where features are given."""
    return [] if own_vectors(wildcards) else image_shards(wildcards, "csv")


def corpus_file(wildcards):
    """The user's file of a corpus, or what says that it is fetched; nothing for those that come with a package."""
    settings = config["corpora"][wildcards.corpus]
    return markers_of(settings["source"]) if "source" in settings else settings.get("path", [])


def corpus_settings(wildcards):
    """What a corpus depends on, in a fixed order."""
    return {
        key: value
        for key, value in sorted(config["corpora"][wildcards.corpus].items())
        if key != "source"
    }


def tokens_of(corpora):
    """The tokenised sentences of corpora."""
    return [f"results/corpora/{name}/tokens.txt" for name in corpora]


def word_corpora(wildcards):
    """The corpora that word vectors are trained on."""
    return tokens_of(config["words"][wildcards.words]["corpora"])


def model_corpora(wildcards):
    """The corpora that networks are trained on with these words."""
    models = sentence_planning.models_with(config, wildcards.captions, wildcards.words)
    corpora = {sentence_planning.model_settings(config, name)["corpus"] for name in models} - {None}
    return tokens_of(sorted(corpora))


def word_vectors(wildcards):
    """The file of word vectors: the user's, or what says that it is fetched, or the one trained in the run."""
    settings = config["words"][wildcards.words]
    if "source" in settings:
        return markers_of(settings["source"])
    return settings.get("path", f"results/{CAPTIONS}/words/{{words}}/vectors.bin")


def fetched_vectors(wildcards):
    """The file of word vectors where it is fetched first, else None: then it is the input."""
    settings = config["words"][wildcards.words]
    return settings["path"] if "source" in settings else None


def words_label(wildcards):
    """What the word vectors are, for tables; None where their file says it."""
    corpora = config["words"][wildcards.words].get("corpora")
    return f"word2vec trained on the training captions, {', '.join(corpora)}" if corpora else None


def training_of_words(wildcards):
    """What trained word vectors depend on."""
    return {key: config["words"][wildcards.words][key] for key in ("dim", "epochs", "seed")}


def mixtures_needed(wildcards):
    """Which mixtures to fit, and how."""
    models = sentence_planning.models_with(config, wildcards.captions, wildcards.words)
    poolings = {config["models"][name]["pooling"] for name in models} & set(
        sentence_planning.MIXTURE_POOLINGS
    )
    return {key: config["sentences"][key] for key in sentence_planning.MIXTURES} | {
        "poolings": sorted(poolings)
    }


def model_settings(wildcards):
    """Every setting of a model."""
    return sentence_planning.model_settings(config, wildcards.model)


def training_of(wildcards):
    """What a model's network depends on: it is trained again when these change, and only then."""
    return sentence_planning.narrowed(model_settings(wildcards), sentence_planning.TRAINING)


def projection_of(wildcards):
    """What a model's representation and CCA depend on."""
    return sentence_planning.narrowed(
        model_settings(wildcards), sentence_planning.projection_keys(config, wildcards.model)
    )


def embedding_of(wildcards):
    """What the CCA word embedding depends on."""
    return sentence_planning.narrowed(model_settings(wildcards), sentence_planning.EMBEDDING)


def words_of_model(wildcards):
    """The table of words of a model: that of the word vectors, or their CCA embedding."""
    if model_settings(wildcards)["words"] == "given":
        return f"results/{CAPTIONS}/words/{{words}}/table.h5"
    return f"results/{CAPTIONS}/{{feature}}/{{words}}/{sentence_planning.embedding_model(config)}/seed{{seed}}/words.h5"


def corpus_of_model(wildcards):
    """The corpus a model's network is trained on; none where that is the data set itself."""
    corpus = model_settings(wildcards)["corpus"]
    return tokens_of([corpus]) if corpus else []


def mixtures_of_model(wildcards):
    """The fitted mixtures; the mean of word vectors needs none."""
    needs = config["models"][wildcards.model]["pooling"] in sentence_planning.MIXTURE_POOLINGS
    return f"results/{CAPTIONS}/words/{{words}}/seed{{seed}}/mixtures.h5" if needs else []


def network_of_model(wildcards, name):
    """A file of the model whose network is used."""
    model = sentence_planning.network_model(config, wildcards.model)
    return f"results/{CAPTIONS}/{{feature}}/{{words}}/{model}/seed{{seed}}/{name}"


def trained_network(wildcards):
    """The network's weights."""
    return network_of_model(wildcards, "network.pt")


def trained_choice(wildcards):
    """The epoch that was chosen."""
    return network_of_model(wildcards, "trained.json")


def cca_memory(wildcards):
    """Memory of a model's CCA in MB: p x p numbers, image features twice, blocks, and its PCA's.

    Where it is known that there are fewer sentences n than 3/4 of the dimensions p, the CCA takes
    their n x n Gram matrix, and holds n x p.
    """
    p = sentence_planning.dimension(config, wildcards.model, wildcards.words)
    base = 2000 if caption_set(wildcards)["layout"] == "synthetic" else 6000
    pca = model_settings(wildcards)["pca"] or 0
    n = size_of({"captions": wildcards.captions}, config, SIZES).get("sentences", 0)
    if n and 4 * n < 3 * p:
        return round(base + max(8e-6 * n * n + 20e-6 * n * 4096, 4e-6 * n * p + 4e-6 * n * n))
    covariance = 8e-6 * p * p + 20e-6 * min(p, pca or p) * 4096
    return round(base + max(covariance, 16e-6 * p * p if pca else 0))
