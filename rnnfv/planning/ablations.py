"""The meaning of ``ablations`` in the configuration: changes with all their settings.

Nothing here imports torch: it runs whenever the workflow is planned.
"""

from typing import Any

from rnnfv.planning import Config

Change = dict[str, Any]

_ORDINARY: Config = {"stride": 1, "scaling": "none", "layers": ["output"], "pooling": "fisher"}
_ORDINARY |= {"power": True, "l2": True, "untrained": False, "epoch": "best"}
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
    common = {"pca": reference_pca(config), "feature": config["ablations"]["feature"]}
    settings = _ORDINARY | common | entry
    own = {key: entry[key] for key in base if key in entry and entry[key] != base[key]}
    wanted = ("feature", "stride", "scaling", "l2", "layers", "pooling", "pca")
    change = {key: settings[key] for key in ("name", *wanted)}
    change["changed"] = {key: value for key, value in entry.items() if key != "name"}
    change["alpha"] = 0.5 if settings["power"] else 1.0
    change["epoch"] = "untrained" if settings["untrained"] else settings["epoch"]
    change |= {"rnn": base | own, "reduction": config["ablations"]["reduction"]}
    return change | {"training": _training_name(settings["stride"], own)}


def _training_name(stride: int, own: Config) -> str:
    """As ``reference``, or ``dropout-0.9``, or ``stride-2_n_lstm-100``: a part of a path."""
    parts = [f"stride-{stride}"] if stride > 1 else []
    parts += [f"{key}-{own[key]}" for key in sorted(own)]
    return "_".join(parts) or "reference"


def reference_pca(config: Config) -> int | None:
    """Components of the reference's RNN-FV: ``ablations.pca``, else the first of ``rnn.pca``."""
    size: int | None = config["ablations"].get("pca", config["rnn"]["pca"][0])
    return size


def splits(config: Config) -> list[int]:
    """The splits that the ablations are measured on: their own, else all of the data set's."""
    own = config.get("ablations")
    return list(own.get("splits", config["datasets"][own["dataset"]]["splits"])) if own else []


def trainings(config: Config) -> list[str]:
    """Names of what networks are trained with, each once."""
    return list(dict.fromkeys(change["training"] for change in changes(config)))


def sharing(config: Config, feature: str, training: str) -> list[Change]:
    """The changes that use one network.

    Args:
        config: the configuration.
        feature: that it is trained on.
        training: its name.
    """
    wanted = (feature, training)
    return [one for one in changes(config) if (one["feature"], one["training"]) == wanted]


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
    """The networks to train and measure: ``dataset, feature, reduction, training, split``."""
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
