"""Names in the configuration: what may be a name, and every key that refers to one."""

import re
from collections.abc import Collection, Iterator, Sequence

from rnnfv.errors import InputError
from rnnfv.evaluation.table_poolings import POOLINGS
from rnnfv.planning import Config
from rnnfv.planning.actions import features_to_choose_from, own_features
from rnnfv.planning.retrieval import needed_models, tables
from rnnfv.planning.schema import did_you_mean
from rnnfv.planning.sentences import caption_features

References = Iterator[tuple[str, str, Collection[str]]]
"""A key, the name in it, and the names there are."""


_ENDINGS = (".csv", ".h5", ".png", ".json", ".txt", ".bin", ".pt", ".html", ".md", ".tex", ".rnnfv")
"""Of files that the workflow puts beside folders of these names."""

_FOLDERS = ("clips", "pictures", "table2", "words")
"""Those that the workflow puts beside folders of features."""

_FEATURES = "features, trajectories"

_LONGEST = 200  # bytes; endings are added
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9])(\..*)?", re.IGNORECASE)


def check_file_name(kind: str, name: str) -> None:
    """Raise InputError where some systems have no file of a name, with any ending.

    Windows takes some names for devices, and drops a last dot; most file systems end at 255 bytes.
    """
    if _DEVICE.fullmatch(name) or name.endswith("."):
        raise InputError(f"{kind}: {name!r} is no name for a file on Windows; rename it.")
    if len(name.encode()) > _LONGEST:
        raise InputError(f"{kind}: {name!r} is too long for the name of a file; shorten it.")


def check_names(config: Config) -> None:
    """Check that names can be told apart in paths, and that every name that is used is defined.

    Raises:
        InputError: naming the key and the names there are.
    """
    for kind, names in _kinds(config).items():
        _check_spelling(kind, names)
    for references in (_in_captions, _in_datasets, _in_table1, _in_table2, _in_ablations):
        for key, name, known in references(config):
            if name not in known:
                there = f"there are {', '.join(sorted(known)) or 'none'}."
                hint = did_you_mean(name, known) or there
                raise InputError(f"{key}: {name!r} is not defined; {hint}")


def _kinds(config: Config) -> dict[str, list[str]]:
    """The names that become folders beside each other."""
    features = {*config["features"], *own_features(config), *caption_features(config)}
    kinds = {_FEATURES: [*sorted(features), *config["trajectories"]]}
    kinds["run.name"] = [name for name in config.get("run", {}).values() if name]
    return kinds | {
        kind: list(config[kind]) for kind in ("datasets", "captions", "corpora", "words", "models")
    }


def _check_spelling(kind: str, names: Sequence[str]) -> None:
    """Letters of a name are checked by the schema; here, what it is mistaken for."""
    first: dict[str, str] = {}
    for name in names:
        check_file_name(kind, name)
        other = first.setdefault(name.lower(), name)
        if name.lower().endswith(_ENDINGS):
            raise InputError(f"{kind}: {name!r} ends like a file of the workflow; rename it.")
        if kind == _FEATURES and name.lower() in _FOLDERS:
            raise InputError(f"{kind}: {name!r} is a folder of the workflow; rename it.")
        if other != name:
            problem = f"{name!r} and {other!r} differ in case only"
            raise InputError(f"{kind}: {problem}, and not at all on some disks; rename one.")


def _in_captions(config: Config) -> References:
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


def _in_datasets(config: Config) -> References:
    for dataset, settings in config["datasets"].items():
        for name in settings.get("features", []):
            yield f"datasets.{dataset}.features", name, features_to_choose_from(config, dataset)
        for name in settings.get("tracks", {}):
            yield f"datasets.{dataset}.tracks", name, config["trajectories"]


def _in_table1(config: Config) -> References:
    features = set(config["features"]) | own_features(config)
    kinds = {"datasets": config["datasets"], "features": features, "poolings": POOLINGS}
    for key, known in kinds.items():
        for name in config["table1"][key]:
            yield f"table1.{key}", name, known


def _in_table2(config: Config) -> References:
    if "table2" not in config:
        return
    table, features = config["table2"], set(config["features"]) | own_features(config)
    for dataset in table["datasets"]:
        yield "table2.datasets", dataset, config["datasets"]
    for name, member in table["representations"].items():
        key = f"table2.representations.{name}"
        if "trajectories" in member:
            yield f"{key}.trajectories", member["trajectories"], config["trajectories"]
            continue
        yield f"{key}.feature", member["feature"], features
        yield f"{key}.pooling", member.get("pooling", "rnn-fv"), POOLINGS
        if "trained_on" in member:
            yield f"{key}.trained_on", member["trained_on"], config["datasets"]
    for method, members in table["rows"].items():
        for name in members or []:
            yield f"table2.rows.{method}", name, table["representations"]


def _in_ablations(config: Config) -> References:
    if "ablations" in config:
        yield "ablations.dataset", config["ablations"]["dataset"], config["datasets"]
