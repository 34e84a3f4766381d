"""The meaning of the configuration, known before anything runs. Never imports torch."""

from typing import Any

Config = dict[str, Any]
"""The configuration, or a part of it."""


def results_folder(config: Config) -> str:
    """Where a run leaves its results: ``results``, or a folder in it of the run's own name."""
    name = config.get("run", {}).get("name")
    return f"results/{name}" if name else "results"
