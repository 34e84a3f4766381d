"""Representations and rows of Table 2 on a data set. Nothing here imports torch."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from rnnfv.evaluation.table_poolings import POOLINGS
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.planning import Config, actions

_SETTINGS = {field.name for field in fields(TrajectorySettings)}


def trajectory_settings(config: Config, name: str) -> Config:
    """The part of a ``trajectories`` entry that tracks depend on."""
    settings = config["trajectories"][name]
    return {key: settings[key] for key in sorted(_SETTINGS & settings.keys())}


def has_feature(config: Config, dataset: str, feature: str) -> bool:
    """Whether a data set's videos, or its own files, give a feature.

    Args:
        config: the configuration.
        dataset: its name.
        feature: its name.
    """
    own = feature in config["datasets"][dataset].get("sequences", {})
    there = feature in actions.features_to_choose_from(config, dataset)
    return there and (own or actions.has_weights(config, feature))


def lacking(config: Config, dataset: str, representation: str) -> str | None:
    """Why a data set cannot have a representation, in words; None where it can.

    Args:
        config: the configuration.
        dataset: its name.
        representation: a key of ``table2.representations``.
    """
    member = config["table2"]["representations"][representation]
    if "trajectories" in member:
        own = config["datasets"][dataset].get("tracks", {})
        if actions.has_videos(config, dataset) or member["trajectories"] in own:
            return None
        return f"{dataset} has neither videos nor tracks"
    feature, source = member["feature"], member.get("trained_on")
    for name in filter(None, [dataset, source]):
        if not has_feature(config, name, feature):
            known = feature in config["features"] and not actions.has_weights(config, feature)
            unset = f"features.{feature}.weights is not set"
            return unset if known else f"{name} has no feature {feature}"
    layouts = [config["datasets"][name]["layout"] for name in filter(None, [dataset, source])]
    if source == dataset:
        return f"it is trained on {dataset} itself"
    if layouts[1:] == ["synthetic"] != layouts[:1]:
        return f"what the drawn videos of {source} teach is used for drawn videos alone"
    by_cca = member.get("reduction") == "cca"
    if by_cca and not actions.transferable(config, dataset, feature):
        return f"no CCA can be learnt for {feature} of {dataset} (see transfer)"
    return None


def table2_rows(config: Config) -> list[dict[str, Any]]:
    """Our rows of Table 2, those that can be made.

    Returns:
        ``dataset``, ``method``, ``row`` (the method's name in paths), ``members`` (representations)
        and ``seeds``: one where no member has any randomness.
    """
    if "table2" not in config:
        return []
    return [
        {"dataset": dataset, "method": method, "row": slug(method)}
        | {"members": members, "seeds": _seeds(config, members)}
        for dataset in config["table2"]["datasets"]
        for method, members in config["table2"]["rows"].items()
        if members and not any(lacking(config, dataset, name) for name in members)
    ]


def _seeds(config: Config, members: list[str]) -> list[int]:
    poolings = [config["table2"]["representations"][name].get("pooling") for name in members]
    seeded = any(pooling is None or POOLINGS[pooling].seeded for pooling in poolings)
    return list(config["seeds"] if seeded else config["seeds"][:1])


def row_at(config: Config, place: Mapping[str, Any]) -> dict[str, Any]:
    """The row of :func:`table2_rows` of a ``dataset`` and ``row``."""
    wanted = (place["dataset"], place["row"])
    return next(row for row in table2_rows(config) if (row["dataset"], row["row"]) == wanted)


def member_files(
    config: Config,
    place: Mapping[str, Any],
    patterns: Mapping[str, str],
    seeds: Sequence[int] | None = None,
) -> list[str]:
    """A file of each member of a row, by seed.

    Args:
        config: the configuration.
        place: ``dataset``, ``row`` and ``split``.
        patterns: of files of representations that are ``own`` to the data set, ``transferred`` to
            it, or of ``trajectories``.
        seeds: of the members; the first alone if None.
    """
    files = []
    for seed in seeds or config["seeds"][:1]:
        for name in row_at(config, place)["members"]:
            member = config["table2"]["representations"][name]
            kind = "transferred" if "trained_on" in member else "own"
            pattern = patterns["trajectories" if "trajectories" in member else kind]
            parts = {"reduction": "pca", "pooling": "rnn-fv", "donor": member.get("trained_on")}
            files.append(pattern.format(**{**parts, **member, **place, "seed": seed}))
    return files


def place_of_donor(config: Config, place: Mapping[str, Any]) -> dict[str, Any]:
    """The other data set's split of the same number, or its first, for path patterns.

    Args:
        config: the configuration.
        place: with ``donor`` and ``split``.
    """
    splits = config["datasets"][place["donor"]]["splits"]
    split = place["split"] if int(place["split"]) in splits else splits[0]
    return {**place, "dataset": place["donor"], "split": split}


def donors(config: Config, place: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Data sets of Table 1 whose networks Table 2 uses on another one.

    Others are not looked at for leaks: Table 1 of one data set must not fetch another.

    Args:
        config: the configuration.
        place: with ``dataset``, the other one.

    Returns:
        By name: ``videos`` (None for none); ``sequences``, files of features; ``splits``, by the
        split of ``dataset`` the donor's split that its networks are trained on.
    """
    dataset, found = place["dataset"], {}
    rows = [row for row in table2_rows(config) if row["dataset"] == dataset]
    for member in {name for row in rows for name in row["members"]}:
        name = config["table2"]["representations"][member].get("trained_on")
        if name in config["table1"]["datasets"]:
            settings, splits = config["datasets"][name], config["datasets"][dataset]["splits"]
            places = [place_of_donor(config, {"donor": name, "split": split}) for split in splits]
            found[name] = {
                "videos": settings.get("videos"),
                "sequences": list(settings.get("sequences", {}).values()),
                "splits": {k: place["split"] for k, place in zip(splits, places, strict=True)},
            }
    return dict(sorted(found.items()))


def row_to_keep(config: Config, place: Mapping[str, Any]) -> dict[str, Any]:
    """A row as a model of it needs it.

    Args:
        config: the configuration.
        place: ``dataset`` and ``row``.

    Returns:
        ``method``; ``seed``; ``C`` of the SVM; ``takes``, the feature or the trajectories that each
        member is made of; and of the trajectories, by name, ``tracks``, settings that make tracks
        of new videos (None where they come from files of the user's own), and ``alpha``.
    """
    row, dataset = row_at(config, place), config["datasets"][place["dataset"]]
    members = [config["table2"]["representations"][name] for name in row["members"]]
    takes = [str(member.get("trajectories") or member["feature"]) for member in members]
    tracks, alpha = {}, {}
    for name in set(takes) & set(config["trajectories"]):
        settings = config["trajectories"][name]
        made = {key: settings[key] for key in ("short_side", "max_tracks")}
        made |= {"settings": trajectory_settings(config, name), "people": "people" in dataset}
        made["min_frames"], alpha[name] = config["min_frames"], settings["alpha"]
        tracks[name] = None if name in dataset.get("tracks", {}) else made
    about = {"method": row["method"], "seed": config["seeds"][0], "C": config["svm"]["C"]}
    return {**about, "takes": takes, "tracks": tracks, "alpha": alpha}


def features_to_read(config: Config, place: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The place of every feature that a row is made of, once.

    Args:
        config: the configuration.
        place: ``dataset`` and ``row``.
    """
    kept = row_to_keep(config, place)
    names = dict.fromkeys(name for name in kept["takes"] if name not in kept["tracks"])
    return [{**place, "feature": name} for name in names]


def tracked(config: Config) -> list[dict[str, str]]:
    """``dataset, trajectories`` of Table 2's rows; not where only tracks are given."""
    members = config.get("table2", {}).get("representations", {})
    pairs = {
        (row["dataset"], members[name]["trajectories"])
        for row in table2_rows(config)
        for name in row["members"]
        if "trajectories" in members[name]
    }
    given = {name: settings.get("tracks", {}) for name, settings in config["datasets"].items()}
    made = [(dataset, name) for dataset, name in sorted(pairs) if name not in given[dataset]]
    return [{"dataset": dataset, "trajectories": name} for dataset, name in made]


def missing_rows(config: Config) -> list[str]:
    """One line for each row of Table 2 that a data set cannot have, with the reason."""
    lines = []
    for dataset in config.get("table2", {}).get("datasets", []):
        for method, members in config["table2"]["rows"].items():
            reasons = filter(None, (lacking(config, dataset, name) for name in members or []))
            if first := next(reasons, None):
                lines.append(f"{dataset}, {method}: no row, since {first}")
    return lines


def slug(method: str) -> str:
    """A method's name as part of a path: ``RNN-FV (C3D) + iDT`` -> ``rnn-fv-c3d-idt``."""
    return re.sub(r"[^a-z0-9]+", "-", method.lower()).strip("-")
