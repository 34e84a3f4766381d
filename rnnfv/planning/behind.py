"""The files that a table's numbers come from, for its provenance."""

from collections.abc import Mapping
from typing import Any

from rnnfv.planning import Config, ablations, actions, fusion


def features_behind(config: Config, table: str, patterns: Mapping[str, str]) -> list[str]:
    """The files of features, and of words, that a table's numbers come from.

    Args:
        config: the configuration.
        table: its key there.
        patterns: of the files of ``sequences``, ``images`` and ``words``, and those of
            :func:`rnnfv.planning.fusion.member_files`.
    """
    if table == "table2":
        first = {name: settings["splits"][0] for name, settings in config["datasets"].items()}
        places = [{**row, "split": first[row["dataset"]]} for row in fusion.table2_rows(config)]
        members = (fusion.member_files(config, place, patterns) for place in places)
        return sorted({path for paths in members for path in paths})
    files: list[str] = []
    if table in ("table1", "ablations"):
        measured = table == "ablations"
        rows = ablations.measured_features(config) if measured else actions.table1_rows(config)
        for row in rows:
            own = config["datasets"][row["dataset"]].get("sequences", {})
            files.append(own.get(row["feature"], patterns["sequences"].format(**row)))
            if not measured and row["reduction"] == "cca":
                source = config["transfer"] | {"feature": row["feature"]}
                files += _images_and_words(config, source, patterns)
        return files if measured else sorted(set(files))
    return _images_and_words(config, config[table], patterns)


def _images_and_words(
    config: Config, place: Mapping[str, Any], patterns: Mapping[str, str]
) -> list[str]:
    """The vectors of a caption set's images and of its words."""
    place = {**place, "seed": config["seeds"][0]}
    return [patterns[name].format(**place) for name in ("images", "words")]
