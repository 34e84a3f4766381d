"""Commands about data: a manifest of class folders, and the state of data and machine."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from rnnfv.cli.output import AsJson, print_json


def manifest(
    folder: Annotated[Path, typer.Argument(help="Holds a folder of videos for every class.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write to this file instead of stdout.")
    ] = None,
    splits: Annotated[int, typer.Option(min=1, help="How many splits to draw.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draw.")] = 0,
    group: Annotated[
        str | None,
        typer.Option(
            help="Regular expression that finds, in a path, what a clip was cut from. Without it "
            "every file is a group of its own."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a manifest of class folders: labels, groups and splits that share no group.

    About a third of every class is for testing. Look through the groups: where clips of one
    source are on both sides of a split, the accuracy is too high.

    Example: `rnnfv manifest videos --group '_(g[0-9]+)_' --out manifest.csv`
    """
    from rnnfv.data.files import keep_inputs
    from rnnfv.data.leaks import Material
    from rnnfv.data.manifests.own import read_folders
    from rnnfv.data.manifests.table import write_manifest

    if out is not None:
        keep_inputs(out, [folder])
    made = read_folders(folder, range(1, splits + 1), seed, group)
    counts = {name: int(made[name].nunique()) for name in ("label", "group")}
    tested = {f"split{n}": int((made[f"split{n}"] == "test").sum()) for n in range(1, splits + 1)}
    material = Material(made, {path: folder / path for path in made["path"]})
    for note in [*material.labelling(), *(x for split in tested for x in material.leaks(split))]:
        print(f"Note: {note}", file=sys.stderr)
    if out is not None:
        write_manifest(out, made)
    if as_json:
        rows = made.to_dict("records") if out is None else str(out)
        print_json({"items": len(made), **counts, "test": tested, "manifest": rows})
    elif out is None:
        made.to_csv(sys.stdout, index=False, lineterminator="\n")
    told = f"{len(made)} videos, {counts['label']} classes, {counts['group']} groups"
    print(f"{told}; tested on: {', '.join(map(str, tested.values()))}", file=sys.stderr)


def check(
    configfile: Annotated[
        list[Path] | None,
        typer.Option("--configfile", help="Changes to the default configuration; may be repeated."),
    ] = None,
    workflow: Annotated[
        Path | None, typer.Option(help="Folder of the workflow, where it is not found by itself.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what data is there, what is missing, on what machine, and what to do next.

    It is what `snakemake check` says.

    Example: `rnnfv check --configfile config/paper.yaml`
    """
    from rnnfv.planning.reading import find_workflow, read_config
    from rnnfv.planning.sources import data_report, data_states

    files = configfile or []
    config = read_config(find_workflow(workflow), files)
    if as_json:
        print_json(data_states(config))
    else:
        options = ["--configfile", *map(str, files)] if files else []
        print(data_report(config, options), end="")
