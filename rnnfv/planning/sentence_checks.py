"""Checks of the configuration of the image-sentence half, for what its schema cannot say."""

from __future__ import annotations

from collections.abc import Iterator

from rnnfv.errors import InputError
from rnnfv.planning.actions import networks
from rnnfv.planning.sentences import (
    DATA,
    NETWORK,
    READ_BY,
    Config,
    combinations,
    embedding_model,
    model_settings,
    needed_models,
    tables,
)


def check_sentences(config: Config) -> None:
    """Check that every name is defined and every data set has what its tables need.

    Raises:
        InputError: naming the key, and the names there are.
    """
    for problems in (_undefined, _of_tables, _of_words, _of_models, _of_combinations):
        for problem in problems(config):
            raise InputError(problem)


def _undefined(config: Config) -> Iterator[str]:
    for key, name, known in _names(config):
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            yield f"{key}: {name!r} is not defined; there are {there}."


def _names(config: Config) -> Iterator[tuple[str, str, set[str]]]:
    """Every key that names something, the name, and the names there are."""
    sections = ("captions", "words", "models", "corpora", "features")
    captions, words, models, corpora, features = (set(config[key]) for key in sections)
    for table in tables(config):
        settings = config[table]
        yield f"{table}.captions", settings["captions"], captions
        yield f"{table}.words", settings["words"], words
        own = set(config["captions"][settings["captions"]].get("vectors", {}))
        yield f"{table}.feature", settings["feature"], features | own
        for model in needed_models(config, table):
            yield f"{table}: model", model, models
    for name, settings in config["words"].items():
        for corpus in settings.get("corpora", []):
            yield f"words.{name}.corpora", corpus, corpora
    for name, settings in config["models"].items():
        for key, known in (("network", models), ("corpus", corpora)):
            if key in settings:
                yield f"models.{name}.{key}", settings[key], known
    if "transfer" in config:
        for key, known in (("captions", captions), ("words", words), ("model", models)):
            yield f"transfer.{key}", config["transfer"][key], known


def _of_tables(config: Config) -> Iterator[str]:
    for table in tables(config):
        name, feature = config[table]["captions"], config[table]["feature"]
        captions = config["captions"][name]
        if feature not in captions.get("vectors", {}):
            if captions["layout"] != "synthetic" and "images" not in captions:
                yield (
                    f"captions.{name}: no {feature} features can be made; set images (a folder), "
                    f"or vectors.{feature} (a vectors file)."
                )
            if networks(config)[feature].network.kind != "frame":
                yield (
                    f"{table}.feature: {feature} is a network of clips; "
                    "images need a network of frames."
                )
        for model in needed_models(config, table):
            if model_settings(config, model)["words"] == "cca" and not embedding_model(config):
                yield (
                    f"models.{model}.words: cca needs a model with pooling mm-ens, "
                    "whose CCA embeds the words."
                )


def _of_words(config: Config) -> Iterator[str]:
    for name, words in config["words"].items():
        if ("path" in words) == ("corpora" in words):
            yield (
                f"words.{name}: give either path, a file of word vectors, or corpora to train "
                "them on. (Settings add up: to use a file beside the default run's trained "
                "vectors, give it a name of its own.)"
            )


def _of_models(config: Config) -> Iterator[str]:
    for name, model in config["models"].items():
        pooling = model["pooling"]
        # A setting that a pooling does not read: its row would claim something else.
        ignored = sorted(set(model) - {"pooling", "label", *READ_BY[pooling]})
        if pooling != "rnn-fv" and ignored:
            yield (
                f"models.{name}.{ignored[0]}: has no meaning for pooling {pooling}. "
                "Take it out, or use rnn-fv."
            )
        if "network" in model:
            yield from _of_network(config, name, model)


def _of_network(config: Config, name: str, model: Config) -> Iterator[str]:
    """A model may use another's network, but differ in nothing that network was trained with."""
    other = config["models"][model["network"]]
    if other["pooling"] != "rnn-fv" or model["pooling"] != "rnn-fv" or "network" in other:
        yield (
            f"models.{name}.network: {model['network']!r} has no network of its own; "
            "name an rnn-fv that has."
        )
    for key in (*NETWORK, *DATA):
        if model.get(key, other.get(key)) != other.get(key):
            yield (
                f"models.{name}.{key}: cannot be set, since the network is that of "
                f"{model['network']}."
            )


def _of_combinations(config: Config) -> Iterator[str]:
    for table in tables(config):
        for name, members in combinations(config, table).items():
            if name in config["models"]:
                yield (
                    f"combinations: {name!r} is also the name of a model; "
                    f"give the combination {members} another."
                )
    model = config.get("transfer", {}).get("model")
    if model and config["models"][model]["pooling"] == "rnn-fv":
        yield (
            "transfer.model: name a model that is not an rnn-fv; "
            "the paper projects frames by GMM+HGLMM's CCA."
        )
