"""Which sources a configuration needs: known when the workflow is planned, before anything is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnnfv.data.download.sources import Source, needed_by
from rnnfv.errors import InputError

Config = dict[str, Any]


def configured_files(config: Config) -> list[str]:
    """Every file and folder that the configuration reads."""
    named: list[Any] = []
    for settings in [*config["datasets"].values(), *config["captions"].values()]:
        for key in (
            "videos",
            "lists",
            "manifest",
            "captions",
            "splits",
            "images",
            "vectors",
            "sequences",
        ):
            value = settings.get(key, [])
            named += (
                value.values()
                if isinstance(value, dict)
                else value
                if isinstance(value, list)
                else [value]
            )
    for settings in config["features"].values():
        named += [settings.get("weights"), settings.get("mean")]
    for settings in [*config["corpora"].values(), *config["words"].values()]:
        named.append(settings.get("path"))
    return [name for name in named if isinstance(name, str)]


def sources_needed(config: Config, sources: Mapping[str, Source]) -> list[str]:
    """Names of the sources to have: those of ``data.groups``, else those that make a configured file or are asked for.

    Raises:
        InputError: a group that there is not, naming the key.
    """
    groups = {source.group for source in sources.values()}
    asked = {"data.groups": config["data"].get("groups", [])}
    for section in ("datasets", "captions", "features", "corpora", "words"):
        for name, settings in config.get(section, {}).items():
            group = settings.get("source", [])
            asked[f"{section}.{name}.source"] = [group] if isinstance(group, str) else group
    for key, names in asked.items():
        for name in set(names) - groups:
            raise InputError(
                f"{key}: {name!r} is no group of the table of sources; there are {', '.join(sorted(groups))}."
            )
    if "groups" in config["data"]:
        return [name for name, source in sources.items() if source.group in asked["data.groups"]]
    made = needed_by(configured_files(config), sources.values(), config["data"]["root"])
    wanted = {group for names in asked.values() for group in names}
    return [name for name, source in sources.items() if name in made or source.group in wanted]
