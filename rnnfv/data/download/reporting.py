"""What is there, what is missing, on what machine, and what to do next: a table for the screen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import textwrap
from collections.abc import Collection, Iterable
from pathlib import Path

from rnnfv.data.download.sources import Source
from rnnfv.data.download.space import free_space, human
from rnnfv.data.download.unpacking import count, differences


def state_of(source: Source, root: str | Path) -> str:
    """In words, whether a source is in place, on its way, or missing. Files are counted where nobody has done it yet."""
    archive = source.archive(root)
    part = archive.with_name(f"{archive.name}.part")
    if source.in_place(root):
        return _in_place(source, root)
    if archive.exists():
        return "downloaded"
    if part.exists():
        done = part.stat().st_size
        return (
            f"{100 * done / source.size:.0f} % downloaded"
            if source.size
            else f"{human(done)} downloaded"
        )
    return "MISSING, by hand" if source.gated else "MISSING"


def _in_place(source: Source, root: str | Path) -> str:
    try:
        counts = dict(json.loads(source.marker(root).read_text())["counts"])
    except (OSError, ValueError, KeyError, TypeError):
        counts = {}
    if set(counts) != set(source.expected):
        counts = count(source.target(root), source.expected)
    wrong = differences(counts, source.expected)
    return f"there, but {'; '.join(wrong)}" if wrong else "there"


def ready(state: str) -> bool:
    """Whether nothing is left to do for a source in this state."""
    return state.startswith("there")


def machine(root: str | Path) -> list[tuple[str, str]]:
    """Free disk space, memory, cores and GPUs."""
    return [
        (f"disk free at {root}", human(free_space(root))),
        ("memory", _memory()),
        (
            "cores",
            str(
                len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
            ),
        ),
        ("GPU", _gpus()),
    ]


def _memory() -> str:
    try:
        page, pages = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_PHYS_PAGES")
        return f"{human(page * pages)}, {human(page * os.sysconf('SC_AVPHYS_PAGES'))} of it unused"
    except (ValueError, OSError):
        return "unknown"


def _gpus() -> str:
    if shutil.which("nvidia-smi") is None:
        return "none (no nvidia-smi)"
    command = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return f"nvidia-smi does not answer ({type(error).__name__})"
    return "; ".join(line.strip() for line in done.stdout.splitlines() if line.strip()) or "none"


def report(
    sources: Iterable[Source],
    states: dict[str, str],
    needed: Collection[str],
    root: str | Path,
    commands: dict[str, str],
) -> str:
    """The whole report.

    Args:
        sources: all of them.
        states: by name, from :func:`state_of`.
        needed: names of those that the configuration asks for.
        root: the data folder.
        commands: the next command: ``data`` fetches what is missing, ``tables`` goes on when nothing is.
    """
    sources = list(sources)
    header = ["", "source", "group", "state", "size", "licence or terms"]
    first = sorted(sources, key=lambda source: source.name not in needed)
    rows = [
        [
            "*" if s.name in needed else "",
            s.name,
            s.group,
            states[s.name],
            _size(s),
            _short(s.licence),
        ]
        for s in first
    ]
    lines = [
        "Data (* what this configuration asks for; ~ approximate; all columns: data/sources.csv)",
        "",
    ]
    lines += [
        *_columns([header, *rows]),
        "",
        "Machine",
        "",
        *_columns(list(map(list, machine(root)))),
        "",
    ]
    wanted = [source for source in sources if source.name in needed]
    missing = [source for source in wanted if not ready(states[source.name])]
    by_hand = [
        source for source in missing if source.gated and states[source.name].startswith("MISSING")
    ]
    for source in by_hand:
        lines += [f"By hand, {source.name}: {source.instructions}", ""]
    if missing:
        size = sum(source.size for source in missing if states[source.name] != "downloaded")
        room = sum((source.unpacked_bytes or 0) for source in missing)
        lines.append(
            f"{len(missing)} of {len(wanted)} are missing: about {human(size)} to fetch, {human(room)} unpacked."
        )
        if size + room > free_space(root):
            lines.append(
                f"That is more than is free at {root}: set data.root, or data.keep_archives: false."
            )
        again = any(source.marker(root).exists() for source in missing)  # it was there once
        lines.append(f"Next: {commands['data']}{' --forcerun download' if again else ''}")
    else:
        what = (
            "All that this configuration asks for is there."
            if wanted
            else "This configuration needs no download."
        )
        lines += [what, f"Next: {commands['tables']}"]
    return "\n".join(lines) + "\n"


def _size(source: Source) -> str:
    if not source.size:
        return "unknown"
    return human(source.size) if source.bytes else f"~{human(source.size)}"


def _short(text: str) -> str:
    return textwrap.shorten(text, 60, placeholder=" ...")


def _columns(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
