"""The end of a run on screen: tables and models that it made, commands that show or make more."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from rnnfv.command import command

MADE = ("table*.txt", "ablations*.txt", "check.txt")


def closing(
    results: str | Path, since: float, tables: Sequence[str], options: Sequence[str]
) -> str:
    """Tables, models, and the report on data and machine, made since then; and what is next.

    Args:
        results: the folder of results.
        since: seconds since the epoch.
        tables: names of all tables of the configuration.
        options: of the command line, for the commands.
    """
    folder = Path(results)
    found = sorted(path for pattern in MADE for path in folder.glob(pattern))
    made = [path for path in found if path.stat().st_mtime >= since]
    parts = [f"\n{path.read_text(encoding='utf-8').rstrip()}" for path in made]
    shown = [path for path in made if path.name != "check.txt"]
    kept = [p for p in sorted(folder.glob("models/**/*.rnnfv")) if p.stat().st_mtime >= since]
    if kept:
        parts.append(f"\nModels kept: {len(kept)}, in {folder / 'models'}. One of them:")
        parts.append(f"  rnnfv info {shlex.quote(str(kept[0]))}  # use it: docs/use.md")
    if not shown:
        return "\n".join(parts)
    pages = ", ".join(str(path.with_suffix(".html")) for path in shown)
    parts.append(f"In full: {pages} (also .md, .tex, .csv)")
    targets = [path.with_suffix(".csv") for path in shown]
    report = command(targets, [*options, "--report", "report.html"])
    parts += ["\nNext:", f"  {report}  # all figures on one page"]
    galleries = [folder / "retrieval" / path.stem / "gallery.html" for path in shown]
    parts += [f"  {path}  # what was retrieved" for path in galleries if path.is_file()]
    others = [folder / f"{name}.csv" for name in tables]
    others = [path for path in others if not path.is_file()]
    parts += [f"  {command([path], options)}" for path in others[:2]]
    return "\n".join(parts)
