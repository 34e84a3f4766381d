"""The configuration as the workflow makes it, for use outside of Snakemake."""

import os
from collections.abc import Sequence
from pathlib import Path

from rnnfv.errors import InputError
from rnnfv.planning import Config
from rnnfv.planning.actions import networks
from rnnfv.planning.checks import check_config
from rnnfv.planning.paths import normalise_paths
from rnnfv.planning.schema import check_schema


def find_workflow(folder: str | Path | None = None) -> Path:
    """The folder of the workflow: the one given, the working directory, or that of the package.

    Raises:
        InputError: the workflow is in none of them.
    """
    places = [Path(folder)] if folder else [Path.cwd(), Path(__file__).parents[2]]
    for place in places:
        if (place / "Snakefile").is_file() and (place / "config" / "schema.yaml").is_file():
            return place
    looked = ", ".join(map(str, places))
    raise InputError(f"{looked}: no workflow of rnnfv. Run this in a clone, or name its folder.")


def read_config(workflow: str | Path, files: Sequence[str | Path] = ()) -> Config:
    """The default configuration with the changes in ``files``, checked, all defaults filled in.

    Raises:
        InputError: a file is absent or no YAML, a key is wrong, or Snakemake is not installed.
    """
    try:
        from snakemake.common.configfile import load_configfile
        from snakemake.exceptions import WorkflowError
        from snakemake.utils import update_config
    except ImportError as error:
        advice = "pip install '.[workflow]' in the clone"
        raise InputError(f"the configuration is read by Snakemake: {advice} ({error}).") from error
    folder = Path(workflow)
    config: Config = {}
    for path in (folder / "config.yaml", *files):
        if not os.path.isfile(path):
            raise InputError(f"{path}: no such file. Check the path of the configuration.")
        try:
            update_config(config, load_configfile(str(path)))
        except WorkflowError as error:
            raise InputError(f"{path}: no configuration ({error}).") from error
    complete(config, folder)
    return config


def complete(config: Config, workflow: str | Path) -> None:
    """Check a configuration and fill in the defaults, in place.

    Raises:
        InputError: the first thing that is wrong, naming the key.
    """
    from snakemake.common.configfile import load_configfile
    from snakemake.utils import validate

    schema = Path(workflow, "config", "schema.yaml")
    check_schema(config, load_configfile(str(schema)))
    validate(config, str(schema))
    config["data"].setdefault("sources", str(Path(workflow, "data", "sources.csv")))
    normalise_paths(config)
    networks(config)
    check_config(config)
