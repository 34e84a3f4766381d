"""The command that tells what a file holds: a model, sequences, vectors, or others of rnnfv."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from rnnfv.cli.output import AsJson, print_json, print_table

File = Annotated[Path, typer.Argument(help="A model (.rnnfv), or an HDF5 file of rnnfv.")]
_SHOWN = 5  # ids


def info(file: File, as_json: AsJson = False) -> None:
    """Tell what is in a model, a sequences file or a vectors file, and what made it.

    The checksum of a model is checked on the way.

    Example: `rnnfv info results/models/table1/tiny/lite0/pca-rnn-fv-split1.rnnfv`
    """
    import h5py

    from rnnfv.arrays.bundles import is_bundle
    from rnnfv.arrays.kinds import it_is
    from rnnfv.errors import InputError

    if not os.path.isfile(file):
        raise InputError(f"{file}: no such file. Check the path.")
    if not h5py.is_hdf5(file):
        problem = f"{file}: neither a model (.rnnfv) nor another HDF5 file of rnnfv (.h5)"
        raise InputError(f"{problem}.{it_is(file)}")
    facts = _of_model(file) if is_bundle(file) else _of_data(file)
    if as_json:
        print_json(facts)
        return
    print_table(("", ""), _lines(facts), title=str(file))


def _of_model(path: Path) -> dict[str, Any]:
    """Its class, what it says about itself, the steps in it, and what made it."""
    from rnnfv.arrays.bundles import read_header

    header = read_header(path)
    content = header["content"]
    about = content.get("fitted", {}).get("map", {}).get("about_", {})
    return {
        "what": "model",
        "kind": header["kind"],
        "bytes": path.stat().st_size,
        "about": dict(_plain_items(about)),
        "parameters": dict(_plain_items(content.get("parameters", {}))),
        "steps": dict(_steps(content)),
        "made by": header["made_by"],
        "libraries": header["libraries"],
    }


def _plain_items(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Numbers and text in a part of a header, by place."""
    if not isinstance(value, Mapping):
        yield where, value
        return
    for name, one in value.get("map", value).items():
        yield from _plain_items(one, f"{where}.{name}".lstrip("."))


def _steps(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """The estimators in a part of a header, by place."""
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _steps(one, f"{where}.{number}")
    if not isinstance(value, Mapping):
        return
    if "kind" in value:
        yield where, value["kind"]
    inside = value.get("content") or value.get("map") or value
    for name, one in inside.items():
        hidden = name in ("fitted", "parameters", "content", "map", "tuple")
        yield from _steps(one, where if hidden else f"{where}.{name}".lstrip("."))


def _of_data(path: Path) -> dict[str, Any]:
    from rnnfv.arrays.hdf5 import open_h5, read_ids

    with open_h5(path, []) as file:
        kinds = {"ids", "offsets", "values"}, {"ids", "values"}
        what = next((k for k in kinds if k <= set(file)), set())
        name = {3: "sequences", 2: "vectors"}.get(len(what), "HDF5 file")
        facts: dict[str, Any] = {"what": name, "bytes": path.stat().st_size}
        if what:
            ids = read_ids(file)
            facts |= {"items": len(ids), "dimensions": int(file["values"].shape[1])}
            facts |= {"numbers": str(file["values"].dtype), "first ids": ids[:_SHOWN]}
        if name == "sequences" and len(ids):
            lengths = file["offsets"][1:] - file["offsets"][:-1]
            shortest, longest = int(lengths.min()), int(lengths.max())
            facts["lengths"] = {"shortest": shortest, "mean": float(lengths.mean())}
            facts["lengths"]["longest"] = longest
        if not what:
            facts["holds"] = {key: str(getattr(file[key], "shape", "a group")) for key in file}
        attributes = {key: value for key, value in sorted(file.attrs.items())}
        facts["made by"] = {key: _plain(value) for key, value in attributes.items()}
    return facts


def _plain(value: Any) -> Any:
    """An attribute as JSON has it."""
    value = value.decode() if isinstance(value, bytes) else value
    return value.tolist() if hasattr(value, "tolist") else value


def _lines(facts: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _lines(value, f"{before}{name}: ")
        elif isinstance(value, list):
            yield f"{before}{name}", ", ".join(map(str, value))
        elif value not in (None, ""):
            yield f"{before}{name}", f"{value:,}" if name == "bytes" else str(value)
