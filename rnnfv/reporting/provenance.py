"""Facts about a table: code, configuration, packages, machine and the features behind it.

Single files carry what made them in their HDF5 attributes (:mod:`rnnfv.arrays.provenance`); this is
of a whole table. No time stamps: the same run on the same machine gives the same facts.
"""

import os
import platform
import re
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from rnnfv.arrays.hdf5 import open_h5
from rnnfv.arrays.provenance import code_version, file_sha256

KEPT = ("network", "weights", "weights_sha256", "config_hash", "code")
"""Attributes of a features file that are repeated in the facts about a table."""


def packages(requirements: str | Path) -> dict[str, str | None]:
    """Installed versions of the packages that a requirements file pins; None if not installed."""
    names = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==", Path(requirements).read_text(), re.MULTILINE)
    return {name: _version(name) for name in sorted(names, key=str.lower)}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def processor() -> str:
    """The CPU's name, as the system gives it."""
    try:
        found = re.search(r"^model name\s*: (.+)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def commit(folder: str | Path) -> dict[str, Any]:
    """The git commit checked out in ``folder``, and whether tracked files differ from it.

    Both are None without git or commit.
    """

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = bool(git("status", "--porcelain", "--untracked-files=no"))
        return {"commit": git("rev-parse", "HEAD"), "changed": changed}
    except (OSError, subprocess.CalledProcessError):
        return {"commit": None, "changed": None}


def machine() -> dict[str, Any]:
    """Python, system, CPU and GPUs of the machine this runs on."""
    import torch  # slow, and facts about several tables do without

    libc = " ".join(platform.libc_ver())
    system = f"{platform.system()} {platform.machine()}, {libc}".strip(", ")
    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    facts = {"python": platform.python_version(), "system": system, "cpu": processor()}
    return {**facts, "gpus": gpus, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS")}


def features(paths: Iterable[str | Path]) -> dict[str, dict[str, str]]:
    """SHA-256 of every features or words file, and its attributes on network and weights.

    Raises:
        InputError: a file is no HDF5 file with ids.
    """
    found = {}
    for path in paths:
        with open_h5(path, ["ids"]) as file:
            said = {key: str(file.attrs[key]) for key in KEPT if key in file.attrs}
        found[str(path)] = {"sha256": file_sha256(path), **said}
    return found


def made_by(root: str | Path, sources: Iterable[str | Path]) -> dict[str, Any]:
    """Everything but the configuration; ``root`` is the workflow's folder."""
    facts = {"code": code_version(), "git": commit(root), "machine": machine()}
    pinned = packages(Path(root) / "requirements.txt")
    return {**facts, "packages": pinned, "features": features(sources)}


def shared_facts(tables: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Facts about several tables: what all share once, the rest under ``tables`` by their names.

    Args:
        tables: facts about a table each, with its path as ``table``.
    """
    first, *others = tables = list(tables)
    keys = [key for key in first if key not in ("table", "sha256", "features")]
    shared = {k: first[k] for k in keys if all(facts.get(k) == first[k] for facts in others)}
    left_out = {*shared, "table"}
    own = {one["table"]: {k: one[k] for k in one if k not in left_out} for one in tables}
    return {**shared, "tables": own}
