"""The sources that a configuration needs, known before anything is there."""

from collections.abc import Mapping, Sequence
from typing import Any

from rnnfv.command import command
from rnnfv.data.download.reporting import report, state_of
from rnnfv.data.download.sources import Source, needed_by, read_sources
from rnnfv.errors import InputError
from rnnfv.planning import Config, results_folder, retrieval
from rnnfv.planning.paths import configured_files


def tables_of_own_data(config: Config) -> list[str]:
    """The tables that are not of synthetic data alone."""
    sets = {table: config.get(table, {}).get("datasets", []) for table in ("table1", "table2")}
    layouts = {t: [config["datasets"][name]["layout"] for name in sets[t]] for t in sets}
    for table in retrieval.tables(config):
        layouts[table] = [config["captions"][config[table]["captions"]]["layout"]]
    return [table for table, kinds in layouts.items() if set(kinds) - {"synthetic"}]


def tables_of_files(config: Config) -> list[str]:
    """Files of the tables of own data; where there is none, the default table's."""
    tables = tables_of_own_data(config) or ["table1"]
    return [f"{results_folder(config)}/{table}.csv" for table in tables]


def sources_needed(config: Config, sources: Mapping[str, Source]) -> list[str]:
    """Names of the sources to have.

    They are those of ``data.groups``; else those that make a configured file or are asked for.

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
            known = ", ".join(sorted(groups))
            message = f"{key}: {name!r} is no group of the table of sources; there are {known}."
            raise InputError(message)
    if "groups" in config["data"]:
        return [name for name, source in sources.items() if source.group in asked["data.groups"]]
    made = needed_by(configured_files(config), sources.values(), config["data"]["root"])
    wanted = {group for names in asked.values() for group in names}
    return [name for name, source in sources.items() if name in made or source.group in wanted]


def data_states(config: Config) -> dict[str, dict[str, Any]]:
    """Every source by name: ``group``, ``state`` in words, whether it is ``needed``, ``bytes``."""
    sources, states = _states(config)
    needed = sources_needed(config, sources)
    return {
        name: {
            "group": source.group,
            "state": states[name],
            "needed": name in needed,
            "bytes": source.size,
        }
        for name, source in sources.items()
    }


def data_report(config: Config, options: Sequence[str] = ()) -> str:
    """The report on data and machine: what is there, what is missing, what to do next.

    Args:
        config: the configuration.
        options: of the command line, for the commands that come next.
    """
    sources, states = _states(config)
    targets = {"data": ["data"], "tables": tables_of_files(config)}
    commands = {name: command(some, options) for name, some in targets.items()}
    needed, root = sources_needed(config, sources), config["data"]["root"]
    return report(sources.values(), states, needed, root, commands)


def _states(config: Config) -> tuple[dict[str, Source], dict[str, str]]:
    sources = read_sources(config["data"]["sources"])
    root = config["data"]["root"]
    return sources, {name: state_of(source, root) for name, source in sources.items()}
