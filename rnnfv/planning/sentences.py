"""What the configuration of the image-sentence half means: models with all their settings, tables, and checks of names.

A *model* is a representation of sentences. Nothing here imports torch: it runs whenever the workflow is planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rnnfv.errors import InputError
from rnnfv.planning.actions import networks

Config = dict[str, Any]

TABLES = ("table3", "table4", "table5", "ablations_sentences")
"""Keys of the configuration that describe a table of retrieval results."""

MIXTURES = ("mixture_components", "mixture_samples", "mixture_iterations")
MIXTURE_POOLINGS = ("gmm-fv", "lmm-fv", "hglmm-fv", "mm-ens")
_NETWORK = (
    "objective",
    "n_lstm",
    "dropout",
    "learning_rate",
    "weight_decay",
    "batch_size",
    "clip",
    "epochs",
    "patience",
)
_DATA = ("words", "corpus", "reverse")
TRAINING = (*_NETWORK, *_DATA, "evaluate_every", "epoch_coordinates", "eta", "alpha")
EMBEDDING = ("pooling", "alpha", "mixture_coordinates", "embedding")
_CCA = ("pooling", "eta", "components")
_READ_BY = {
    "mean": (),
    **dict.fromkeys(MIXTURE_POOLINGS, ("alpha",)),
    "mm-ens": ("alpha", "mixture_coordinates"),
    "rnn-fv": ("alpha", "layers", "coordinates", "scaling", "pca", "pca_samples", "reverse"),
}
"""Beside the CCA's: which settings a pooling's representation reads."""

_DEFAULTS: Config = {
    "words": "given",
    "reverse": False,
    "corpus": None,
    "objective": "regression",
    "layers": ["output"],
    "coordinates": None,
    "scaling": "none",
    "pca": None,
}


def model_settings(config: Config, model: str) -> Config:
    """Every setting of a model: its own, else that of the model whose network it uses, of ``sentences``, or the default."""
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
    keys = {
        "training": TRAINING,
        "projection": (*_CCA, *_READ_BY[config["models"][model]["pooling"]]),
        "embedding": EMBEDDING,
    }
    settings = model_settings(config, model)
    return {key: settings[key] for key in sorted(keys[step])}


def network_model(config: Config, model: str) -> str:
    """The model whose network a model uses: its own, or another's, of which it takes something else."""
    return str(config["models"][model].get("network", model))


def label(config: Config, name: str) -> str:
    """The name of a model in tables; a combination's name is its label."""
    return str(config["models"].get(name, {}).get("label", name))


def tables(config: Config) -> list[str]:
    """The tables of retrieval results that are configured."""
    return [name for name in TABLES if name in config]


def combinations(config: Config, table: str) -> Config:
    """The combinations of a table: name to models. One that is null was taken away again."""
    return {
        name: members
        for name, members in config[table]["combinations"].items()
        if members is not None
    }


def caption_files(config: Config, captions: str) -> list[str]:
    """The user's files that hold captions and say which image is in which split."""
    settings = config["captions"][captions]
    files, splits = settings.get("captions", []), settings.get("splits", {})
    files = [files] if isinstance(files, str) else files
    return [*files, *([splits] if isinstance(splits, str) else splits.values())]


def caption_settings(config: Config, captions: str) -> Config:
    """What the list of a data set's images and sentences depends on, in a fixed order."""
    settings = config["captions"][captions]
    others = ("images", "vectors", "shards", "source", "validation", "validation_seed")
    return {key: settings[key] for key in sorted(set(settings) - set(others))}


def methods(config: Config, table: str) -> dict[str, list[str]]:
    """The rows of a table: a name and the models whose cosine similarities it averages."""
    return {name: [name] for name in config[table]["models"]} | combinations(config, table)


def needed_models(config: Config, table: str) -> list[str]:
    """Every model that a table shows, alone or in a combination."""
    listed = [
        *config[table]["models"],
        *(m for members in combinations(config, table).values() for m in members),
    ]
    return list(dict.fromkeys(listed))


def labels(config: Config, table: str) -> dict[str, str]:
    """The name of every row of a table as it shows it."""
    return {name: label(config, name) for name in methods(config, table)}


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
        for seed in seeds_of(config, model)
    ]


def dimension(config: Config, model: str, words: str) -> int:
    """About how many numbers a model gives a sentence; word vectors of a file are taken to have 300."""
    settings = model_settings(config, model)
    words_dim = config["words"][words]["dim"] if "corpora" in config["words"][words] else 300
    if settings["words"] == "cca":
        words_dim = config["sentences"]["embedding"]
    k, units = settings["mixture_components"], settings["n_lstm"]
    lstm = 4 * units * (words_dim + units + 1) if "lstm" in settings["layers"] else 0
    sizes = {
        "mean": words_dim,
        "mm-ens": settings["mixture_coordinates"],
        "rnn-fv": words_dim * (units + 1) + lstm,
    }
    # A PCA is fitted on all the numbers it reduces.
    return int(settings["coordinates"] or sizes.get(settings["pooling"], 2 * k * words_dim))


def models_with(config: Config, captions: str, words: str) -> list[str]:
    """Every model that some table, or the transfer to frames, needs with these captions and words."""
    found = [
        m
        for t in tables(config)
        for m in needed_models(config, t)
        if _uses(config[t], captions, words)
    ]
    embedding = embedding_model(config)
    if embedding is not None and any(
        model_settings(config, name)["words"] == "cca" for name in found
    ):
        found.append(embedding)
    if "transfer" in config and _uses(config["transfer"], captions, words):
        found.append(config["transfer"]["model"])
    return list(dict.fromkeys(found))


def _uses(settings: Config, captions: str, words: str) -> bool:
    return bool(settings["captions"] == captions and settings["words"] == words)


def is_seeded(config: Config, model: str) -> bool:
    """Whether a model has any randomness; the mean of word vectors has none."""
    settings = model_settings(config, model)
    return settings["pooling"] != "mean" or settings["words"] == "cca"


def seeds_of(config: Config, model: str) -> list[int]:
    """The seeds a model is made with."""
    return list(config["seeds"]) if is_seeded(config, model) else [0]


def seeded_models(config: Config, table: str) -> list[str]:
    """Those of a table's models that have any randomness."""
    return [name for name in needed_models(config, table) if is_seeded(config, name)]


def models_pooled(config: Config, poolings: Iterable[str]) -> list[str]:
    """The models with one of these poolings."""
    return [name for name, model in config["models"].items() if model["pooling"] in poolings]


def needed_mixtures(config: Config, captions: str, words: str) -> Config:
    """How to fit mixtures, and the ``poolings`` that models with these captions and words need."""
    models = models_with(config, captions, words)
    poolings = {config["models"][name]["pooling"] for name in models} & set(MIXTURE_POOLINGS)
    return {key: config["sentences"][key] for key in MIXTURES} | {"poolings": sorted(poolings)}


def corpora_of_networks(config: Config, captions: str, words: str) -> list[str]:
    """The corpora that networks are trained on with these captions and words."""
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
    return next(
        (name for name, model in config["models"].items() if model["pooling"] == "mm-ens"), None
    )


def caption_features(config: Config) -> set[str]:
    """Names of the image features that come from files of the user's own."""
    return {
        name for settings in config["captions"].values() for name in settings.get("vectors", {})
    }


def synthetic_captions(config: Config, table: str) -> bool:
    """Whether a table's data set is drawn by rule."""
    return bool(config["captions"][config[table]["captions"]]["layout"] == "synthetic")


def check_sentences(config: Config) -> None:
    """Check that every name is defined and every data set has what its tables need.

    Raises:
        InputError: naming the key, and the names there are.
    """
    for key, name, known in _names(config):
        if name not in known:
            raise InputError(
                f"{key}: {name!r} is not defined; there are {', '.join(sorted(known)) or 'none'}."
            )
    for table in tables(config):
        settings = config[table]
        captions = config["captions"][settings["captions"]]
        made = captions["layout"] == "synthetic" or "images" in captions
        if not made and settings["feature"] not in captions.get("vectors", {}):
            raise InputError(
                f"captions.{settings['captions']}: no {settings['feature']} features can be made; set images (a folder), or "
                f"vectors.{settings['feature']} (a vectors file)."
            )
        feature = settings["feature"]
        if (
            feature not in captions.get("vectors", {})
            and networks(config)[feature].network.kind != "frame"
        ):
            raise InputError(
                f"{table}.feature: {feature} is a network of clips; images need a network of frames."
            )
        for model in needed_models(config, table):
            if model_settings(config, model)["words"] == "cca" and embedding_model(config) is None:
                raise InputError(
                    f"models.{model}.words: cca needs a model with pooling mm-ens, whose CCA embeds the words."
                )
    for name, words in config["words"].items():
        if ("path" in words) == ("corpora" in words):
            raise InputError(
                f"words.{name}: give either path, a file of word vectors, or corpora to train them on. (Settings add up: "
                "to use a file beside the default run's trained vectors, give it a name of its own.)"
            )
    for name, model in config["models"].items():
        _check_settings(name, model)
        _check_network(config, name, model)
    for name, members in _combinations(config):
        if name in config["models"]:
            raise InputError(
                f"combinations: {name!r} is also the name of a model; give the combination {members} another."
            )
    if (
        "transfer" in config
        and config["models"][config["transfer"]["model"]]["pooling"] == "rnn-fv"
    ):
        raise InputError(
            "transfer.model: name a model that is not an rnn-fv; the paper projects frames by GMM+HGLMM's CCA."
        )


def _check_settings(name: str, model: Config) -> None:
    """A setting that a pooling does not read would be ignored, and its row would claim something else."""
    pooling = model["pooling"]
    if pooling == "rnn-fv":
        return
    ignored = sorted(set(model) - {"pooling", "label", *_READ_BY[pooling]})
    if ignored:
        raise InputError(
            f"models.{name}.{ignored[0]}: has no meaning for pooling {pooling}. Take it out, or use rnn-fv."
        )


def _check_network(config: Config, name: str, model: Config) -> None:
    """A model may use another's network, and then differs from it in nothing the network was trained with."""
    if "network" not in model:
        return
    other = config["models"][model["network"]]
    if other["pooling"] != "rnn-fv" or model["pooling"] != "rnn-fv" or "network" in other:
        raise InputError(
            f"models.{name}.network: {model['network']!r} has no network of its own; name an rnn-fv that has."
        )
    trained_with = (*_NETWORK, *_DATA)
    differing = [key for key in trained_with if model.get(key, other.get(key)) != other.get(key)]
    if differing:
        raise InputError(
            f"models.{name}.{differing[0]}: cannot be set, since the network is that of {model['network']}."
        )


def _combinations(config: Config) -> Iterator[tuple[str, list[str]]]:
    for table in tables(config):
        yield from combinations(config, table).items()


def _names(config: Config) -> Iterator[tuple[str, str, set[str]]]:
    captions, words, models, corpora = (
        set(config[key]) for key in ("captions", "words", "models", "corpora")
    )
    features = set(config["features"])
    for table in tables(config):
        settings = config[table]
        yield f"{table}.captions", settings["captions"], captions
        yield f"{table}.words", settings["words"], words
        own = set(config["captions"].get(settings["captions"], {}).get("vectors", {}))
        yield f"{table}.feature", settings["feature"], features | own
        for model in needed_models(config, table):
            yield f"{table}: model", model, models
    for name, settings in config["words"].items():
        for corpus in settings.get("corpora", []):
            yield f"words.{name}.corpora", corpus, corpora
    for name, settings in config["models"].items():
        if "network" in settings:
            yield f"models.{name}.network", settings["network"], models
        if "corpus" in settings:
            yield f"models.{name}.corpus", settings["corpus"], corpora
    if "transfer" in config:
        yield "transfer.captions", config["transfer"]["captions"], captions
        yield "transfer.words", config["transfer"]["words"], words
        yield "transfer.model", config["transfer"]["model"], models
