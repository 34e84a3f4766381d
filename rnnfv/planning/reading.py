"""The configuration as the workflow makes it, for use outside of Snakemake."""

from collections.abc import Sequence
from pathlib import Path

from rnnfv.errors import InputError
from rnnfv.planning import Config
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
        from snakemake.utils import update_config, validate
    except ImportError as error:
        advice = "pip install '.[workflow]' in the clone"
        raise InputError(f"the configuration is read by Snakemake: {advice} ({error}).") from error
    folder = Path(workflow)
    config: Config = {}
    for path in (folder / "config.yaml", *files):
        if not Path(path).is_file():
            raise InputError(f"{path}: no such file. Check the path of the configuration.")
        try:
            update_config(config, load_configfile(str(path)))
        except WorkflowError as error:
            raise InputError(f"{path}: no configuration ({error}).") from error
    schema = folder / "config" / "schema.yaml"
    check_schema(config, load_configfile(str(schema)))
    validate(config, str(schema))
    config["data"].setdefault("sources", str(folder / "data" / "sources.csv"))
    normalise_paths(config)
    check_config(config)
    return config
