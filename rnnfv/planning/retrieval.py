"""Tables of retrieval results: their rows, and the models, mixtures and corpora that they need."""

import re
from collections.abc import Iterable
from itertools import chain

from rnnfv.errors import InputError
from rnnfv.planning import Config
from rnnfv.planning.sentences import (
    MIXTURE_POOLINGS,
    MIXTURES,
    embedding_model,
    is_seeded,
    model_settings,
    seeds_of,
)

TABLES = ("table3", "table4", "table5", "ablations_sentences")
"""Keys of the configuration that describe a table of retrieval results."""

PAPER = TABLES[:3]
"""Those of the paper, without side experiments."""


def tables(config: Config) -> list[str]:
    """The tables of retrieval results that are configured."""
    return [name for name in TABLES if name in config]


def combinations(config: Config, table: str) -> dict[str, list[str]]:
    """The combinations of a table: name to models. One that is null was taken away again."""
    return {name: models for name, models in config[table]["combinations"].items() if models}


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


def seeded_models(config: Config, table: str) -> list[str]:
    """Those of a table's models that have any randomness."""
    words = config[table]["words"]
    return [name for name in needed_models(config, table) if is_seeded(config, name, words)]


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


def needed_mixtures(config: Config, models: Iterable[str]) -> Config:
    """Settings of mixtures, and the ``poolings`` of these models whose mixtures are needed."""
    poolings = {config["models"][name]["pooling"] for name in models} & set(MIXTURE_POOLINGS)
    return {key: config["sentences"][key] for key in MIXTURES} | {"poolings": sorted(poolings)}


def corpora_of_networks(config: Config, models: Iterable[str]) -> list[str]:
    """The corpora that the networks of these models are trained on."""
    return sorted({model_settings(config, name)["corpus"] for name in models} - {None})


def synthetic_captions(config: Config, table: str) -> bool:
    """Whether a table's data set is drawn by rule."""
    return bool(config["captions"][config[table]["captions"]]["layout"] == "synthetic")
