"""The command line of a run, for the commands that are shown to go on with."""

import json
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def options_of(workflow: Any) -> list[str]:
    """The options without which another command would mean another run.

    Args:
        workflow: Snakemake's.

    Returns:
        Words of the command line: which configuration, workflow, folder and environment.
    """
    settings, here = workflow.config_settings, Path.cwd()
    options = []
    if here / "Snakefile" != Path(workflow.main_snakefile):
        options += ["--snakefile", str(workflow.main_snakefile)]
    if moved := workflow.overwrite_workdir is not None:  # paths of files are those of elsewhere
        options += ["--directory", str(here)]
    if methods := workflow.deployment_settings.deployment_method:
        options += ["--sdm", *sorted(method.name.lower().replace("_", "-") for method in methods)]
    if files := list(map(str, settings.configfiles or [])):
        options += ["--configfile", *(files if moved else map(_from_here, files))]
    if settings.config:
        options += ["--config", *(f"{key}={_text(v)}" for key, v in settings.config.items())]
    return options


def command(targets: Sequence[str | Path], options: Sequence[str]) -> str:
    """A command to paste into a shell; targets come first, since options may take many words."""
    return shlex.join(["snakemake", *map(str, targets), *options])


def _from_here(path: str) -> str:
    inside = Path(path).is_relative_to(Path.cwd())
    return os.path.relpath(path) if inside else path


def _text(value: Any) -> str:
    """A value as Snakemake reads it back."""
    return value if isinstance(value, str) else json.dumps(value)
