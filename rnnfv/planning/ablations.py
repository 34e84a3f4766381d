"""The meaning of ``ablations`` in the configuration: changes with all their settings, and checks.

Nothing here imports torch: it runs whenever the workflow is planned.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rnnfv.errors import InputError
from rnnfv.planning.actions import features_to_choose_from, has_weights, transferable

Config = dict[str, Any]
Change = dict[str, Any]

_ORDINARY: Config = {
    "stride": 1,
    "scaling": "none",
    "power": True,
    "l2": True,
    "layers": ["output"],
    "pooling": "fisher",
    "untrained": False,
    "epoch": "best",
}
_NORMALISATION = ("pca", "alpha")
"""Of ``rnn``: what the ablations set for themselves, one value each, where Table 1 chooses."""


def changes(config: Config) -> list[Change]:
    """Every change with all its settings, in the order of the list; none without ``ablations``.

    Returns:
        Mappings with ``name``; ``changed``, the entry's own settings; ``feature``, ``stride``,
        ``scaling``, ``alpha``, ``l2``, ``layers``, ``pooling``, ``pca``, ``epoch`` (``best``,
        ``last`` or ``untrained``); ``rnn``, the settings of the network; ``reduction``;
        ``training``, a name for what the network is trained with.
    """
    if "ablations" not in config:
        return []
    base = {key: value for key, value in config["rnn"].items() if key not in _NORMALISATION}
    return [_resolved(config, base, entry) for entry in config["ablations"]["changes"]]


def _resolved(config: Config, base: Config, entry: Config) -> Change:
    settings = (
        _ORDINARY
        | {"pca": reference_pca(config), "feature": config["ablations"]["feature"]}
        | entry
    )
    own = {key: entry[key] for key in base if key in entry and entry[key] != base[key]}
    wanted = ("feature", "stride", "scaling", "l2", "layers", "pooling", "pca")
    return {key: settings[key] for key in ("name", *wanted)} | {
        "changed": {key: value for key, value in entry.items() if key != "name"},
        "alpha": 0.5 if settings["power"] else 1.0,
        "epoch": "untrained" if settings["untrained"] else settings["epoch"],
        "rnn": base | own,
        "reduction": config["ablations"]["reduction"],
        "training": _training_name(settings["stride"], own),
    }


def _training_name(stride: int, own: Config) -> str:
    """As ``reference``, or ``dropout-0.9``, or ``stride-2_n_lstm-100``: a part of a path."""
    parts = ([f"stride-{stride}"] if stride > 1 else []) + [
        f"{key}-{own[key]}" for key in sorted(own)
    ]
    return "_".join(parts) or "reference"


def reference_pca(config: Config) -> int | None:
    """Components of the reference's RNN-FV: ``ablations.pca``, else the first of ``rnn.pca``."""
    size: int | None = config["ablations"].get("pca", config["rnn"]["pca"][0])
    return size


def splits(config: Config) -> list[int]:
    """The splits that the ablations are measured on: their own, else all of the data set's."""
    if "ablations" not in config:
        return []
    ablations = config["ablations"]
    return list(ablations.get("splits", config["datasets"][ablations["dataset"]]["splits"]))


def trainings(config: Config) -> list[str]:
    """Names of what networks are trained with, each once."""
    return list(dict.fromkeys(change["training"] for change in changes(config)))


def sharing(config: Config, feature: str, training: str) -> list[Change]:
    """The changes that use the network of this feature and training."""
    return [
        change
        for change in changes(config)
        if (change["feature"], change["training"]) == (feature, training)
    ]


def training(config: Config, feature: str, name: str) -> Config:
    """The section ``rnn`` of a training, with the normalisation that its epochs are validated by.

    Args:
        config: the configuration.
        feature: of the elements.
        name: of the training.
    """
    settings: Config = sharing(config, feature, name)[0]["rnn"]
    return settings | {"pca": [reference_pca(config)], "alpha": [0.5]}


def measured(config: Config) -> list[dict[str, Any]]:
    """What is trained and measured: ``dataset, feature, reduction, training, split``."""
    place = {key: config.get("ablations", {}).get(key) for key in ("dataset", "reduction")}
    trained = dict.fromkeys((change["feature"], change["training"]) for change in changes(config))
    return [
        {**place, "feature": feature, "training": name, "split": split}
        for feature, name in trained
        for split in splits(config)
    ]


def measured_features(config: Config) -> list[dict[str, Any]]:
    """The features that changes use, each once: ``dataset, feature``."""
    places = [{key: place[key] for key in ("dataset", "feature")} for place in measured(config)]
    return [place for i, place in enumerate(places) if place not in places[:i]]


def check_ablations(config: Config) -> None:
    """Check the list of changes, and that every name in it is defined.

    Raises:
        InputError: naming the key, or the entry, and what is wrong with it.
    """
    if "ablations" not in config:
        return
    ablations = config["ablations"]
    name = ablations["dataset"]
    if name not in config["datasets"]:
        raise InputError(
            f"ablations.dataset: {name!r} is not defined; "
            f"there are {', '.join(sorted(config['datasets']))}."
        )
    there = config["datasets"][name]["splits"]
    unknown = sorted(set(splits(config)) - set(there))
    if unknown:
        listed = ", ".join(map(str, there))
        raise InputError(
            f"ablations.splits: {name} has no split {unknown[0]} in datasets.{name}.splits; "
            f"there are {listed}."
        )
    names = [entry["name"] for entry in ablations["changes"]]
    twice = [entry for i, entry in enumerate(names) if entry in names[:i]]
    if twice:
        raise InputError(
            f"ablations.changes: {twice[0]!r} occurs twice; every entry needs a name of its own."
        )
    first = ablations["changes"][0]
    if set(first) != {"name"}:
        raise InputError(
            f"ablations.changes: the first entry, {first['name']!r}, is the reference and may "
            "have nothing but a name; "
            "put what it sets into rnn, ablations.feature or ablations.pca."
        )
    for change in changes(config):
        for problem in _problems(config, change):
            raise InputError(f"ablations.changes, {change['name']!r}: {problem}")


def _problems(config: Config, change: Change) -> Iterator[str]:
    """What is wrong with one change, in words."""
    ablations, feature = config["ablations"], change["feature"]
    there = features_to_choose_from(config, ablations["dataset"])
    if feature not in there:
        listed = ", ".join(sorted(there)) or "none"
        yield f"feature: {feature!r} cannot be made of {ablations['dataset']}; there are {listed}."
    elif not has_weights(config, feature):
        yield f"feature: set features.{feature}.weights, or take the entry out of the list."
    elif ablations["reduction"] == "cca" and not transferable(
        config, ablations["dataset"], feature
    ):
        yield (
            f"reduction: no CCA can be learnt for {feature} of {ablations['dataset']}; "
            "use pca, or change transfer."
        )
    if "fc" in change["layers"] and not change["rnn"]["n_fc"] and change["pooling"] == "fisher":
        yield "layers: the network has no layer fc, since n_fc is 0."
    if change["pooling"] == "hidden" and "layers" in change["changed"]:
        yield "layers: hidden activations are not a gradient; leave layers or pooling: hidden out."
    if change["changed"].get("untrained") and "epoch" in change["changed"]:
        yield "epoch: an untrained network has none; leave epoch or untrained out."
