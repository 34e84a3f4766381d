"""The configuration as the workflow makes it, and what is said where it is wrong."""

import copy
from functools import cache
from pathlib import Path

import yaml
from snakemake.utils import update_config, validate

from rnnfv.errors import InputError
from rnnfv.planning.actions import networks
from rnnfv.planning.checks import check_config
from rnnfv.planning.paths import normalise_paths
from rnnfv.planning.schema import check_schema

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "config" / "schema.yaml"


@cache
def read(path):
    """The content of a YAML file, read once; not to be changed."""
    return yaml.safe_load(path.read_text())


def configured(*changes):
    """The default configuration with changes to it, checked, and with the schema's defaults."""
    config, schema = (copy.deepcopy(read(path)) for path in (ROOT / "config.yaml", SCHEMA))
    for change in changes:
        update_config(config, change)
    check_schema(config, schema)
    validate(config, str(SCHEMA))
    normalise_paths(config)
    networks(config)
    check_config(config)
    return config


def ready_made(name):
    """The changes in the file ``config/<name>.yaml``."""
    return yaml.safe_load((ROOT / "config" / f"{name}.yaml").read_text())


def refusal(change):
    """The message about a change of the default configuration; empty where it is accepted."""
    try:
        configured(change)
    except InputError as error:
        return str(error)
    return ""
