"""The meaning of the image-sentence configuration: models with all their settings, and tables.

A *model* is a representation of sentences. Nothing here imports torch: it runs whenever the
workflow is planned.
"""

import re
from itertools import chain

from rnnfv.errors import InputError
from rnnfv.planning import Config

TABLES = ("table3", "table4", "table5", "ablations_sentences")
"""Keys of the configuration that describe a table of retrieval results."""

PAPER = TABLES[:3]
"""Those of the paper, without side experiments."""

MIXTURES = ("mixture_components", "mixture_samples", "mixture_iterations")
MIXTURE_POOLINGS = ("gmm-fv", "lmm-fv", "hglmm-fv", "mm-ens")
_OPTIMISATION = ("dropout", "learning_rate", "weight_decay", "batch_size", "clip")
NETWORK = ("objective", "n_lstm", "scale", "init", *_OPTIMISATION, "epochs", "patience")
DATA = ("words", "corpus", "reverse")
TRAINING = (*NETWORK, *DATA, "evaluate_every", "epoch_coordinates", "eta", "alpha")
EMBEDDING = ("pooling", "alpha", "mixture_coordinates", "embedding")
_CCA = ("pooling", "eta", "components")
READ_BY = {
    "mean": (),
    **dict.fromkeys(MIXTURE_POOLINGS, ("alpha",)),
    "mm-ens": ("alpha", "mixture_coordinates"),
    "rnn-fv": ("alpha", "layers", "coordinates", "scaling", "pca", "pca_samples", "reverse"),
}
"""Beside the CCA's: which settings a pooling's representation reads."""

_DEFAULTS: Config = {"words": "given", "reverse": False, "corpus": None, "coordinates": None}
_DEFAULTS |= {"objective": "regression", "layers": ["output"], "scaling": "none", "pca": None}


def model_settings(config: Config, model: str) -> Config:
    """Every setting of a model.

    It is its own, else that of the model whose network it uses, of ``sentences``, or the default.
    """
    own = config["models"][model]
    of_network = config["models"][own["network"]] if "network" in own else {}
    return _DEFAULTS | config["sentences"] | of_network | own


def settings_for(config: Config, model: str, step: str) -> Config:
    """The settings that a step of a model depends on, in a fixed order.

    Args:
        config: the configuration.
        model: a key of ``models``.
        step: ``training`` of its network, ``projection`` (representation and CCA) or ``embedding``
            (of words by its CCA).
    """
    projection = (*_CCA, *READ_BY[config["models"][model]["pooling"]])
    keys = {"training": TRAINING, "projection": projection, "embedding": EMBEDDING}
    settings = model_settings(config, model)
    return {key: settings[key] for key in sorted(keys[step])}


def network_model(config: Config, model: str) -> str:
    """The model whose network a model uses: itself, or one from which it takes something else."""
    return str(config["models"][model].get("network", model))


def tables(config: Config) -> list[str]:
    """The tables of retrieval results that are configured."""
    return [name for name in TABLES if name in config]


def combinations(config: Config, table: str) -> dict[str, list[str]]:
    """The combinations of a table: name to models. One that is null was taken away again."""
    return {name: models for name, models in config[table]["combinations"].items() if models}


def caption_files(config: Config, captions: str) -> list[str]:
    """The user's files that hold captions and say which image is in which split."""
    settings = config["captions"][captions]
    files, splits = settings.get("captions", []), settings.get("splits", {})
    files = [files] if isinstance(files, str) else files
    return [*files, *([splits] if isinstance(splits, str) else splits.values())]


def caption_settings(config: Config, captions: str) -> Config:
    """Settings that the list of images and sentences depends on, in a fixed order."""
    settings = config["captions"][captions]
    others = ("images", "vectors", "shards", "source", "validation", "validation_seed")
    return {key: settings[key] for key in sorted(set(settings) - set(others))}


def methods(config: Config, table: str) -> dict[str, list[str]]:
    """The rows of a table: a name and the models whose cosine similarities it averages."""
    return {name: [name] for name in config[table]["models"]} | combinations(config, table)


def needed_models(config: Config, table: str) -> list[str]:
    """Every model that a table shows, alone or in a combination."""
    return list(dict.fromkeys(chain.from_iterable(methods(config, table).values())))


def labels(config: Config, table: str) -> dict[str, str]:
    """The name of every row of a table as it shows it; a combination's is its own."""
    shown = {name: model.get("label", name) for name, model in config["models"].items()}
    return {name: str(shown.get(name, name)) for name in methods(config, table)}


def files_of_models(config: Config, table: str, pattern: str) -> list[str]:
    """A file of every model and seed of a table.

    Args:
        config: the configuration.
        table: a key of it.
        pattern: with ``{captions}, {feature}, {words}, {model}, {seed}``.
    """
    return [
        pattern.format(**config[table], model=model, seed=seed)
        for model in needed_models(config, table)
        for seed in seeds_of(config, model, config[table]["words"])
    ]


def method_file(name: str) -> str:
    """A row's name for files: spaces and special characters are left out."""
    return re.sub(r"[^\w.+-]+", "", name)


def method_files(config: Config, table: str) -> dict[str, str]:
    """The rows of a table by their names for files."""
    return {method_file(name): name for name in methods(config, table)}


def method_of_file(config: Config, table: str, file: str) -> dict[str, list[str]]:
    """The row that a name for files stands for, and its models.

    Args:
        config: the configuration.
        table: a key of it.
        file: see :func:`method_files`.

    Raises:
        InputError: there is no such row.
    """
    known = method_files(config, table)
    if file not in known:
        raise InputError(f"models/{table}/{file}: no such row; there are {', '.join(known)}.")
    return {known[file]: methods(config, table)[known[file]]}


def files_of_method(config: Config, table: str, method: str, pattern: str) -> list[str]:
    """A file of every model of a row, of the first seed of each.

    Args:
        config: the configuration.
        table: of the row.
        method: as :func:`method_files` writes it.
        pattern: with ``{captions}, {feature}, {words}, {model}, {seed}``.
    """
    place: Config = config[table]
    [members] = method_of_file(config, table, method).values()
    seeds = {model: seeds_of(config, model, place["words"])[0] for model in members}
    return [pattern.format(**place, model=model, seed=seed) for model, seed in seeds.items()]


def dimension(config: Config, model: str, words: str) -> int:
    """Dimensions of a sentence, about; word vectors of a file are taken to have 300.

    Args:
        config: the configuration.
        model: that represents the sentence.
        words: the word vectors.
    """
    settings = model_settings(config, model)
    words_dim = config["words"][words]["dim"] if "corpora" in config["words"][words] else 300
    if settings["words"] == "cca":
        words_dim = config["sentences"]["embedding"]
    k, units = settings["mixture_components"], settings["n_lstm"]
    lstm = 4 * units * (words_dim + units + 1) if "lstm" in settings["layers"] else 0
    rnn = words_dim * (units + 1) + lstm
    sizes = {"mean": words_dim, "mm-ens": settings["mixture_coordinates"], "rnn-fv": rnn}
    # A PCA is fitted on all the numbers it reduces.
    return int(settings["coordinates"] or sizes.get(settings["pooling"], 2 * k * words_dim))


def models_with(config: Config, captions: str, words: str) -> list[str]:
    """Every model that a table, or the transfer to frames, needs with these captions and words.

    Args:
        config: the configuration.
        captions: the caption set.
        words: the word vectors.
    """

    def uses(section: str) -> bool:
        settings = config.get(section, {})
        return (settings.get("captions"), settings.get("words")) == (captions, words)

    found = [m for table in filter(uses, tables(config)) for m in needed_models(config, table)]
    embedding = embedding_model(config)
    if embedding and any(model_settings(config, name)["words"] == "cca" for name in found):
        found.append(embedding)
    if uses("transfer"):
        found.append(config["transfer"]["model"])
    return list(dict.fromkeys(found))


def seed_of_words(config: Config, words: str, seed: int) -> int:
    """The seed of the word vectors that a model of this seed reads.

    Args:
        config: the configuration.
        words: the word vectors. Where they are trained in the run, each seed has its own.
        seed: of the model.
    """
    return seed if "corpora" in config["words"][words] else int(config["seeds"][0])


def is_seeded(config: Config, model: str, words: str) -> bool:
    """Whether a model has any randomness; the mean of word vectors from a file has none.

    Args:
        config: the configuration.
        model: a key of ``models``.
        words: the word vectors.
    """
    settings = model_settings(config, model)
    drawn = settings["pooling"] != "mean" or settings["words"] == "cca"
    return drawn or "corpora" in config["words"][words]


def seeds_of(config: Config, model: str, words: str) -> list[int]:
    """The seeds that a model is made with.

    Args:
        config: the configuration.
        model: a key of ``models``.
        words: the word vectors.
    """
    return list(config["seeds"]) if is_seeded(config, model, words) else [0]


def seeded_models(config: Config, table: str) -> list[str]:
    """Those of a table's models that have any randomness."""
    words = config[table]["words"]
    return [name for name in needed_models(config, table) if is_seeded(config, name, words)]


def needed_mixtures(config: Config, captions: str, words: str) -> Config:
    """Settings of mixtures, and the ``poolings`` whose mixtures are needed.

    Args:
        config: the configuration.
        captions: the caption set.
        words: the word vectors.
    """
    models = models_with(config, captions, words)
    poolings = {config["models"][name]["pooling"] for name in models} & set(MIXTURE_POOLINGS)
    return {key: config["sentences"][key] for key in MIXTURES} | {"poolings": sorted(poolings)}


def corpora_of_networks(config: Config, captions: str, words: str) -> list[str]:
    """The corpora that networks are trained on with these captions and words.

    Args:
        config: the configuration.
        captions: the caption set.
        words: the word vectors.
    """
    models = models_with(config, captions, words)
    return sorted({model_settings(config, name)["corpus"] for name in models} - {None})


def cca_memory(config: Config, captions: str, words: str, model: str, n: int = 0) -> int:
    """Memory of a model's CCA in MB: p x p numbers, image features twice, blocks, and its PCA's.

    Where it is known that there are fewer sentences n than 3/4 of the dimensions p, the CCA takes
    their n x n Gram matrix, and holds n x p.

    Args:
        config: the configuration.
        captions: the data set.
        words: the word vectors.
        model: the model.
        n: training sentences; 0 where it is not known.
    """
    p, pca = dimension(config, model, words), model_settings(config, model)["pca"] or 0
    base = 2000 if config["captions"][captions]["layout"] == "synthetic" else 6000
    if n and 4 * n < 3 * p:
        return round(base + max(8e-6 * n * n + 20e-6 * n * 4096, 4e-6 * n * p + 4e-6 * n * n))
    covariance = 8e-6 * p * p + 20e-6 * min(p, pca or p) * 4096
    return round(base + max(covariance, 16e-6 * p * p if pca else 0))


def embedding_model(config: Config) -> str | None:
    """The model whose CCA embeds words: the first mixture ensemble."""
    models = config["models"].items()
    return next((name for name, model in models if model["pooling"] == "mm-ens"), None)


def caption_features(config: Config) -> set[str]:
    """Names of the image features that come from files of the user's own."""
    sets = config["captions"].values()
    return {name for captions in sets for name in captions.get("vectors", {})}


def synthetic_captions(config: Config, table: str) -> bool:
    """Whether a table's data set is drawn by rule."""
    return bool(config["captions"][config[table]["captions"]]["layout"] == "synthetic")
