"""The meaning of the configuration of actions: networks, features, and the rows of Table 1.

Nothing here imports torch: it runs whenever the workflow is planned.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnnfv.data.files import is_companion, walk
from rnnfv.data.manifests.own import columns_of, videos_in
from rnnfv.errors import InputError
from rnnfv.evaluation.table_poolings import POOLINGS
from rnnfv.features.networks.base import FeatureNetwork
from rnnfv.features.networks.registry import describe_network
from rnnfv.planning import Config
from rnnfv.planning.schema import did_you_mean

_ELEMENTS = ("dataset", "feature", "reduction")
_NOT_OPTIONS = ("network", "every", "batch_size", "source")


@dataclass(frozen=True)
class PlannedNetwork:
    """A feature of the configuration: its network, not loaded, and the frames it needs.

    Attributes:
        network: options checked, weights not read.
        every: keep one frame in this many.
    """

    network: FeatureNetwork
    every: int

    @property
    def decoding(self) -> dict[str, Any]:
        """Arguments of :func:`rnnfv.features.media.video.decode_shard`."""
        size = self.network.geometry
        pad_to = self.network.block if self.network.kind == "clip" else None
        sides = {"short_side": size.short_side, "exact": size.exact, "pad_to": pad_to}
        return {"every": self.every, **sides}


def network_options(settings: Config) -> Config:
    """The part of a feature's settings that are its network's own options."""
    return {key: value for key, value in settings.items() if key not in _NOT_OPTIONS}


def networks(config: Config) -> dict[str, PlannedNetwork]:
    """The network of every entry in ``features``.

    Raises:
        InputError: unknown network or option, naming the key.
    """
    planned = {}
    for name, settings in config["features"].items():
        options = network_options(settings)
        try:
            network = describe_network(settings["network"], key=f"features.{name}", **options)
        except InputError:
            for option in options:
                if hint := did_you_mean(option, _NOT_OPTIONS):
                    problem = f"features.{name}.{option}: there is no such key"
                    raise InputError(f"{problem}; {hint}") from None
            raise
        planned[name] = PlannedNetwork(network, settings.get("every", 1))
    return planned


def own_features(config: Config) -> set[str]:
    """Names of the features that come from files of the user's own."""
    datasets = config["datasets"].values()
    return {name for settings in datasets for name in settings.get("sequences", {})}


def has_weights(config: Config, feature: str) -> bool:
    """Whether the configuration gives the feature weights, or it needs none to be given."""
    try:
        planned = networks({"features": {feature: config["features"][feature]}})[feature]
    except KeyError:
        return True  # a file of the user's own
    given = getattr(planned.network, "weights", None) is not None
    return given or "weights" not in config["features"][feature]


def features_of(config: Config, dataset: str) -> list[str]:
    """Features to make of a data set: its own list, the files it brings, or the table's list."""
    settings = config["datasets"][dataset]
    for key in ("features", "sequences"):
        if key in settings:
            return list(settings[key])
    listed = [name for name in config["table1"]["features"] if name in config["features"]]
    return [name for name in listed if has_weights(config, name)]


def has_videos(config: Config, dataset: str) -> bool:
    """Whether the data set brings, or draws, videos."""
    settings = config["datasets"][dataset]
    return settings["layout"] == "synthetic" or "videos" in settings


def features_to_choose_from(config: Config, dataset: str) -> set[str]:
    """Features that could be made of a data set: from its videos, or from the files it brings."""
    own = set(config["datasets"][dataset].get("sequences", {}))
    return own | (set(config["features"]) if has_videos(config, dataset) else set())


def features_without_weights(config: Config) -> list[str]:
    """Features of Table 1 that are left out because no weights file is configured for them."""
    datasets = (config["datasets"][name] for name in config["table1"]["datasets"])
    if all("features" in settings or "sequences" in settings for settings in datasets):
        return []  # no data set takes its features from the table's list
    listed = [name for name in config["table1"]["features"] if name in config["features"]]
    return [name for name in listed if not has_weights(config, name)]


def synthetic(config: Config, table: str = "table1") -> list[str]:
    """The synthetic data sets of a table."""
    names = _datasets_of(config, table)
    return [name for name in names if config["datasets"][name]["layout"] == "synthetic"]


def drawn_splits(config: Config, table: str = "table1") -> list[str]:
    """Notes below a table: how splits were drawn, and what of class folders was left out."""
    notes = []
    for name in _datasets_of(config, table):
        settings = config["datasets"][name]
        if is_drawn(settings):
            note = f"{name}: no splits were given; drawn by seed {settings.get('seed', 0)}, "
            note += "about a third of every label's items for testing, whole groups"
            alone = "" if _has_groups(settings) else "; every item is a group of its own"
            notes.append(note + alone)
    return notes + left_out(config, _datasets_of(config, table))


def left_out(config: Config, names: Iterable[str]) -> list[str]:
    """Lines about files and class folders of data sets that are taken for no videos."""
    roots = {
        name: Path(config["datasets"][name]["videos"])
        for name in names
        if config["datasets"][name]["layout"] == "folders"
    }
    there = {name: root for name, root in roots.items() if root.is_dir()}
    return [f"{name}: {line}" for name, root in there.items() for line in videos_in(root)[1]]


def is_drawn(settings: Config) -> bool:
    """Whether the splits of a data set are drawn, not given; ``settings`` are its entry."""
    if settings["layout"] == "manifest":
        columns = columns_of(settings["manifest"])
        return bool(columns) and not any(re.fullmatch(r"split\d+", name) for name in columns)
    return bool(settings["layout"] == "folders")


def _has_groups(settings: Config) -> bool:
    if settings["layout"] == "folders":
        return "group" in settings
    return "group" in columns_of(settings["manifest"])


def _datasets_of(config: Config, table: str) -> list[str]:
    section = config.get(table, {})
    return list(section.get("datasets", [section["dataset"]] if "dataset" in section else []))


def transferable(config: Config, dataset: str, feature: str) -> bool:
    """Whether a CCA can be learnt for a feature: ``transfer``'s caption set has it of its images.

    Drawn pictures teach nothing about films: their CCA is for drawn videos alone.

    Args:
        config: the configuration.
        dataset: whose videos are to be reduced.
        feature: of both.
    """
    if "transfer" not in config:
        return False
    captions = config["captions"][config["transfer"]["captions"]]
    if captions["layout"] == "synthetic" and config["datasets"][dataset]["layout"] != "synthetic":
        return False
    if feature in captions.get("vectors", {}):
        return True
    has_images = captions["layout"] == "synthetic" or "images" in captions
    if feature not in config["features"] or not has_images:
        return False
    network = networks({"features": {feature: config["features"][feature]}})[feature].network
    return network.kind == "frame" and has_weights(config, feature)


def reductions_of(config: Config, dataset: str, feature: str) -> list[str]:
    """Reductions of a feature in Table 1: ``pca``, and ``cca`` where it can be learnt.

    Args:
        config: the configuration.
        dataset: a data set of Table 1.
        feature: of its videos.
    """
    wanted: list[str] = config["table1"]["reductions"]
    return [name for name in wanted if name == "pca" or transferable(config, dataset, feature)]


def table1_rows(config: Config) -> list[dict[str, str]]:
    """The rows of Table 1: ``dataset, feature, reduction, pooling``."""
    return [
        {"dataset": dataset, "feature": feature, "reduction": reduction, "pooling": pooling}
        for dataset in config["table1"]["datasets"]
        for feature in features_of(config, dataset)
        for reduction in reductions_of(config, dataset, feature)
        for pooling in config["table1"]["poolings"]
    ]


def table1_splits(config: Config) -> list[dict[str, Any]]:
    """Every split of Table 1 once: ``dataset, feature, reduction, split``."""
    places = [{key: row[key] for key in _ELEMENTS} for row in table1_rows(config)]
    return [
        {**place, "split": split}
        for i, place in enumerate(places)
        if place not in places[:i]
        for split in config["datasets"][place["dataset"]]["splits"]
    ]


def pooling_settings(config: Config) -> Config:
    """The sections of the configuration that poolings and their classifiers depend on."""
    sections = {pooling.section for pooling in POOLINGS.values()}
    return {section: config[section] for section in sorted({"svm", *sections})}


def list_files(settings: Config) -> list[str]:
    """The files that say which video is in which split; ``settings`` are a data set's entry.

    Of a folder of lists its files, since a folder does not change when they do. Class folders, and
    those in them, are the list themselves: they change when a video comes or goes. Synthetic data
    sets need none.
    """
    if settings["layout"] == "folders":
        root = Path(settings["videos"])
        below = (folder for folder, _ in walk(root) if folder != root) if root.is_dir() else ()
        found = [folder for folder in below if not is_companion(folder.relative_to(root))]
        return sorted(map(str, found)) or [str(root)]
    folder = settings.get("lists")
    if folder is None:
        return [settings["manifest"]] if "manifest" in settings else []
    lists = sorted(path for path in Path(folder).glob("*.txt") if not is_companion(path.name))
    return list(map(str, lists)) or [folder]


def listing(settings: Config) -> Config:
    """Settings that the list of a data set's items depends on, besides files."""
    keys = ["layout", "recipe", "scenes", "clips_per_class", "seed", "lists", "check_counts"]
    keys += ["group"] if settings["layout"] == "folders" else []
    keys += ["splits"] if "lists" in settings or is_drawn(settings) else []
    return {key: settings[key] for key in keys if key in settings}
